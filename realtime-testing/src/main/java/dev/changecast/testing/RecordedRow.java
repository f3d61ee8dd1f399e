package dev.changecast.testing;

import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.ValueWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What a row had when it was given; the row itself may be a view of a buffer. Equal rows have equal values. */
public final class RecordedRow implements Row {
    private enum Form {
        NIL,
        ABSENT,
        LITERAL,
        TEXT
    }

    private record Value(Form form, String text) {}

    private final List<Value> values = new ArrayList<>();

    private RecordedRow() {}

    /** Throws an {@link AssertionError} where the row does not keep to what {@link Row#write} and {@link ValueWriter} say. */
    public static RecordedRow of(Row row) {
        RecordedRow recorded = new RecordedRow();
        for (int i = 0; i < row.size(); i++) {
            Collector collector = new Collector();
            row.write(i, collector);
            if (collector.calls != 1) {
                throw new AssertionError("column " + i + " was written " + collector.calls + " times and not once");
            }
            recorded.values.add(Objects.requireNonNull(collector.value));
        }
        return recorded;
    }

    static @Nullable RecordedRow ofNullable(@Nullable Row row) {
        return row == null ? null : of(row);
    }

    /** The object that it becomes on the wire; absent values are left out. */
    public String json(Relation relation) {
        StringBuilder json = new StringBuilder("{");
        for (int i = 0; i < values.size(); i++) {
            if (values.get(i).form != Form.ABSENT) {
                json.append(json.length() == 1 ? "" : ",");
                quote(relation.columns().get(i).name(), json);
                json.append(':');
                switch (values.get(i).form) {
                    case NIL -> json.append("null");
                    case TEXT -> quote(values.get(i).text, json);
                    default -> json.append(values.get(i).text);
                }
            }
        }
        return json.append('}').toString();
    }

    private static void quote(String text, StringBuilder json) {
        json.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < ' ') {
                json.append(String.format("\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        json.append('"');
    }

    @Override
    public int size() {
        return values.size();
    }

    @Override
    public void write(int column, ValueWriter to) {
        Value value = values.get(column);
        switch (value.form) {
            case NIL -> to.nil();
            case ABSENT -> to.absent();
            case LITERAL -> to.literal(value.text);
            case TEXT -> to.text(value.text);
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof RecordedRow row && row.values.equals(values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    @Override
    public String toString() {
        return values.toString();
    }

    private static final class Collector implements ValueWriter {
        private int calls;
        private @Nullable Value value;

        private void take(Form form, String text) {
            calls++;
            value = new Value(form, text);
        }

        @Override
        public void nil() {
            take(Form.NIL, "");
        }

        @Override
        public void absent() {
            take(Form.ABSENT, "");
        }

        @Override
        public void literal(byte[] json, int offset, int length) {
            String text = new String(json, offset, length, StandardCharsets.UTF_8);
            try {
                JsonReader.read(text);
            } catch (RuntimeException e) {
                throw new AssertionError("a literal has to be JSON, and is not: " + text, e);
            }
            take(Form.LITERAL, text);
        }

        @Override
        public void text(byte[] utf8, int offset, int length) {
            take(Form.TEXT, new String(utf8, offset, length, StandardCharsets.UTF_8));
        }
    }
}
