package dev.changecast.core.log;

import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Position;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.jspecify.annotations.Nullable;

/** Nothing behind the memory: only knows what has become too old. */
final class MemoryStore implements Store {
    private static final int MARKS = 16;

    private final Duration age;
    private final Clock clock;
    private final Deque<Mark> marks = new ConcurrentLinkedDeque<>();

    MemoryStore(Duration age, Clock clock) {
        this.age = age;
        this.clock = clock;
    }

    @Override
    public int append(List<Chunk> frames) {
        Instant now = clock.instant();
        Mark newest = marks.peekLast();
        if (newest == null || newest.at().plus(age.dividedBy(MARKS)).isBefore(now)) {
            Chunk first = frames.get(0);
            marks.add(new Mark(now, first.sequence(), first.start()));
        }
        return frames.size();
    }

    @Override
    public void restart(String epoch, Checkpoint from, Position gapEnd, long firstSequence) {
        marks.clear();
    }

    @Override
    public long readable() {
        return Long.MAX_VALUE;
    }

    @Override
    public long find(Position after) {
        return -1;
    }

    @Override
    public @Nullable Chunk read(long sequence) {
        return null;
    }

    @Override
    public Skip skip(long sequence, Interest interest, boolean insideTransaction) {
        return new Skip(sequence, null);
    }

    /** All that was written before a mark is older than the mark. */
    @Override
    public @Nullable Eviction expired() {
        Instant limit = clock.instant().minus(age);
        Eviction eviction = null;
        for (Mark mark : marks) {
            if (mark.at().isBefore(limit)) {
                eviction = new Eviction(mark.sequence(), mark.start());
            }
        }
        return eviction;
    }

    @Override
    public void delete(Eviction eviction) {
        marks.removeIf(mark -> mark.sequence() <= eviction.firstSequence());
    }

    @Override
    public @Nullable Instant heldFrom(long first) {
        Instant from = null;
        for (Mark mark : marks) {
            from = from == null || mark.sequence() <= first ? mark.at() : from;
        }
        return from;
    }

    @Override
    public void close() {}

    private record Mark(Instant at, long sequence, Position start) {}
}
