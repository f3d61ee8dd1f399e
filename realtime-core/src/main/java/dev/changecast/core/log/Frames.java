package dev.changecast.core.log;

import dev.changecast.api.source.Column;
import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.ValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** The layout of a frame, the unit of checksum; the package's description shows it as a table. */
final class Frames {
    static final int CHECKSUM = 0;
    static final int LENGTH = 4;
    static final int KIND = 8;
    static final int FLAGS = 9;
    static final int SEQUENCE = 10;
    static final int START = 18;
    static final int END = 34;
    static final int HEADER_LENGTH = 50;

    /** Where the fields of a frame of changes follow. */
    static final int BEGIN = 50;

    static final int COMMITTED_AT = 66;
    static final int CHANGES = 78;
    static final int ORDINAL = 82;
    static final int CHANGES_HEADER_LENGTH = 90;

    static final int KIND_CHANGES = 1;
    static final int KIND_PROGRESS = 2;
    static final int KIND_FENCE = 3;
    static final int KIND_RELATION = 4;

    static final int FLAG_FIRST = 1;
    static final int FLAG_LAST = 2;
    static final int FLAG_TX = 4;
    static final int FLAG_TOKEN = 8;

    private Frames() {}

    static void putHeader(ByteOutput to, int kind, int flags, long sequence, Position start, Position end) {
        to.putInt(0);
        to.putInt(0);
        to.putByte(kind);
        to.putByte(flags);
        to.putLong(sequence);
        putPosition(to, start);
        putPosition(to, end);
    }

    static void putPosition(ByteOutput to, Position position) {
        to.putLong(position.major());
        to.putLong(position.minor());
    }

    /** The finished frame, with its length and checksum. */
    static byte[] finish(ByteOutput frame) {
        frame.setInt(LENGTH, frame.size());
        byte[] bytes = frame.toByteArray();
        frame.setInt(CHECKSUM, 0);
        int checksum = checksum(bytes, LENGTH, bytes.length - LENGTH);
        bytes[CHECKSUM] = (byte) (checksum >>> 24);
        bytes[CHECKSUM + 1] = (byte) (checksum >>> 16);
        bytes[CHECKSUM + 2] = (byte) (checksum >>> 8);
        bytes[CHECKSUM + 3] = (byte) checksum;
        return bytes;
    }

    static int checksum(byte[] bytes, int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, length);
        return (int) crc.getValue();
    }

    /** The length that the frame at this offset claims to have, or -1 when no frame can have it. */
    static int claimedLength(byte[] bytes, int offset) {
        int length = ByteInput.intAt(bytes, offset + LENGTH);
        return length < HEADER_LENGTH || length > ByteOutput.LIMIT ? -1 : length;
    }

    /** Whether the whole frame at this offset is what was written. */
    static boolean isIntact(byte[] bytes, int offset, int length) {
        return ByteInput.intAt(bytes, offset + CHECKSUM) == checksum(bytes, offset + LENGTH, length - LENGTH);
    }

    static int kind(byte[] bytes, int offset) {
        return bytes[offset + KIND];
    }

    static byte[] progress(long sequence, Position start, Position end, @Nullable String token) {
        ByteOutput frame = new ByteOutput(HEADER_LENGTH + (token == null ? 0 : 5 + 3 * token.length()));
        putHeader(frame, KIND_PROGRESS, token == null ? 0 : FLAG_TOKEN, sequence, start, end);
        if (token != null) {
            frame.putText(token);
        }
        return finish(frame);
    }

    static byte[] fence(long sequence, Position at, String id) {
        ByteOutput frame = new ByteOutput(HEADER_LENGTH + 5 + 3 * id.length());
        putHeader(frame, KIND_FENCE, 0, sequence, at, at);
        frame.putText(id);
        return finish(frame);
    }

    /** A definition has no sequence of its own: it carries that of the frame it precedes. */
    static byte[] relation(long sequence, int id, Relation relation) {
        ByteOutput frame = new ByteOutput(256);
        putHeader(frame, KIND_RELATION, 0, sequence, Position.ZERO, Position.ZERO);
        frame.putVarint(id);
        putRelation(frame, relation);
        return finish(frame);
    }

    static void putRelation(ByteOutput to, Relation relation) {
        to.putText(relation.namespace());
        to.putText(relation.name());
        to.putVarint(relation.columns().size());
        for (Column column : relation.columns()) {
            to.putText(column.name());
            to.putText(column.type());
            to.putText(column.valueType().name());
            putOptional(to, column.modifier());
        }
        to.putVarint(relation.key().size());
        for (int index : relation.key()) {
            to.putVarint(index);
        }
        to.putText(relation.oldRow().name());
        putOptional(to, relation.remedy());
        putOptional(to, relation.identity());
    }

    private static void putOptional(ByteOutput to, @Nullable String text) {
        to.putByte(text == null ? 0 : 1);
        if (text != null) {
            to.putText(text);
        }
    }

    static Relation getRelation(ByteInput from) {
        String namespace = from.getText();
        String name = from.getText();
        int columnCount = from.getCount();
        List<Column> columns = new ArrayList<>(columnCount);
        for (int i = 0; i < columnCount; i++) {
            columns.add(
                    new Column(from.getText(), from.getText(), ValueType.valueOf(from.getText()), getOptional(from)));
        }
        int keyCount = from.getCount();
        List<Integer> key = new ArrayList<>(keyCount);
        for (int i = 0; i < keyCount; i++) {
            key.add(from.getCount());
        }
        OldRow oldRow = OldRow.valueOf(from.getText());
        return new Relation(namespace, name, columns, key, oldRow, getOptional(from), getOptional(from));
    }

    private static @Nullable String getOptional(ByteInput from) {
        return from.getByte() == 0 ? null : from.getText();
    }
}
