package dev.changecast.ingress.redis;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** How long to wait before the next try: doubling, at random below that, never less than a tenth. Not thread-safe. */
final class Backoff {
    private static final long FIRST_MILLIS = 500;
    private static final long MOST_MILLIS = 30_000;

    private int failures;

    void reset() {
        failures = 0;
    }

    Duration next() {
        long bound = Math.min(MOST_MILLIS, FIRST_MILLIS << Math.min(failures, 10));
        failures++;
        return Duration.ofMillis(ThreadLocalRandom.current().nextLong(bound / 10, bound + 1));
    }
}
