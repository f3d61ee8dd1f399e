package dev.changecast.core.filter;

import dev.changecast.api.filter.Filter;
import dev.changecast.core.protocol.JsonBytes;
import java.util.List;

/** Writes a filter so that different filters have different texts, and one filter, however it is written, the same. */
public final class FilterText {
    private FilterText() {}

    /** The text of a filter in canonical form; made for hashing, and readable. */
    public static String of(Filter filter) {
        return write(CanonicalFilter.of(filter));
    }

    /** A filter as clients write it, with every value as text. */
    public static String json(Filter filter) {
        JsonBytes json = new JsonBytes();
        writeJson(filter, json);
        return json.toString();
    }

    private static void writeJson(Filter filter, JsonBytes json) {
        if (filter instanceof Filter.And and) {
            jsonGroup("$and", and.filters(), json);
        } else if (filter instanceof Filter.Or or) {
            jsonGroup("$or", or.filters(), json);
        } else if (filter instanceof Filter.Not not) {
            json.raw("{\"$not\":");
            writeJson(not.filter(), json);
            json.raw('}');
        } else if (filter instanceof Filter.Compare compare) {
            String operator = switch (compare.comparison()) {
                case EQUAL -> "$eq";
                case GREATER -> "$gt";
                case GREATER_OR_EQUAL -> "$gte";
                case LESS -> "$lt";
                case LESS_OR_EQUAL -> "$lte";
            };
            json.raw('{')
                    .string(compare.column())
                    .raw(":{\"" + operator + "\":")
                    .string(compare.value())
                    .raw("}}");
        } else if (filter instanceof Filter.In in) {
            json.raw('{').string(in.column()).raw(":{\"$in\":");
            char before = '[';
            for (String value : in.values()) {
                json.raw(before).string(value);
                before = ',';
            }
            json.raw(in.values().isEmpty() ? "[]}}" : "]}}");
        } else if (filter instanceof Filter.IsNull isNull) {
            json.raw('{').string(isNull.column()).raw(":{\"$null\":true}}");
        }
    }

    private static void jsonGroup(String name, List<Filter> filters, JsonBytes json) {
        json.raw("{\"" + name + "\":");
        char before = '[';
        for (Filter filter : filters) {
            json.raw(before);
            writeJson(filter, json);
            before = ',';
        }
        json.raw(filters.isEmpty() ? "[]}" : "]}");
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
