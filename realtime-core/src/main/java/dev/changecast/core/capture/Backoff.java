package dev.changecast.core.capture;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How long to wait before the next try: doubling, with full jitter, so that many that failed together do not come back
 * together (the scheme is described in "Exponential Backoff And Jitter" of the AWS Architecture Blog). Not thread-safe.
 */
final class Backoff {
    private final Duration first;
    private final Duration most;
    private int failures;

    Backoff(Duration first, Duration most) {
        this.first = first;
        this.most = most;
    }

    void reset() {
        failures = 0;
    }

    /** The time until the next try; never less than a tenth of the time it is drawn from. */
    Duration next() {
        long bound = Math.min(most.toMillis(), first.toMillis() << Math.min(failures, 20));
        failures++;
        return Duration.ofMillis(ThreadLocalRandom.current().nextLong(Math.max(1, bound / 10), bound + 1));
    }
}
