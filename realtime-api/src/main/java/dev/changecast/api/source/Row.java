package dev.changecast.api.source;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The values of one row, in the order of its relation's columns. A row given to the engine is read before the call
 * returns and may be a view of a buffer that is used again afterwards.
 */
public interface Row {
    /** How many values there are: the number of the relation's columns. */
    int size();

    /** Writes the value of a column by calling exactly one method of {@code to}. */
    void write(int column, ValueWriter to);

    /**
     * The value as text: a string's characters, or a literal's JSON. Null when the value is null or absent.
     */
    default @Nullable String text(int column) {
        TextOf text = new TextOf();
        write(column, text);
        return text.value;
    }

    /** Whether the value is null. */
    default boolean isNull(int column) {
        TextOf text = new TextOf();
        write(column, text);
        return text.value == null && !text.absent;
    }

    /** Whether the source did not send the value. */
    default boolean isAbsent(int column) {
        TextOf text = new TextOf();
        write(column, text);
        return text.absent;
    }

    /**
     * A row of Java values, for sources that have them as objects and for tests: null, {@link Boolean}, whole numbers
     * and finite {@link Double}s become JSON literals, everything else its {@code toString()} as text. {@link #ABSENT}
     * stands for a value that was not sent.
     */
    static Row of(@Nullable Object... values) {
        return new ObjectRow(values);
    }

    /** A JSON value to be written as it is, for {@link #of}. */
    static Object json(String json) {
        return new ObjectRow.Json(json);
    }

    /** The mark of a value that was not sent, for {@link #of}. */
    Object ABSENT = new Object() {
        @Override
        public String toString() {
            return "absent";
        }
    };

    /** Collects one value as text. */
    final class TextOf implements ValueWriter {
        private @Nullable String value;
        private boolean absent;

        private TextOf() {}

        @Override
        public void nil() {}

        @Override
        public void absent() {
            absent = true;
        }

        @Override
        public void literal(byte[] json, int offset, int length) {
            value = new String(json, offset, length, StandardCharsets.UTF_8);
        }

        @Override
        public void text(byte[] utf8, int offset, int length) {
            value = new String(utf8, offset, length, StandardCharsets.UTF_8);
        }
    }
}
