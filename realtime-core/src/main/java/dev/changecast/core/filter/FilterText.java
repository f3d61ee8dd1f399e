package dev.changecast.core.filter;

import dev.changecast.api.filter.Filter;
import java.util.List;

/** Writes a filter so that different filters have different texts, and one filter, however it is written, the same. */
public final class FilterText {
    private FilterText() {}

    /** The text of a filter in canonical form; made for hashing, and readable. */
    public static String of(Filter filter) {
        return write(CanonicalFilter.of(filter));
    }

    /** The text of a filter as it is. */
    static String write(Filter filter) {
        StringBuilder text = new StringBuilder();
        write(filter, text);
        return text.toString();
    }

    private static void write(Filter filter, StringBuilder text) {
        if (filter instanceof Filter.And and) {
            group(and.filters(), " and ", "true", text);
        } else if (filter instanceof Filter.Or or) {
            group(or.filters(), " or ", "false", text);
        } else if (filter instanceof Filter.Not not) {
            text.append("not ");
            write(not.filter(), text);
        } else if (filter instanceof Filter.Compare compare) {
            quote(compare.column(), text);
            text.append(compare.comparison().symbol());
            quote(compare.value(), text);
        } else if (filter instanceof Filter.In in) {
            quote(in.column(), text);
            text.append(" in ");
            char before = '[';
            for (String value : in.values()) {
                text.append(before);
                quote(value, text);
                before = ',';
            }
            text.append(in.values().isEmpty() ? "[]" : "]");
        } else if (filter instanceof Filter.IsNull isNull) {
            quote(isNull.column(), text);
            text.append(" is null");
        }
    }

    private static void group(List<Filter> filters, String word, String empty, StringBuilder text) {
        text.append('(');
        String before = "";
        for (Filter filter : filters) {
            text.append(before);
            write(filter, text);
            before = word;
        }
        text.append(filters.isEmpty() ? empty : "").append(')');
    }

    private static void quote(String word, StringBuilder text) {
        text.append('"');
        for (int i = 0; i < word.length(); i++) {
            char c = word.charAt(i);
            if (c == '"' || c == '\\') {
                text.append('\\');
            }
            text.append(c);
        }
        text.append('"');
    }
}
