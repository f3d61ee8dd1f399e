package dev.changecast.core.session;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.Snapshot;
import dev.changecast.api.source.SnapshotQuery;
import dev.changecast.api.source.SnapshotReader;
import dev.changecast.api.transport.Payload;
import dev.changecast.core.hub.FeedHub;
import dev.changecast.core.log.Chunk;
import dev.changecast.core.log.LogReader;
import dev.changecast.core.log.PositionEvicted;
import dev.changecast.core.protocol.JsonBytes;
import dev.changecast.core.view.ChangeEncoder;
import dev.changecast.core.view.View;
import dev.changecast.core.view.ViewBinding;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One read of a view's rows, encoded once, for all subscriptions that want the same rows at about the same time. The
 * reading thread runs ahead of the slowest by a bounded number of bytes.
 */
final class SharedSnapshot {
    private static final int PAGE_BYTES = 64 * 1024;
    private static final int PAGE_ROWS = 1000;

    /** How far the read runs ahead of the slowest member. */
    private static final long AHEAD_BYTES = 8L * 1024 * 1024;

    /** How long the read waits for a member that takes nothing before it goes on without it. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** How long others may still join after the last row. */
    private static final long JOIN_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** What a member gets next. */
    record Page(@Nullable Payload payload, boolean last) {
        static final Page NOT_YET = new Page(null, false);
    }

    private final FeedHub hub;
    private final SnapshotReader reader;
    private final View view;
    private final SnapshotQuery query;
    private final int maxRows;
    private final SnapshotCounters counters;
    private final long wantedAt = System.nanoTime();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition taken = lock.newCondition();
    private final Map<Subscription, Integer> members = new HashMap<>();

    /** Pages by number; those that every member has are null once they are too many to be kept for others. */
    private final List<@Nullable Payload> pages = new ArrayList<>();

    private int discarded;
    private long heldBytes;
    private boolean complete;
    private long completedAt;
    private @Nullable ChangecastException failure;
    private volatile boolean outdated;
    private @Nullable Snapshot snapshot;
    private Position start = Position.ZERO;

    SharedSnapshot(
            FeedHub hub,
            SnapshotReader reader,
            View view,
            SnapshotQuery query,
            int maxRows,
            SnapshotCounters counters) {
        this.hub = hub;
        this.reader = reader;
        this.view = view;
        this.query = query;
        this.maxRows = maxRows;
        this.counters = counters;
    }

    // ---- For members, on their dispatchers

    /** Takes part from the first page on; false when that is too late. */
    boolean join(Subscription member) {
        lock.lock();
        try {
            boolean stale = complete && System.nanoTime() - completedAt > JOIN_NANOS;
            // What follows the rows has left the log; after a slot was lost, they are even from before that.
            boolean overtaken = !pages.isEmpty() && start.isBefore(hub.log().floor());
            if (failure != null || discarded > 0 || stale || overtaken) {
                return false;
            }
            members.put(member, 0);
            return true;
        } finally {
            lock.unlock();
        }
    }

    void leave(Subscription member) {
        lock.lock();
        try {
            members.remove(member);
            taken.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * The member's next page; {@link Subscription#advance} is called on its dispatcher when there is one to come.
     *
     * @throws ChangecastException when the read failed, or went on without this member
     */
    Page next(Subscription member) {
        lock.lock();
        try {
            if (failure != null) {
                throw failure;
            }
            Integer number = members.get(member);
            if (number == null) {
                throw new ChangecastException(ErrorCode.BUSY, "the snapshot's rows were taken too slowly; try again");
            }
            if (number >= pages.size()) {
                return Page.NOT_YET;
            }
            members.put(member, number + 1);
            taken.signalAll();
            return new Page(pages.get(number), complete && number + 1 == pages.size());
        } finally {
            lock.unlock();
        }
    }

    /** Whether the rows already include what a transaction did. */
    boolean contains(@Nullable String tx, Position position) {
        return Objects.requireNonNull(snapshot).contains(tx, position);
    }

    /** Up to where the log holds nothing that the rows lack. Known when there is a page. */
    Position start() {
        return start;
    }

    /** Whether the rows turned out to be in another shape than the view that they were wanted for. */
    boolean isOutdated() {
        return outdated;
    }

    /** Whether nobody needs this read any more. */
    boolean isOver() {
        lock.lock();
        try {
            return failure != null || complete && System.nanoTime() - completedAt > JOIN_NANOS;
        } finally {
            lock.unlock();
        }
    }

    // ---- For the reading thread

    /** Reads all rows, unless everybody who waited for them has gone. */
    void run() {
        if (isForsaken()) {
            return;
        }
        long begun = System.nanoTime();
        counters.begun(begun - wantedAt);
        try {
            Position attached = hub.log().head();
            try (Snapshot opened = reader.open(query)) {
                snapshot = opened;
                start = firstUnseen(opened, attached);
                read(opened);
            }
            counters.ended(System.nanoTime() - begun);
        } catch (ChangecastException e) {
            fail(e);
        } catch (PositionEvicted e) {
            fail(new ChangecastException(ErrorCode.BUSY, "the log moved on before the snapshot was read; try again"));
        } catch (InterruptedException e) {
            fail(new ChangecastException(ErrorCode.BUSY, "the server is going"));
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            fail(new ChangecastException(
                    ErrorCode.SOURCE_UNAVAILABLE, "the snapshot could not be read: " + e.getMessage(), e));
        }
    }

    /** Whether nobody waits any more; then nobody can join either. */
    private boolean isForsaken() {
        lock.lock();
        try {
            if (members.isEmpty()) {
                failure = new ChangecastException(ErrorCode.BUSY, "nobody waits for this snapshot any more");
            }
            return failure != null;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Looks back in the log for transactions that were logged before the snapshot was opened and still are not in it: a
     * database makes a commit visible after it has logged it, and with synchronous replication much later.
     */
    private Position firstUnseen(Snapshot opened, Position attached) {
        if (!opened.mayLackEarlier()) {
            return attached;
        }
        LogReader back = hub.log().reader(hub.lookBack());
        Position before = back.position();
        for (Chunk chunk = back.next(this::isOurs); chunk != null; chunk = back.next(this::isOurs)) {
            if (chunk.start().isAfter(attached)) {
                break;
            }
            if (chunk.kind() == Chunk.Kind.CHANGES && !opened.contains(chunk.tx(), new Position(chunk.major(), 0))) {
                return chunk.start().isBefore(before) ? before : chunk.start();
            }
        }
        return attached;
    }

    private boolean isOurs(Relation relation) {
        return relation.qualifiedName().equals(view.relation());
    }

    private void read(Snapshot opened) throws Exception {
        outdated = !view.isOfShape(opened.relation());
        ChangeEncoder encoder = new ChangeEncoder(new ViewBinding(view, opened.relation()));
        JsonBytes json = new JsonBytes();
        int inPage = 0;
        int rows = 0;
        begin(json);
        for (Row row = opened.next(); row != null; row = opened.next()) {
            if (++rows > maxRows) {
                throw new ChangecastException(
                        ErrorCode.SNAPSHOT_TOO_LARGE,
                        "the snapshot has more than " + maxRows + " rows, which is the limit; filter more narrowly, or"
                                + " give a limit as in \"snapshot\":{\"order_by\":[…],\"limit\":1000}");
            }
            if (inPage == PAGE_ROWS || json.length() > PAGE_BYTES) {
                add(json.raw("],\"more\":true}").toPayload(), inPage, false);
                begin(json);
                inPage = 0;
            }
            if (inPage++ > 0) {
                json.raw(',');
            }
            encoder.snapshotRow(row, json);
        }
        opened.close();
        add(json.raw("],\"more\":false}").toPayload(), inPage, true);
    }

    private void begin(JsonBytes json) {
        json.clear().raw("{\"type\":\"snapshot\",\"channel\":").string(view.channel());
        json.raw(",\"rows\":[");
    }

    private void add(Payload page, int rows, boolean last) throws InterruptedException {
        counters.page(rows, page.size());
        lock.lock();
        try {
            heldBytes += page.size();
            pages.add(page);
            complete = last;
            completedAt = System.nanoTime();
            members.keySet().forEach(Subscription::advanceSoon);
            awaitMembers();
        } finally {
            lock.unlock();
        }
    }

    private void awaitMembers() throws InterruptedException {
        int slowest = slowest();
        long patience = PATIENCE_NANOS;
        while (heldBytes > AHEAD_BYTES && !complete) {
            if (members.isEmpty()) {
                throw new ChangecastException(ErrorCode.BUSY, "nobody waits for this snapshot any more");
            }
            int now = slowest();
            if (now > slowest) {
                slowest = now;
                patience = PATIENCE_NANOS;
            }
            discard(now);
            if (heldBytes > AHEAD_BYTES) {
                patience = taken.awaitNanos(patience);
                if (patience <= 0) {
                    int stuck = now;
                    members.keySet().forEach(Subscription::advanceSoon);
                    members.values().removeIf(number -> number <= stuck);
                    patience = PATIENCE_NANOS;
                }
            }
        }
    }

    private int slowest() {
        return members.values().stream().mapToInt(Integer::intValue).min().orElse(pages.size());
    }

    private void discard(int before) {
        for (; discarded < before && heldBytes > AHEAD_BYTES; discarded++) {
            heldBytes -= Objects.requireNonNull(pages.set(discarded, null)).size();
        }
    }

    void fail(ChangecastException why) {
        counters.failed();
        lock.lock();
        try {
            failure = why;
            pages.clear();
            members.keySet().forEach(Subscription::advanceSoon);
        } finally {
            lock.unlock();
        }
    }
}
