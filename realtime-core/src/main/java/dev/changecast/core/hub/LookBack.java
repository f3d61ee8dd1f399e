package dev.changecast.core.hub;

import dev.changecast.api.source.Position;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/** Remembers where the head was in the last minutes, by a clock that nobody can set. Thread-safe. */
final class LookBack {
    static final Duration MINUTES = Duration.ofMinutes(10);

    private static final long MINUTES_NANOS = MINUTES.toNanos();
    private static final long STEP_NANOS = TimeUnit.SECONDS.toNanos(5);

    private record Mark(long time, Position position) {}

    private final ArrayDeque<Mark> marks = new ArrayDeque<>();

    synchronized void passed(Position head) {
        long now = System.nanoTime();
        Mark last = marks.peekLast();
        if (last == null || now - last.time >= STEP_NANOS) {
            marks.add(new Mark(now, head));
            while (marks.size() > 1 && now - marks.peekFirst().time > MINUTES_NANOS) {
                marks.remove();
            }
        }
    }

    /** The positions of before belong to another history. */
    synchronized void clear() {
        marks.clear();
    }

    /** Where the head was some minutes ago; the beginning of everything while that is not known. */
    synchronized Position position() {
        Mark oldest = marks.peekFirst();
        return oldest == null || System.nanoTime() - oldest.time < MINUTES_NANOS - STEP_NANOS
                ? Position.ZERO
                : oldest.position;
    }
}
