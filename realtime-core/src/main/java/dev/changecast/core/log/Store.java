package dev.changecast.core.log;

import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Position;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What lies behind the newest part that is in memory. Written by the log's writer thread, read by any thread; what it
 * gives back it gave under the numbers that the frames carry.
 */
interface Store extends AutoCloseable {
    /**
     * Writes the first of these frames so that they survive a power cut.
     *
     * @return how many; at least one
     * @throws IOException none of them was taken; the same frames may be given again
     */
    int append(List<Chunk> frames) throws IOException;

    /**
     * Replaces everything by an empty log of this epoch, at once or not at all.
     *
     * @param gapEnd see {@link Lineage}
     */
    void restart(String epoch, Checkpoint from, Position gapEnd, long firstSequence) throws IOException;

    /** The greatest number that {@link #read} can give: what memory may let go of. */
    long readable();

    /** A number at or below that of the first frame whose end is after this position; -1 when there is none. */
    long find(Position after);

    /** The frame with this number; null when it is not or no longer here. */
    @Nullable
    Chunk read(long sequence) throws IOException;

    /** Skips frames that nobody wants, without reading them: a number greater than the given one, or the same. */
    Skip skip(long sequence, Interest interest, boolean insideTransaction);

    /** What is too much or too old, to be given to {@link #delete} once no reader begins there any more; null for nothing. */
    @Nullable
    Eviction expired();

    void delete(Eviction eviction);

    /** Where the log ended that long ago, or earlier; {@link Position#ZERO} when that is not known. */
    default Position headBefore(Duration ago) {
        return Position.ZERO;
    }

    /** How large it is; 0 when there is nothing behind the memory. */
    default long bytes() {
        return 0;
    }

    /**
     * Since when it holds everything, as exactly as is known; null when it holds nothing.
     *
     * @param first the number of the first frame in memory, for a store that has nothing else
     */
    @Nullable
    Instant heldFrom(long first);

    @Override
    void close();

    /**
     * Everything below a number goes.
     *
     * @param firstSequence what stays
     * @param floor the position where it begins
     */
    record Eviction(long firstSequence, Position floor) {}

    /**
     * How far a reader may go without looking.
     *
     * @param sequence what to read next
     * @param position where that begins; null when nothing was skipped
     */
    record Skip(long sequence, @Nullable Position position) {}
}
