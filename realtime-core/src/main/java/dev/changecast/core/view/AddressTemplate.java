package dev.changecast.core.view;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.core.Address;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An address whose name may hold values of a row. What kind of address it is stands fast: no row can make a role of a
 * user. Immutable.
 */
public final class AddressTemplate {
    private static final String ROW = "row.";
    private static final Set<String> KINDS = Set.of("user:", "role:", "room:");

    private final TextTemplate text;

    private AddressTemplate(TextTemplate text) {
        this.text = text;
    }

    /** @throws ChangecastException with {@link ErrorCode#BAD_CONFIGURATION} and what is wrong */
    public static AddressTemplate of(String to) {
        TextTemplate text =
                TextTemplate.of(to, name -> name.startsWith(ROW) && name.length() > ROW.length(), "{row.column}");
        String beginning = text.beginning();
        boolean ofAKind = KINDS.contains(beginning.substring(0, beginning.indexOf(':') + 1));
        if (!ofAKind && (text.hasNames() || !beginning.equals("broadcast"))) {
            throw new ChangecastException(
                    ErrorCode.BAD_CONFIGURATION,
                    "'" + to + "' is no address; there are broadcast, user:<id>, role:<role> and room:<name>");
        }
        if (!text.hasNames()) {
            try {
                Address.parse(beginning);
            } catch (ChangecastException e) {
                throw new ChangecastException(ErrorCode.BAD_CONFIGURATION, e.getMessage(), e);
            }
        }
        return new AddressTemplate(text);
    }

    /** The columns whose values it needs. */
    List<String> columns() {
        return text.names().stream().map(name -> name.substring(ROW.length())).toList();
    }

    /** The address for a row; null when a value is missing, or makes no address. */
    @Nullable
    String of(TextTemplate.Values row) {
        String filled = text.fill(name -> row.of(name.substring(ROW.length())));
        return filled != null && (!text.hasNames() || Address.isOne(filled)) ? filled : null;
    }
}
