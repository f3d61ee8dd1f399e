package dev.changecast.core.log;

import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Some consecutive frames of a segment that are read together: an entry of its sparse index. Its identity is the key of
 * the cache, so this is no record.
 */
final class Block {
    /** A block ends with the frame that makes it at least this large. */
    static final int BYTES = 64 * 1024;

    final long firstSequence;
    final long lastSequence;
    final Position start;
    final Position end;
    final long offset;
    final int length;
    final int[] relations;
    final boolean hasFence;
    final boolean hasLast;

    Block(
            long firstSequence,
            long lastSequence,
            Position start,
            Position end,
            long offset,
            int length,
            int[] relations,
            boolean hasFence,
            boolean hasLast) {
        this.firstSequence = firstSequence;
        this.lastSequence = lastSequence;
        this.start = start;
        this.end = end;
        this.offset = offset;
        this.length = length;
        this.relations = relations;
        this.hasFence = hasFence;
        this.hasLast = hasLast;
    }

    /** Whether a reader must look into it. */
    boolean concerns(Interest interest, boolean insideTransaction, Relation[] table) {
        if (hasFence || insideTransaction && hasLast) {
            return true;
        }
        for (int id : relations) {
            if (interest.wants(table[id])) {
                return true;
            }
        }
        return false;
    }

    void put(ByteOutput to) {
        to.putLong(firstSequence);
        to.putLong(lastSequence);
        Frames.putPosition(to, start);
        Frames.putPosition(to, end);
        to.putLong(offset);
        to.putInt(length);
        to.putByte((hasFence ? 1 : 0) | (hasLast ? 2 : 0));
        to.putVarint(relations.length);
        for (int id : relations) {
            to.putVarint(id);
        }
    }

    static Block get(ByteInput from) {
        long firstSequence = from.getLong();
        long lastSequence = from.getLong();
        Position start = from.getPosition();
        Position end = from.getPosition();
        long offset = from.getLong();
        int length = from.getInt();
        int flags = from.getByte();
        int[] relations = new int[from.getCount()];
        for (int i = 0; i < relations.length; i++) {
            relations[i] = from.getCount();
        }
        return new Block(
                firstSequence, lastSequence, start, end, offset, length, relations, (flags & 1) != 0, (flags & 2) != 0);
    }

    /** Makes blocks of the frames of one segment, in order. */
    static final class Builder {
        private final BitSet relations = new BitSet();
        private long offset;
        private long to;
        private @Nullable Chunk first;
        private @Nullable Chunk last;
        private boolean hasFence;
        private boolean hasLast;

        /**
         * @param offset where the next block begins
         */
        Builder(long offset) {
            this.offset = offset;
            to = offset;
        }

        /** Adds the frame that ends at this offset; returns a block when that completes one. */
        @Nullable
        Block add(Chunk chunk, long endOffset) {
            if (first == null) {
                first = chunk;
            }
            last = chunk;
            to = endOffset;
            hasFence |= chunk.kind() == Chunk.Kind.FENCE;
            hasLast |= chunk.last();
            for (int id : chunk.relationIds()) {
                relations.set(id);
            }
            return to - offset >= BYTES ? close() : null;
        }

        /** The frames since the last block, as a block; null when there are none. */
        @Nullable
        Block close() {
            Chunk from = first;
            Chunk through = last;
            if (from == null || through == null) {
                return null;
            }
            Block block = new Block(
                    from.sequence(),
                    through.sequence(),
                    from.start(),
                    through.end(),
                    offset,
                    Math.toIntExact(to - offset),
                    relations.stream().toArray(),
                    hasFence,
                    hasLast);
            offset = to;
            first = null;
            last = null;
            hasFence = false;
            hasLast = false;
            relations.clear();
            return block;
        }
    }
}
