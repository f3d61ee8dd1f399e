package dev.changecast.source.redis;

import java.time.Duration;

/** Something that is to be done again and again. */
final class Timer {
    private final long everyNanos;
    private long last = System.nanoTime();

    Timer(Duration every) {
        everyNanos = every.toNanos();
    }

    /** Whether it is to be done now; when so, it counts as done. */
    boolean isDue() {
        long now = System.nanoTime();
        if (now - last < everyNanos) {
            return false;
        }
        last = now;
        return true;
    }

    /** Until then, not below 0. */
    long leftMillis() {
        return Math.max(0, (everyNanos - (System.nanoTime() - last)) / 1_000_000);
    }
}
