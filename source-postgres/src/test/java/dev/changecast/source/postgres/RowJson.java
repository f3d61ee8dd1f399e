package dev.changecast.source.postgres;

import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;

/** A row as the JSON object it becomes on the wire; absent values are left out. */
final class RowJson {
    private RowJson() {}

    static String of(Relation relation, Row row) {
        StringBuilder json = new StringBuilder();
        for (int i = 0; i < row.size(); i++) {
            if (!row.isAbsent(i)) {
                json.append(json.isEmpty() ? "" : ",")
                        .append('"')
                        .append(relation.columns().get(i).name())
                        .append("\":")
                        .append(value(row, i));
            }
        }
        return "{" + json + "}";
    }

    static String value(Row row, int column) {
        JsonBuffer value = new JsonBuffer(16);
        row.write(column, value);
        return json(value);
    }

    static String json(JsonBuffer buffer) {
        StringBuilder text = new StringBuilder();
        buffer.writeTo(new dev.changecast.api.source.ValueWriter() {
            @Override
            public void nil() {}

            @Override
            public void absent() {}

            @Override
            public void literal(byte[] json, int offset, int length) {
                text.append(new String(json, offset, length, java.nio.charset.StandardCharsets.UTF_8));
            }

            @Override
            public void text(byte[] utf8, int offset, int length) {}
        });
        return text.toString();
    }
}
