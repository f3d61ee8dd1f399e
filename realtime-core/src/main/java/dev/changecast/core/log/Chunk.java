package dev.changecast.core.log;

import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One frame of the log: a part of one transaction (a small one in whole), a progress, or a fence. Immutable; its bytes
 * are shared by all who read it.
 */
public final class Chunk {
    /** What a chunk holds. */
    public enum Kind {
        /** Changes of one transaction; none at all only where nothing but its end was left to tell. */
        CHANGES,
        /** A checkpoint without changes. Readers pass over it, so {@link LogReader#next} never returns one. */
        PROGRESS,
        /** The fence of a snapshot. */
        FENCE
    }

    private static final Operation[] OPERATIONS = Operation.values();

    /** What the objects around the bytes take, roughly. */
    private static final int OVERHEAD = 200;

    private final byte[] bytes;
    private final int offset;
    private final int length;
    private final Relation[] table;
    private final Kind kind;
    private final int flags;
    private final long sequence;
    private final Position start;
    private final Position end;
    private final @Nullable String tx;
    private final @Nullable String token;
    private final @Nullable String fence;
    private final int[] relations;
    private final int entries;

    private static final int[] NO_RELATIONS = {};

    /** A view of the frame at this offset, which must be intact and not a definition. */
    Chunk(byte[] bytes, int offset, Relation[] table) {
        this.bytes = bytes;
        this.offset = offset;
        this.table = table;
        length = ByteInput.intAt(bytes, offset + Frames.LENGTH);
        flags = bytes[offset + Frames.FLAGS];
        sequence = ByteInput.longAt(bytes, offset + Frames.SEQUENCE);
        start = ByteInput.positionAt(bytes, offset + Frames.START);
        end = ByteInput.positionAt(bytes, offset + Frames.END);
        int frameKind = Frames.kind(bytes, offset);
        kind = switch (frameKind) {
            case Frames.KIND_CHANGES -> Kind.CHANGES;
            case Frames.KIND_PROGRESS -> Kind.PROGRESS;
            case Frames.KIND_FENCE -> Kind.FENCE;
            default -> throw new IllegalArgumentException("no kind of chunk: " + frameKind);
        };
        int body = kind == Kind.CHANGES ? Frames.CHANGES_HEADER_LENGTH : Frames.HEADER_LENGTH;
        ByteInput in = new ByteInput(bytes, offset + body);
        tx = has(Frames.FLAG_TX) ? in.getText() : null;
        token = has(Frames.FLAG_TOKEN) ? in.getText() : null;
        fence = kind == Kind.FENCE ? in.getText() : null;
        int count = kind == Kind.CHANGES ? in.getCount() : 0;
        relations = count == 0 ? NO_RELATIONS : new int[count];
        for (int i = 0; i < count; i++) {
            relations[i] = in.getCount();
        }
        entries = in.at();
    }

    public Kind kind() {
        return kind;
    }

    /** The transaction's name at the source; null where it has none, and for a progress or a fence. */
    public @Nullable String tx() {
        return tx;
    }

    /** Where the transaction begins. Of a progress or a fence: {@link #start}. */
    public Position begin() {
        return kind == Kind.CHANGES ? ByteInput.positionAt(bytes, offset + Frames.BEGIN) : start;
    }

    /** The {@code major} of the positions of all changes. */
    public long major() {
        return kind == Kind.CHANGES ? ByteInput.longAt(bytes, offset + Frames.BEGIN) : start.major();
    }

    /** When the transaction was committed at the source; the beginning of 1970 for a progress or a fence. */
    public Instant committedAt() {
        if (kind != Kind.CHANGES) {
            return Instant.EPOCH;
        }
        int at = offset + Frames.COMMITTED_AT;
        return Instant.ofEpochSecond(ByteInput.longAt(bytes, at), ByteInput.intAt(bytes, at + 8));
    }

    /** Whether its transaction has no chunk of changes before this one. */
    public boolean first() {
        return has(Frames.FLAG_FIRST);
    }

    /** Whether its transaction ends with this chunk. */
    public boolean last() {
        return has(Frames.FLAG_LAST);
    }

    /** How many changes it holds. */
    public int changes() {
        return kind == Kind.CHANGES ? ByteInput.intAt(bytes, offset + Frames.CHANGES) : 0;
    }

    /** How many changes of its transaction are in the log before this chunk. */
    public long ordinal() {
        return kind == Kind.CHANGES ? ByteInput.longAt(bytes, offset + Frames.ORDINAL) : 0;
    }

    /** The position before it: the end of the chunk before. */
    public Position start() {
        return start;
    }

    /** The position after it: of the commit's checkpoint when it is the last of its transaction, else of its last change. */
    public Position end() {
        return end;
    }

    /** The checkpoint that it completes; null for a fence and inside a transaction. */
    public @Nullable Checkpoint checkpoint() {
        return kind == Kind.PROGRESS || last() ? new Checkpoint(end, token) : null;
    }

    /** The fence's id; null when it is none. */
    public @Nullable String fence() {
        return fence;
    }

    /** How many bytes it takes in the log. */
    public int bytes() {
        return length;
    }

    /** The relations of its changes, each once. */
    public List<Relation> relations() {
        List<Relation> list = new ArrayList<>(relations.length);
        for (int id : relations) {
            list.add(table[id]);
        }
        return Collections.unmodifiableList(list);
    }

    /** Whether one of its changes is of a relation that is wanted. */
    public boolean concerns(Interest interest) {
        for (int id : relations) {
            if (interest.wants(table[id])) {
                return true;
            }
        }
        return false;
    }

    /** Shows the changes, in order. */
    public void forEach(ChangeVisitor visitor) {
        ByteInput in = new ByteInput(bytes, entries);
        long minor = 0;
        for (int i = changes(); i > 0; i--) {
            Relation relation = table[in.getCount()];
            int head = in.getByte();
            minor += in.getVarint();
            StoredRow after = (head & 4) == 0 ? null : row(in);
            StoredRow before = (head & 8) == 0 ? null : row(in);
            visitor.change(minor, relation, OPERATIONS[head & 3], after, before);
        }
    }

    private StoredRow row(ByteInput in) {
        int rowLength = in.getInt();
        StoredRow row = new StoredRow(bytes, in.at());
        in.skip(rowLength);
        return row;
    }

    private boolean has(int flag) {
        return (flags & flag) != 0;
    }

    long sequence() {
        return sequence;
    }

    int[] relationIds() {
        return relations;
    }

    byte[] array() {
        return bytes;
    }

    int offset() {
        return offset;
    }

    /** What it takes in memory. */
    int memory() {
        return length + OVERHEAD;
    }

    @Override
    public String toString() {
        return kind + " " + sequence + " (" + start + ", " + end + "]";
    }
}
