package dev.changecast.core.protocol;

import dev.changecast.api.source.ValueWriter;
import dev.changecast.api.transport.Payload;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Writes JSON into a growing buffer. Values come from the log as UTF-8 that is already JSON or only has to be quoted, so
 * most of this is copying; a general generator would take them apart and put them together again. Not thread-safe.
 */
public final class JsonBytes implements ValueWriter {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NULL = {'n', 'u', 'l', 'l'};

    private byte[] bytes;
    private int length;

    public JsonBytes() {
        this(512);
    }

    /** @param capacity how many bytes it has room for before it grows */
    public JsonBytes(int capacity) {
        bytes = new byte[capacity];
    }

    /** Begins anew. */
    public JsonBytes clear() {
        length = 0;
        return this;
    }

    public int length() {
        return length;
    }

    /** Takes back what was written after the buffer had this length. */
    public void truncate(int to) {
        length = to;
    }

    /** Copies bytes as they are. */
    public JsonBytes raw(byte[] utf8) {
        ensure(utf8.length);
        System.arraycopy(utf8, 0, bytes, length, utf8.length);
        length += utf8.length;
        return this;
    }

    /** Copies text as it is, in UTF-8. */
    public JsonBytes raw(String text) {
        return raw(text.getBytes(StandardCharsets.UTF_8));
    }

    public JsonBytes raw(char ascii) {
        ensure(1);
        bytes[length++] = (byte) ascii;
        return this;
    }

    /** A JSON string, or null. */
    public JsonBytes string(@Nullable String value) {
        if (value == null) {
            nil();
        } else {
            text(value);
        }
        return this;
    }

    public JsonBytes decimal(long value) {
        return raw(Long.toString(value));
    }

    /** The message as it stands, copied. */
    public byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }

    public Payload toPayload() {
        return Payload.of(toBytes());
    }

    @Override
    public void nil() {
        raw(NULL);
    }

    /** A value that was not sent has no form in JSON; whoever writes a row leaves its name out. */
    @Override
    public void absent() {
        throw new IllegalStateException("an absent value cannot be written");
    }

    /**
     * Copies JSON. Line breaks between tokens become blanks, so that one message is one line on every transport; inside
     * a string there are none.
     */
    @Override
    public void literal(byte[] json, int offset, int count) {
        ensure(count);
        for (int i = offset; i < offset + count; i++) {
            byte b = json[i];
            bytes[length++] = b == '\n' || b == '\r' || b == '\t' ? (byte) ' ' : b;
        }
    }

    @Override
    public void text(byte[] utf8, int offset, int count) {
        ensure(count + 2);
        bytes[length++] = '"';
        int end = offset + count;
        for (int i = offset; i < end; i++) {
            byte b = utf8[i];
            if (b >= 0 && b < 0x20 || b == '"' || b == '\\') {
                ensure(end - i + 7);
                escape(b);
            } else {
                bytes[length++] = b;
            }
        }
        ensure(1);
        bytes[length++] = '"';
    }

    private void escape(byte b) {
        bytes[length++] = '\\';
        switch (b) {
            case '"', '\\' -> bytes[length++] = b;
            case '\n' -> bytes[length++] = 'n';
            case '\r' -> bytes[length++] = 'r';
            case '\t' -> bytes[length++] = 't';
            default -> {
                bytes[length++] = 'u';
                bytes[length++] = '0';
                bytes[length++] = '0';
                bytes[length++] = HEX[b >> 4];
                bytes[length++] = HEX[b & 15];
            }
        }
    }

    private void ensure(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
    }

    @Override
    public String toString() {
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }
}
