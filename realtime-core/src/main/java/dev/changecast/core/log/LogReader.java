package dev.changecast.core.log;

import dev.changecast.api.source.Position;
import org.jspecify.annotations.Nullable;

/**
 * A cursor in a log. For one thread at a time. It holds numbers only: not using it for an hour costs nothing, and
 * nothing needs to be closed.
 */
public final class LogReader {
    private final FeedLog log;
    private final int generation;
    private final String epoch;

    /** What was seen before this reader was made. */
    private final Position after;

    private long next;
    private Position position;
    private boolean inside;

    LogReader(FeedLog log, int generation, String epoch, long next, Position after) {
        this.log = log;
        this.generation = generation;
        this.epoch = epoch;
        this.next = next;
        this.after = after;
        position = after;
    }

    /**
     * Says that a part of the transaction that it begins in was seen before: its last chunk is returned, wanted or not, so
     * that its end can be told.
     */
    public LogReader insideTransaction() {
        inside = true;
        return this;
    }

    /**
     * The next chunk that holds a wanted relation; null at the head. Fences are always returned. Once a chunk of a
     * transaction was returned its last one is returned too, wanted or not, so that its end can be told. Chunks that
     * end at or before the position the reader was made with are passed over. A reader that begins inside a
     * transaction, because the log begins there, gets a chunk that is not {@link Chunk#first()}.
     *
     * <p>May read from disk.
     *
     * @throws PositionEvicted when the log no longer holds the next chunk, or has begun a new epoch; ever after
     */
    public @Nullable Chunk next(Interest interest) {
        Chunk chunk = log.read(this, interest);
        while (chunk != null) {
            next = chunk.sequence() + 1;
            if (chunk.end().isAfter(position)) {
                position = chunk.end();
            }
            if (isToReturn(chunk, interest)) {
                if (chunk.kind() == Chunk.Kind.CHANGES) {
                    inside = !chunk.last();
                }
                return chunk;
            }
            chunk = log.read(this, interest);
        }
        return null;
    }

    private boolean isToReturn(Chunk chunk, Interest interest) {
        switch (chunk.kind()) {
            case FENCE:
                return !chunk.end().isBefore(after);
            case PROGRESS:
                return false;
            default:
                return chunk.end().isAfter(after) && (inside && chunk.last() || chunk.concerns(interest));
        }
    }

    /** The epoch of all it returns, and of its position: it ends with the epoch. */
    public String epoch() {
        return epoch;
    }

    /** The end of what was returned or passed over; never below what the reader was made with. */
    public Position position() {
        return position;
    }

    /** Goes on without having looked. */
    void skipTo(long sequence, Position to) {
        next = sequence;
        if (to.isAfter(position)) {
            position = to;
        }
    }

    long sequence() {
        return next;
    }

    int generation() {
        return generation;
    }

    boolean isInsideTransaction() {
        return inside;
    }
}
