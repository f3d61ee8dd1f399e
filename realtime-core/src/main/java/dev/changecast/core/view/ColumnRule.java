package dev.changecast.core.view;

import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which columns exist for a reader, of whatever shape the relation has.
 *
 * @param hide never these
 * @param only none but these; null for all
 */
public record ColumnRule(Set<String> hide, @Nullable Set<String> only) {
    /** All columns. */
    public static final ColumnRule ALL = new ColumnRule(Set.of(), null);

    public ColumnRule {
        hide = Set.copyOf(hide);
        only = only == null ? null : Set.copyOf(only);
    }

    public boolean hides(String column) {
        return hide.contains(column) || only != null && !only.contains(column);
    }

    /** Equal rules have equal texts. */
    @Override
    public String toString() {
        return new TreeSet<>(hide) + (only == null ? "" : " only " + new TreeSet<>(only));
    }
}
