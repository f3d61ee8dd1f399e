package dev.changecast.core.filter;

import dev.changecast.api.filter.Filter;
import dev.changecast.api.source.Column;
import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.ValueType;
import java.util.List;

/** A relation with a column of every type; most columns are named by it. */
final class Types {
    static final Relation RELATION = new Relation(
            "public",
            "types",
            List.of(
                    new Column("int2", "int2", ValueType.INTEGER),
                    new Column("int4", "int4", ValueType.INTEGER),
                    new Column("int8", "int8", ValueType.INTEGER),
                    new Column("float4", "float4", ValueType.FLOAT),
                    new Column("float8", "float8", ValueType.FLOAT),
                    new Column("numeric", "numeric", ValueType.DECIMAL),
                    new Column("bool", "bool", ValueType.BOOLEAN),
                    new Column("text", "text", ValueType.TEXT),
                    new Column("bpchar", "bpchar", ValueType.TEXT),
                    new Column("mood", "mood", ValueType.ENUM),
                    new Column("uuid", "uuid", ValueType.UUID),
                    new Column("date", "date", ValueType.DATE),
                    new Column("time", "time", ValueType.TIME),
                    new Column("timestamp", "timestamp", ValueType.TIMESTAMP),
                    new Column("timestamptz", "timestamptz", ValueType.TIMESTAMP_TZ),
                    new Column("bytea", "bytea", ValueType.BINARY),
                    new Column("json", "jsonb", ValueType.JSON),
                    new Column("array", "int4[]", ValueType.ARRAY),
                    new Column("inet", "inet", ValueType.OTHER),
                    new Column("$odd", "text", ValueType.TEXT)),
            List.of(1),
            OldRow.FULL,
            null);

    private Types() {}

    static Filter parse(String json) {
        return FilterParser.parse(json, RELATION, name -> true, FilterLimits.DEFAULT);
    }
}
