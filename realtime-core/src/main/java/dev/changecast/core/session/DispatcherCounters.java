package dev.changecast.core.session;

import dev.changecast.core.statistics.ThreadCount;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What one dispatcher counts of its sessions. It alone changes the numbers; any thread reads them. */
final class DispatcherCounters {
    /** When it last came round, by {@link System#nanoTime}; 0 before it began. */
    final ThreadCount round = new ThreadCount();

    /** As of its last look at all its sessions. */
    final ThreadCount queueBytes = new ThreadCount();

    final ThreadCount longestQueueBytes = new ThreadCount();

    final ThreadCount behind = new ThreadCount();
    final ThreadCount fellBehind = new ThreadCount();
    final ThreadCount dropped = new ThreadCount();
    final ThreadCount subscriptions = new ThreadCount();
    final ThreadCount preparing = new ThreadCount();
    final ThreadCount begun = new ThreadCount();
    final ThreadCount resumed = new ThreadCount();

    private final Map<String, SentCounters> sent = new ConcurrentHashMap<>();

    /** Those of a transport. Any thread. */
    SentCounters sent(String transport) {
        return sent.computeIfAbsent(transport, name -> new SentCounters());
    }

    /** Those of a transport, if anything was sent over it. */
    @Nullable
    SentCounters sentOver(String transport) {
        return sent.get(transport);
    }
}
