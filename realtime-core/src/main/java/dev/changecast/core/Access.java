package dev.changecast.core;

import static java.util.Objects.requireNonNull;

import dev.changecast.api.filter.Filter;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What somebody may see of one relation. Immutable.
 *
 * @param denied whether it is nothing at all, as if there were no such relation; {@code why} says the reason to operators
 * @param rows which rows. Its values are text in any form that the column's type takes; one that it does not take is no
 *     row's. It may use hidden columns
 * @param hide columns that do not exist for this reader
 * @param columns the only columns that exist for this reader; null for all but the hidden ones
 */
public record Access(
        boolean denied,
        String why,
        Filter rows,
        Set<String> hide,
        @Nullable Set<String> columns) {

    private static final Access ALL = new Access(false, "", Filter.ALL, Set.of(), null);

    public Access {
        requireNonNull(why, "why is null");
        requireNonNull(rows, "rows is null");
        hide = Set.copyOf(hide);
        columns = columns == null ? null : Set.copyOf(columns);
    }

    /** Everything; take away with {@link #rows} and {@link #hide}. */
    public static Access allowed() {
        return ALL;
    }

    /** Nothing. Clients are not told the reason, {@code changecast explain} and logs are. */
    public static Access denied(String why) {
        return new Access(true, why, Filter.ALL, Set.of(), null);
    }

    /** Only rows that match this filter too. */
    public Access rows(Filter filter) {
        Filter both = rows.equals(Filter.ALL) ? filter : new Filter.And(List.of(rows, filter));
        return new Access(denied, why, both, hide, columns);
    }

    /** Only rows with this value of a column. */
    public Access rowsWith(String column, String value) {
        return rows(new Filter.Compare(column, Filter.Comparison.EQUAL, value));
    }

    /** Without these columns. */
    public Access hide(String... names) {
        Set<String> more = new HashSet<>(hide);
        more.addAll(List.of(names));
        return new Access(denied, why, rows, more, columns);
    }

    /** Of these columns alone; again called, of those that were named every time. */
    public Access columns(String... names) {
        Set<String> only = new HashSet<>(List.of(names));
        if (columns != null) {
            only.retainAll(columns);
        }
        return new Access(denied, why, rows, hide, only);
    }
}
