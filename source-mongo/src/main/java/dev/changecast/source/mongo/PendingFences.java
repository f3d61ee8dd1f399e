package dev.changecast.source.mongo;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongPredicate;

/**
 * Fences that wait for the stream to pass the time at which they were raised. Nothing is written for them: whatever was
 * committed before has a cluster time of at most theirs. Thread-safe.
 */
final class PendingFences {
    private final Map<String, Long> times = new LinkedHashMap<>();

    synchronized void add(String id, long clusterTime) {
        times.put(id, clusterTime);
    }

    /** Takes those out whose time the stream has passed. */
    void passed(LongPredicate isPassed, Consumer<String> fence) {
        Map<String, Long> due;
        synchronized (this) {
            if (times.isEmpty()) {
                return;
            }
            due = new LinkedHashMap<>(times);
            due.values().removeIf(time -> !isPassed.test(time));
            times.keySet().removeAll(due.keySet());
        }
        due.keySet().forEach(fence);
    }

    /** They were of another history. */
    synchronized void clear() {
        times.clear();
    }
}
