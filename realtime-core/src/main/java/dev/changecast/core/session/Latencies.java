package dev.changecast.core.session;

import dev.changecast.api.source.Position;
import dev.changecast.core.Delivery;
import dev.changecast.core.DeliveryListener;
import dev.changecast.core.statistics.SourceCounters;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The transactions that one round of a dispatcher has told sessions of. When all of it has been given to the connections one
 * look at the clock tells how long each took. Used by the dispatcher alone.
 */
final class Latencies {
    private static final Logger log = LoggerFactory.getLogger(Latencies.class);
    private static final long SECOND = 1_000_000_000L;

    private final @Nullable DeliveryListener listener;

    /** What the listener is to be told; nothing where there is none. */
    private final List<Function<Instant, Delivery>> deliveries = new ArrayList<>();

    private @Nullable SourceCounters[] sources = new SourceCounters[64];
    private long[] committed = new long[64];
    private int waiting;

    Latencies(@Nullable DeliveryListener listener) {
        this.listener = listener;
    }

    /** @param end where it ends; the feed has begun */
    void add(DispatchedFeed feed, @Nullable String tx, Position end, Instant committedAt, Instant readAt) {
        if (waiting == committed.length) {
            sources = Arrays.copyOf(sources, 2 * waiting);
            committed = Arrays.copyOf(committed, 2 * waiting);
        }
        sources[waiting] = feed.hub().counters();
        committed[waiting++] = nanos(committedAt);
        if (listener != null) {
            String source = feed.hub().source();
            String offset = feed.offset(end);
            deliveries.add(writtenAt -> new Delivery(source, tx, offset, committedAt, readAt, writtenAt));
        }
    }

    /** All of it was given to the connections. */
    void written() {
        if (waiting == 0) {
            return;
        }
        Instant writtenAt = Instant.now();
        long now = nanos(writtenAt);
        for (int i = 0; i < waiting; i++) {
            SourceCounters source = sources[i];
            if (source != null) {
                source.latency.add(now - committed[i]);
            }
        }
        waiting = 0;
        if (listener != null) {
            tell(listener, writtenAt);
        }
    }

    private void tell(DeliveryListener listener, Instant writtenAt) {
        try {
            deliveries.forEach(delivery -> listener.delivered(delivery.apply(writtenAt)));
        } catch (RuntimeException e) {
            log.warn("The listener to deliveries failed", e);
        }
        deliveries.clear();
    }

    private static long nanos(Instant at) {
        return at.getEpochSecond() * SECOND + at.getNano();
    }
}
