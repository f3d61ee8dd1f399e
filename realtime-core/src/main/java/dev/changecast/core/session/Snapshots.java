package dev.changecast.core.session;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.SnapshotQuery;
import dev.changecast.api.source.SnapshotReader;
import dev.changecast.core.Statistics.SnapshotFigures;
import dev.changecast.core.capture.Feed;
import dev.changecast.core.protocol.Command;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Reads snapshots, a bounded number at a time. Who wants the same rows shares a read; who wants different ones waits in
 * turn, session by session, so that one with many subscriptions does not keep the others waiting.
 */
final class Snapshots implements AutoCloseable {
    /** How many reads run at once. */
    private static final int READS = 4;

    /** After this time nobody can join a read that has ended, and its rows can be forgotten. */
    private static final int KEPT_MILLIS = 1500;

    /** How many reads may wait. */
    private static final int WAITING = 1000;

    /** Rows of different epochs are different rows. */
    private record Key(@Nullable String epoch, String channel, List<SnapshotQuery.Order> orderBy, int limit) {}

    private final int maxRows;
    private final SnapshotCounters counters;
    private final ExecutorService threads;
    private final Map<Key, SharedSnapshot> shared = new HashMap<>();
    private final Map<ClientSession, ArrayDeque<SharedSnapshot>> waiting = new LinkedHashMap<>();
    private final Map<String, Fences> fences = new ConcurrentHashMap<>();
    private int waitingReads;
    private int running;
    private boolean closed;

    Snapshots(int maxRows, SnapshotCounters counters) {
        this.maxRows = maxRows;
        this.counters = counters;
        AtomicInteger number = new AtomicInteger();
        this.threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "changecast-snapshot-" + number.getAndIncrement());
            thread.setDaemon(true);
            return thread;
        });
    }

    /**
     * A read that this subscription takes part in, a running one where possible.
     *
     * @throws ChangecastException when too many wait, or the source has no snapshots
     */
    synchronized SharedSnapshot join(Subscription member, Feed feed, Relation relation) {
        Command.Subscribe command = member.command();
        List<SnapshotQuery.Order> orderBy = order(command, member, relation);
        String epoch = member.cursor().feed().epoch();
        Key key = new Key(epoch, member.view().channel(), orderBy, command.limit());
        SharedSnapshot present = shared.get(key);
        if (present != null && present.join(member)) {
            counters.shared();
            return present;
        }
        if (waitingReads >= WAITING) {
            throw new ChangecastException(
                    ErrorCode.BUSY,
                    running + " snapshots are being read and " + waitingReads + " wait, which is the limit; try again");
        }
        SnapshotQuery query = new SnapshotQuery(relation, member.view().filter(), orderBy, command.limit());
        SharedSnapshot snapshot = new SharedSnapshot(feed.hub(), reader(feed), member.view(), query, maxRows, counters);
        snapshot.join(member);
        shared.put(key, snapshot);
        waiting.computeIfAbsent(member.session(), session -> new ArrayDeque<>()).add(snapshot);
        waitingReads++;
        startNext();
        return snapshot;
    }

    private static List<SnapshotQuery.Order> order(Command.Subscribe command, Subscription member, Relation relation) {
        List<SnapshotQuery.Order> orderBy = new ArrayList<>();
        for (String column : command.orderBy()) {
            boolean descending = column.startsWith("-");
            String name = descending ? column.substring(1) : column;
            if (relation.indexOf(name) < 0 || member.view().isHidden(name)) {
                throw new ChangecastException(
                        ErrorCode.UNKNOWN_COLUMN,
                        "'" + command.collection() + "' has no column '" + name + "' to order by");
            }
            orderBy.add(new SnapshotQuery.Order(name, descending));
        }
        return orderBy;
    }

    private static SnapshotReader reader(Feed feed) {
        return feed.snapshots()
                .orElseThrow(() -> new ChangecastException(
                        ErrorCode.UNSUPPORTED,
                        "the source '" + feed.name() + "' has no snapshots; subscribe with \"snapshot\":false"));
    }

    /** What is read, and what was. */
    synchronized SnapshotFigures figures() {
        return counters.present(running, waitingReads);
    }

    /** The fences of a feed. */
    Fences fences(Feed feed) {
        return fences.computeIfAbsent(feed.name(), name -> new Fences(reader(feed), threads));
    }

    private void startNext() {
        while (!closed && running < READS && waitingReads > 0) {
            // The session that has waited longest gives one read and goes to the end of the line.
            ClientSession first = waiting.keySet().iterator().next();
            ArrayDeque<SharedSnapshot> own = waiting.remove(first);
            SharedSnapshot snapshot = own.remove();
            if (!own.isEmpty()) {
                waiting.put(first, own);
            }
            waitingReads--;
            running++;
            threads.execute(() -> {
                try {
                    snapshot.run();
                } finally {
                    ended();
                }
            });
        }
    }

    private synchronized void ended() {
        running--;
        if (closed) {
            return;
        }
        startNext();
        CompletableFuture.delayedExecutor(KEPT_MILLIS, TimeUnit.MILLISECONDS, threads)
                .execute(this::forget);
    }

    private synchronized void forget() {
        shared.values().removeIf(SharedSnapshot::isOver);
    }

    @Override
    public synchronized void close() {
        closed = true;
        threads.shutdownNow();
    }
}
