package dev.changecast.core.statistics;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What is counted of one source, from capture to the sessions. */
public final class SourceCounters {
    /** How long a lag is told after the transaction that had it. */
    private static final long LAG_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** Under which name that is counted which no route shows. */
    private static final String NO_ROUTE = "";

    public final ThreadCount transactions = new ThreadCount();
    public final ThreadCount changes = new ThreadCount();
    public final ThreadCount failures = new ThreadCount();
    public final Resets resets = new Resets();

    /** From a commit to the moment at which all that was to be told of it was given to the connections. */
    public final Histogram latency = Histogram.ofLatencies();

    /** Messages that no route concerns: those that were published, and what routes push. */
    private final LongAdder pushed = new LongAdder();

    private final LongAdder conflated = new LongAdder();
    private final Map<String, RouteCounters> routes = new ConcurrentHashMap<>();
    private final ThreadCount lag = new ThreadCount();
    private final ThreadCount lagAt = new ThreadCount();

    /** Those of a route, by what it is from; null stands for no route. */
    public RouteCounters route(@Nullable String from) {
        return routes.computeIfAbsent(from == null ? NO_ROUTE : from, key -> new RouteCounters());
    }

    /** So many messages went into sessions' queues without a subscription. */
    public void pushed(long messages) {
        pushed.add(messages);
    }

    /** So many changes were passed over, since a session got later ones in their place. */
    public void conflated(long changes) {
        conflated.add(changes);
    }

    public long conflated() {
        return conflated.sum();
    }

    /** A transaction came, committed so long ago. The capture thread alone. */
    public void captured(long agoMillis, long now) {
        lag.set(Math.max(0, agoMillis));
        lagAt.set(now == 0 ? 1 : now);
    }

    /** How long the last transaction took to come; null when none has lately. */
    public @Nullable Duration lag() {
        long at = lagAt.get();
        return at == 0 || System.nanoTime() - at > LAG_NANOS ? null : Duration.ofMillis(lag.get());
    }

    public long matches() {
        return routes.values().stream().mapToLong(RouteCounters::matches).sum();
    }

    public long delivered() {
        return pushed.sum()
                + routes.values().stream().mapToLong(RouteCounters::delivered).sum();
    }
}
