package dev.changecast.core.filter;

import java.util.Arrays;

/** Bytes that grow. */
final class KeyBuffer {
    private byte[] bytes;
    private int length;

    KeyBuffer(int capacity) {
        bytes = new byte[capacity];
    }

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    /** Forgets everything after the first {@code length} bytes. */
    void truncate(int length) {
        this.length = length;
    }

    void put(int value) {
        room(1);
        bytes[length++] = (byte) value;
    }

    void put(byte[] from, int offset, int count) {
        room(count);
        System.arraycopy(from, offset, bytes, length, count);
        length += count;
    }

    /** A signed number in 8 bytes whose unsigned order is the numbers' order. */
    void putLong(long value) {
        room(Long.BYTES);
        long ordered = value ^ Long.MIN_VALUE;
        for (int shift = 56; shift >= 0; shift -= 8) {
            bytes[length++] = (byte) (ordered >>> shift);
        }
    }

    byte[] copy() {
        return Arrays.copyOf(bytes, length);
    }

    private void room(int count) {
        if (bytes.length - length < count) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + count));
        }
    }
}
