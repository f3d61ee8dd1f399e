package dev.changecast.core.log;

import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.ValueWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Collects changes of one transaction in a buffer that is used again, until they are made into a frame. Makes no garbage
 * per change. For the capture thread alone.
 */
final class FrameEncoder implements ValueWriter {
    private static final int KEEP = 256 * 1024;

    /** Leaves room for the frame around the entries. */
    private static final int LIMIT = ByteOutput.LIMIT - 16 * 1024 * 1024;

    private final ByteOutput entries = new ByteOutput(KEEP);
    private final ByteOutput frame = new ByteOutput(KEEP);
    private int[] relations = new int[8];
    private int relationCount;
    private int changes;
    private long minor;

    boolean isEmpty() {
        return changes == 0;
    }

    int changes() {
        return changes;
    }

    int size() {
        return entries.size();
    }

    void clear() {
        entries.clear(KEEP);
        relationCount = 0;
        changes = 0;
        minor = 0;
    }

    /** Adds a change; when it throws, nothing was added. */
    void add(
            long changeMinor,
            int relation,
            Operation operation,
            @Nullable Row after,
            @Nullable Row before,
            int columns) {
        int size = entries.size();
        try {
            entries.putVarint(relation);
            entries.putByte(operation.ordinal() | (after == null ? 0 : 4) | (before == null ? 0 : 8));
            entries.putVarint(changeMinor - minor);
            put(after, columns);
            put(before, columns);
            if (entries.size() > LIMIT) {
                throw new IllegalArgumentException(
                        "a change takes more than " + LIMIT + " bytes; the log holds no more");
            }
        } catch (RuntimeException | Error e) {
            entries.truncate(size);
            throw e;
        }
        minor = changeMinor;
        changes++;
        remember(relation);
    }

    private void put(@Nullable Row row, int columns) {
        if (row == null) {
            return;
        }
        if (row.size() != columns) {
            throw new IllegalArgumentException(
                    "a row has one value for each of its relation's " + columns + " columns, not " + row.size());
        }
        int lengthAt = entries.size();
        entries.putInt(0);
        entries.putVarint(columns);
        for (int i = 0; i < columns; i++) {
            row.write(i, this);
        }
        entries.setInt(lengthAt, entries.size() - lengthAt - 4);
    }

    private void remember(int relation) {
        for (int i = relationCount - 1; i >= 0; i--) {
            if (relations[i] == relation) {
                return;
            }
        }
        if (relationCount == relations.length) {
            relations = Arrays.copyOf(relations, 2 * relationCount);
        }
        relations[relationCount++] = relation;
    }

    /**
     * The collected changes as a frame; forgets them.
     *
     * @param commit where the transaction ends, when this is its last frame
     */
    byte[] finish(
            long sequence, OpenTransaction transaction, Position start, Position end, @Nullable Checkpoint commit) {
        String token = commit == null ? null : commit.token();
        int flags = (transaction.isInLog() ? 0 : Frames.FLAG_FIRST)
                | (commit == null ? 0 : Frames.FLAG_LAST)
                | (transaction.tx == null ? 0 : Frames.FLAG_TX)
                | (token == null ? 0 : Frames.FLAG_TOKEN);
        frame.clear(KEEP);
        frame.ensure(Frames.CHANGES_HEADER_LENGTH + entries.size());
        Frames.putHeader(frame, Frames.KIND_CHANGES, flags, sequence, start, end);
        Frames.putPosition(frame, transaction.begin);
        frame.putLong(transaction.committedAt.getEpochSecond());
        frame.putInt(transaction.committedAt.getNano());
        frame.putInt(changes);
        frame.putLong(transaction.changesInLog);
        if (transaction.tx != null) {
            frame.putText(transaction.tx);
        }
        if (token != null) {
            frame.putText(token);
        }
        frame.putVarint(relationCount);
        for (int i = 0; i < relationCount; i++) {
            frame.putVarint(relations[i]);
        }
        frame.putBytes(entries.array(), 0, entries.size());
        byte[] bytes = Frames.finish(frame);
        clear();
        return bytes;
    }

    @Override
    public void nil() {
        entries.putByte(StoredRow.NULL);
    }

    @Override
    public void absent() {
        entries.putByte(StoredRow.ABSENT);
    }

    @Override
    public void literal(byte[] json, int offset, int length) {
        put(StoredRow.LITERAL, json, offset, length);
    }

    @Override
    public void text(byte[] utf8, int offset, int length) {
        put(StoredRow.TEXT, utf8, offset, length);
    }

    @Override
    public void literal(String json) {
        put(StoredRow.LITERAL, json);
    }

    @Override
    public void text(String value) {
        put(StoredRow.TEXT, value);
    }

    private void put(int form, byte[] from, int offset, int length) {
        entries.putVarint((long) length << 2 | form);
        entries.putBytes(from, offset, length);
    }

    private void put(int form, String value) {
        int size = entries.size();
        entries.putVarint((long) value.length() << 2 | form);
        if (!entries.putAscii(value)) {
            entries.truncate(size);
            byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
            put(form, utf8, 0, utf8.length);
        }
    }
}
