package dev.changecast.core.log;

import dev.changecast.api.source.Position;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Reads what {@link ByteOutput} wrote. Bytes are checked by their checksum before they come here. */
final class ByteInput {
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final byte[] bytes;
    private int at;

    ByteInput(byte[] bytes, int at) {
        this.bytes = bytes;
        this.at = at;
    }

    static int intAt(byte[] bytes, int at) {
        return (int) INTS.get(bytes, at);
    }

    static long longAt(byte[] bytes, int at) {
        return (long) LONGS.get(bytes, at);
    }

    static Position positionAt(byte[] bytes, int at) {
        return new Position(longAt(bytes, at), longAt(bytes, at + 8));
    }

    int at() {
        return at;
    }

    void skip(int length) {
        at += length;
    }

    int getByte() {
        return bytes[at++];
    }

    int getInt() {
        int value = intAt(bytes, at);
        at += 4;
        return value;
    }

    long getLong() {
        long value = longAt(bytes, at);
        at += 8;
        return value;
    }

    Position getPosition() {
        return new Position(getLong(), getLong());
    }

    long getVarint() {
        long value = 0;
        int shift = 0;
        byte next;
        do {
            next = bytes[at++];
            value |= (long) (next & 0x7F) << shift;
            shift += 7;
        } while (next < 0);
        return value;
    }

    int getCount() {
        return (int) getVarint();
    }

    String getText() {
        int length = getCount();
        String text = new String(bytes, at, length, StandardCharsets.UTF_8);
        at += length;
        return text;
    }
}
