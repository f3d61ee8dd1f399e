package dev.changecast.client;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** How long to wait before the next try: doubling, at random below that, never less than a tenth. Not thread-safe. */
final class Backoff {
    private final long firstMillis;
    private final long mostMillis;
    private int failures;

    Backoff(Duration first, Duration most) {
        this.firstMillis = first.toMillis();
        this.mostMillis = most.toMillis();
    }

    void reset() {
        failures = 0;
    }

    Duration next() {
        long bound = Math.min(mostMillis, firstMillis << Math.min(failures, 20));
        failures++;
        return Duration.ofMillis(ThreadLocalRandom.current().nextLong(bound / 10, bound + 1));
    }
}
