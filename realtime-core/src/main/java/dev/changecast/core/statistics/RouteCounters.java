package dev.changecast.core.statistics;

import java.util.concurrent.atomic.LongAdder;

/** What became of the changes of one source that one route concerns first. Any thread. */
public final class RouteCounters {
    private final LongAdder matches = new LongAdder();
    private final LongAdder delivered = new LongAdder();

    /** A change is in some view that somebody follows. */
    public void matched() {
        matches.increment();
    }

    /** So many messages went into sessions' queues. */
    public void delivered(long messages) {
        delivered.add(messages);
    }

    public long matches() {
        return matches.sum();
    }

    public long delivered() {
        return delivered.sum();
    }
}
