package dev.changecast.core.session;

import dev.changecast.core.Statistics.TransportFigures;
import dev.changecast.core.statistics.Histogram;
import dev.changecast.core.statistics.Resets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** What is counted of sessions by all threads together. */
final class SessionCounters {
    private final Map<String, TransportCounters> transports = new ConcurrentHashMap<>();
    private final LongAdder unauthenticated = new LongAdder();

    /** What clients were told. */
    final Resets resets = new Resets();

    /** From the beginning of a subscription until it is ready. */
    final Histogram readyTime = Histogram.ofLatencies();

    final SnapshotCounters snapshots = new SnapshotCounters();

    TransportCounters transport(String name) {
        return transports.computeIfAbsent(name, key -> new TransportCounters());
    }

    /** A token was missing, wrong, or too late. */
    void notAuthenticated() {
        unauthenticated.increment();
    }

    long authenticationFailures() {
        return unauthenticated.sum();
    }

    long ended() {
        return transports.values().stream()
                .mapToLong(TransportCounters::endedSoFar)
                .sum();
    }

    List<TransportFigures> transports(List<DispatcherCounters> dispatchers) {
        return transports.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> entry.getValue()
                        .present(
                                entry.getKey(),
                                dispatchers.stream()
                                        .map(each -> each.sentOver(entry.getKey()))
                                        .filter(Objects::nonNull)
                                        .toList()))
                .toList();
    }
}
