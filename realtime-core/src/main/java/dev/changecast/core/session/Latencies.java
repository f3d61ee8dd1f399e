package dev.changecast.core.session;

import dev.changecast.core.statistics.SourceCounters;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The transactions that one round of a dispatcher has told sessions of. When all of it has been given to the connections one
 * look at the clock tells how long each took. Used by the dispatcher alone.
 */
final class Latencies {
    private static final long SECOND = 1_000_000_000L;

    private @Nullable SourceCounters[] sources = new SourceCounters[64];
    private long[] committed = new long[64];
    private int waiting;

    void add(SourceCounters source, Instant committedAt) {
        if (waiting == committed.length) {
            sources = Arrays.copyOf(sources, 2 * waiting);
            committed = Arrays.copyOf(committed, 2 * waiting);
        }
        sources[waiting] = source;
        committed[waiting++] = nanos(committedAt);
    }

    /** All of it was given to the connections. */
    void written() {
        if (waiting == 0) {
            return;
        }
        long now = nanos(Instant.now());
        for (int i = 0; i < waiting; i++) {
            SourceCounters source = sources[i];
            if (source != null) {
                source.latency.add(now - committed[i]);
            }
        }
        waiting = 0;
    }

    private static long nanos(Instant at) {
        return at.getEpochSecond() * SECOND + at.getNano();
    }
}
