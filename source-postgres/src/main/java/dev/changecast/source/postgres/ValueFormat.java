package dev.changecast.source.postgres;

import dev.changecast.api.source.ValueWriter;
import java.util.Base64;

/**
 * How the text that a PostgreSQL type's output function gives becomes a value on the wire. The same formats serve the
 * stream and the snapshots, so that a row looks alike however it came. Stateless; used by any thread.
 */
interface ValueFormat {
    void write(byte[] text, int offset, int length, ValueWriter to);

    /** The text as it is, as a JSON string. */
    ValueFormat TEXT = (text, offset, length, to) -> to.text(text, offset, length);

    /** The text as it is, as JSON: whole numbers, {@code json} and {@code jsonb}. */
    ValueFormat LITERAL = (text, offset, length, to) -> to.literal(text, offset, length);

    /** {@code t} and {@code f}. */
    ValueFormat BOOLEAN = (text, offset, length, to) -> to.bool(text[offset] == 't');

    /** A number, or the words {@code NaN}, {@code Infinity} and {@code -Infinity}, for which JSON has no number. */
    ValueFormat FLOAT = (text, offset, length, to) -> {
        byte last = text[offset + length - 1];
        if (last >= '0' && last <= '9') {
            to.literal(text, offset, length);
        } else {
            to.text(text, offset, length);
        }
    };

    /** {@code \x} and hexadecimal digits, to base64. */
    ValueFormat BYTES = (text, offset, length, to) -> {
        byte[] bytes = new byte[(length - 2) / 2];
        for (int i = 0, at = offset + 2; i < bytes.length; i++, at += 2) {
            bytes[i] = (byte) (Character.digit(text[at], 16) << 4 | Character.digit(text[at + 1], 16));
        }
        byte[] encoded = Base64.getEncoder().encode(bytes);
        to.text(encoded, 0, encoded.length);
    };
}
