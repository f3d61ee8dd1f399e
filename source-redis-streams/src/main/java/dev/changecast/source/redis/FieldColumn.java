package dev.changecast.source.redis;

import dev.changecast.api.source.Column;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A column, and where in an entry its value stands.
 *
 * @param field the field's name; {@code *} for all fields as one JSON object
 * @param member the way to a member of the JSON in that field; empty for the field itself
 */
record FieldColumn(String field, List<String> member, String name, FieldType type) {
    static final String ALL = "*";

    private static final Pattern FORM = Pattern.compile("(\\S+)(?:\\s+(?!as\\s)(\\S+))?(?:\\s+as\\s+(\\S+))?");

    FieldColumn {
        member = List.copyOf(member);
    }

    /**
     * Reads {@code field}, {@code field type}, {@code field.member type as name}.
     *
     * @throws IllegalArgumentException when it is none of these
     */
    static FieldColumn parse(String text) {
        Matcher parts = FORM.matcher(text.strip());
        if (!parts.matches()) {
            throw new IllegalArgumentException(
                    "columns has " + text
                            + ", which is no column: write a field, its type and a name, such as payload.amount decimal as total");
        }
        String source = parts.group(1);
        String typeName = parts.group(2) == null ? source.equals(ALL) ? "json" : "text" : parts.group(2);
        FieldType type = FieldType.of(typeName)
                .orElseThrow(() -> new IllegalArgumentException("columns has the type " + typeName + " in " + text
                        + "; the types are " + String.join(", ", FieldType.names())));
        List<String> way = new ArrayList<>(Arrays.asList(source.split("\\.", -1)));
        if (way.contains("")) {
            throw new IllegalArgumentException("columns has " + text + ", with nothing on one side of a dot");
        }
        String name = parts.group(3) != null ? parts.group(3) : source.equals(ALL) ? "fields" : way.get(way.size() - 1);
        if (source.equals(ALL) && type != FieldType.JSON) {
            throw new IllegalArgumentException("columns has * for all fields, which is json and no " + typeName);
        }
        return new FieldColumn(way.get(0), way.subList(1, way.size()), name, type);
    }

    Column column() {
        return new Column(name, type.wireName(), type.valueType());
    }
}
