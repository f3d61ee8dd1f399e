package dev.changecast.source.postgres;

import dev.changecast.api.source.Column;
import java.util.Set;

/** A column in SQL. */
final class ColumnSql {
    /**
     * Types whose cast to text is not what their output function gives, which is what the stream tells: {@code true} for
     * {@code t}, a network's mask, blanks cut off. {@code concat} uses the output function of any type, but gives an
     * empty text for null.
     */
    private static final Set<String> CAST_IS_OUTPUT = Set.of(
            "int2",
            "int4",
            "int8",
            "float4",
            "float8",
            "numeric",
            "text",
            "varchar",
            "citext",
            "uuid",
            "date",
            "time",
            "timestamp",
            "timestamptz",
            "bytea",
            "json",
            "jsonb");

    private ColumnSql() {}

    static String name(Column column) {
        return Identifiers.quoted(column.name());
    }

    /** Its value as the stream would tell it. */
    static String output(Column column, PgType type) {
        String name = name(column);
        return CAST_IS_OUTPUT.contains(type.name())
                ? name + "::text"
                : "CASE WHEN " + name + " IS NOT NULL THEN concat(" + name + ") END";
    }
}
