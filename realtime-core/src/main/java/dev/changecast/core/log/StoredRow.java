package dev.changecast.core.log;

import dev.changecast.api.source.Row;
import dev.changecast.api.source.ValueWriter;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A row as a view of its frame's bytes: behind the number of columns, per value a varint of length and form, and the
 * bytes. May be kept and shared by threads; it keeps the bytes of its frame (or of a block of frames) with it.
 */
final class StoredRow implements Row {
    static final int NULL = 0;
    static final int ABSENT = 1;
    static final int LITERAL = 2;
    static final int TEXT = 3;

    private final byte[] bytes;
    private final int offset;

    /** Where each value begins; made at the first look, since many rows are never looked into. */
    private volatile int @Nullable [] values;

    StoredRow(byte[] bytes, int offset) {
        this.bytes = bytes;
        this.offset = offset;
    }

    @Override
    public int size() {
        return new ByteInput(bytes, offset).getCount();
    }

    @Override
    public void write(int column, ValueWriter to) {
        ByteInput at = new ByteInput(bytes, valueAt(column));
        long head = at.getVarint();
        int length = (int) (head >>> 2);
        switch ((int) head & 3) {
            case NULL -> to.nil();
            case ABSENT -> to.absent();
            case LITERAL -> to.literal(bytes, at.at(), length);
            default -> to.text(bytes, at.at(), length);
        }
    }

    @Override
    public @Nullable String text(int column) {
        ByteInput at = new ByteInput(bytes, valueAt(column));
        long head = at.getVarint();
        return (head & 3) < LITERAL ? null : new String(bytes, at.at(), (int) (head >>> 2), StandardCharsets.UTF_8);
    }

    @Override
    public boolean isNull(int column) {
        return bytes[valueAt(column)] == NULL;
    }

    @Override
    public boolean isAbsent(int column) {
        return bytes[valueAt(column)] == ABSENT;
    }

    private int valueAt(int column) {
        int[] known = values;
        if (known == null) {
            known = find();
            values = known;
        }
        return known[column];
    }

    private int[] find() {
        ByteInput at = new ByteInput(bytes, offset);
        int[] found = new int[at.getCount()];
        for (int i = 0; i < found.length; i++) {
            found[i] = at.at();
            at.skip((int) (at.getVarint() >>> 2));
        }
        return found;
    }
}
