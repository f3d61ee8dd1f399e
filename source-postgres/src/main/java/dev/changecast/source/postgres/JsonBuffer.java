package dev.changecast.source.postgres;

import dev.changecast.api.source.ValueWriter;
import java.util.Arrays;

/** Collects JSON in UTF-8: what formats write into it is appended, with text quoted and escaped. */
final class JsonBuffer implements ValueWriter {
    private static final byte[] HEXADECIMAL = "0123456789abcdef".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    private byte[] bytes;
    private int size;

    JsonBuffer(int expected) {
        bytes = new byte[Math.max(expected, 16)];
    }

    void append(char ascii) {
        room(1);
        bytes[size++] = (byte) ascii;
    }

    void writeTo(ValueWriter to) {
        to.literal(bytes, 0, size);
    }

    @Override
    public void nil() {
        literal("null");
    }

    @Override
    public void absent() {
        throw new IllegalStateException("an element of an array is never absent");
    }

    @Override
    public void literal(byte[] json, int offset, int length) {
        room(length);
        System.arraycopy(json, offset, bytes, size, length);
        size += length;
    }

    @Override
    public void text(byte[] utf8, int offset, int length) {
        append('"');
        for (int i = offset; i < offset + length; i++) {
            byte c = utf8[i];
            room(6);
            if (c == '"' || c == '\\') {
                bytes[size++] = '\\';
                bytes[size++] = c;
            } else if (c >= 0 && c < ' ') {
                bytes[size++] = '\\';
                bytes[size++] = 'u';
                bytes[size++] = '0';
                bytes[size++] = '0';
                bytes[size++] = HEXADECIMAL[c >> 4];
                bytes[size++] = HEXADECIMAL[c & 15];
            } else {
                bytes[size++] = c;
            }
        }
        append('"');
    }

    private void room(int more) {
        if (size + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
        }
    }
}
