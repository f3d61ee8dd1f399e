package dev.changecast.api.source;

import java.nio.charset.StandardCharsets;

/**
 * Takes one value of a row in the form in which it will stand on the wire. For each value exactly one method is called
 * once. The bytes are copied before the method returns, so the caller may use its buffer again.
 */
public interface ValueWriter {
    /** The value is null. */
    void nil();

    /** The source did not send this value, because it did not change (PostgreSQL: TOAST) or is not part of the key. */
    void absent();

    /**
     * JSON that is written as it is: a number, {@code true}, {@code false}, an object or an array, in UTF-8. The caller
     * answers for its being well-formed.
     */
    void literal(byte[] json, int offset, int length);

    /** Text in UTF-8, written as a JSON string. The caller answers for its being well-formed UTF-8. */
    void text(byte[] utf8, int offset, int length);

    default void bool(boolean value) {
        literal(value ? "true" : "false");
    }

    default void number(long value) {
        literal(Long.toString(value));
    }

    default void literal(String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        literal(bytes, 0, bytes.length);
    }

    default void text(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        text(bytes, 0, bytes.length);
    }
}
