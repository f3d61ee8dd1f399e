package dev.changecast.testing;

import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.CheckResult;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Replay;
import dev.changecast.api.source.ResetReason;
import dev.changecast.api.source.Snapshot;
import dev.changecast.api.source.SnapshotQuery;
import dev.changecast.api.source.SnapshotReader;
import dev.changecast.api.source.SourceReport;
import dev.changecast.api.source.StartPoint;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A scripted database. A test commits transactions, and the source gives them as a database's stream would: from its
 * present end on the first time, later from wherever the engine's log ends, again and again the same at the same
 * positions. It can fail anywhere, be out of reach, stop in the middle of a transaction, and lose its history.
 *
 * <p>Transaction n has the major {@code 10 n}, its changes the minors 2, 4, 6 and so on, and it ends at {@code 10 n + 5,
 * 0}. Transactions are named {@code tx1}, {@code tx2} and so on. Thread-safe.
 */
public final class InMemorySource implements ChangeSource {
    private static final Duration ROOM_WAIT = Duration.ofMillis(50);
    private static final int CHANGES_PER_ROOM = 256;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final List<InMemoryItem> items = new ArrayList<>();
    private final List<Checkpoint> acknowledged = new ArrayList<>();
    private final Map<String, Relation> relations = new LinkedHashMap<>();
    private InMemoryTables tables = new InMemoryTables();
    private String epoch = "e1";
    private Checkpoint end = Checkpoint.at(new Position(5, 0));
    private Checkpoint kept = end;
    private long transactions;
    private @Nullable ResetReason lost;
    private final List<SnapshotQuery> snapshotQueries = new ArrayList<>();
    private boolean holdingSnapshots;
    private int releasedSnapshots;
    private @Nullable String unreachable;
    private long allowed = Long.MAX_VALUE;
    private long untilFailure = Long.MAX_VALUE;
    private int overlap;
    private int runs;
    private boolean interrupted;
    private boolean running;
    private final Life life = new Life();
    private long idleNanos = Long.MAX_VALUE;
    private volatile SourceReport report = SourceReport.NONE;

    /** Whether one of the sources that read this database is closed. Guarded by the database's lock. */
    static final class Life {
        private boolean closed;
    }

    /** A source that knows these relations; see {@link #define}. */
    public InMemorySource(Relation... relations) {
        for (Relation relation : relations) {
            define(relation);
        }
    }

    // ---- The script

    /** Tells the engine, when it asks, of a relation; one of the same name is replaced. */
    public void define(Relation relation) {
        locked(() -> relations.put(relation.qualifiedName(), relation));
    }

    /** No longer tells of a relation of this name: it was dropped. */
    public void drop(String qualifiedName) {
        locked(() -> relations.remove(qualifiedName));
    }

    /** Commits a transaction and returns its end, which is the offset of its commit. */
    public Position commit(Consumer<InMemoryTransaction> script) {
        return commit(true, script).end().position();
    }

    /**
     * Commits a transaction that is in the stream at once, but that snapshots do not see until {@link #reveal}: a
     * database's log and its visibility are two orders.
     */
    public Position commitUnseen(Consumer<InMemoryTransaction> script) {
        return commit(false, script).end().position();
    }

    private InMemoryItem.Committed commit(boolean visible, Consumer<InMemoryTransaction> script) {
        lock.lock();
        try {
            InMemoryTransaction transaction = new InMemoryTransaction(tables);
            script.accept(transaction);
            long number = ++transactions;
            InMemoryItem.Committed committed = new InMemoryItem.Committed(
                    number,
                    new Checkpoint(new Position(10 * number + 5, 0), "after tx" + number),
                    List.copyOf(transaction.changes()),
                    new boolean[] {visible});
            add(committed);
            return committed;
        } finally {
            lock.unlock();
        }
    }

    /** Snapshots opened from now on see everything that was committed. */
    public void reveal() {
        locked(() -> items.forEach(item -> {
            if (item instanceof InMemoryItem.Committed committed) {
                committed.visible()[0] = true;
            }
        }));
    }

    /** Says that there is nothing to give, as an idle source does from time to time; returns where. */
    public Position progress() {
        lock.lock();
        try {
            Position last = end.position();
            add(new InMemoryItem.Idle(Checkpoint.at(new Position(last.major(), last.minor() + 1))));
            return end.position();
        } finally {
            lock.unlock();
        }
    }

    /** From now on it says so by itself whenever it has had nothing to give for so long. */
    public void progressEvery(Duration idle) {
        locked(() -> idleNanos = idle.toNanos());
    }

    /** The run fails, if there is one, as soon as it looks; the engine will call again. */
    public void interrupt() {
        locked(() -> interrupted = running);
    }

    /** The run fails, perhaps in the middle of a transaction, when it has given so many more changes. */
    public void interruptAfter(int changes) {
        locked(() -> untilFailure = changes);
    }

    /** Gives so many more changes, then nothing until {@link #resume}. */
    public void pauseAfter(int changes) {
        locked(() -> allowed = changes);
    }

    /** Gives nothing until {@link #resume}. */
    public void pause() {
        pauseAfter(0);
    }

    public void resume() {
        locked(() -> allowed = Long.MAX_VALUE);
    }

    /** Fails each run with this message, and the one that is under way, until {@link #reachable}. */
    public void unreachable(String message) {
        locked(() -> {
            unreachable = message;
            interrupted = running;
        });
    }

    /** Ends {@link #unreachable}. */
    public void reachable() {
        locked(() -> unreachable = null);
    }

    /** What was not yet given, and cannot be found again, is lost: the next run begins at the end with this reason. */
    public void loseHistory(ResetReason reason) {
        locked(() -> {
            lost = reason;
            kept = end;
            interrupted = running;
        });
    }

    /** The database is another one from now on; its tables are as they were. */
    public void changeEpoch(String next) {
        locked(() -> {
            epoch = next;
            kept = end;
            interrupted = running;
        });
    }

    /** Each run gives so many transactions again that the log already holds. */
    public void overlap(int again) {
        locked(() -> overlap = again);
    }

    // ---- What happened

    public int runs() {
        return get(() -> runs);
    }

    public boolean isRunning() {
        return get(() -> running);
    }

    public boolean isClosed() {
        return get(() -> life.closed);
    }

    /** Everything that was acknowledged, in order. */
    public List<Checkpoint> acknowledged() {
        return get(() -> List.copyOf(acknowledged));
    }

    /** The end of everything committed. */
    public Position end() {
        return get(() -> end.position());
    }

    public String epoch() {
        return get(() -> epoch);
    }

    /** The rows of a relation, with everything that was committed, in any order. */
    public List<List<@Nullable Object>> rows(Relation relation) {
        return get(() -> tables.rows(relation));
    }

    /** What it tells of itself from now on. */
    public void reports(SourceReport next) {
        report = next;
    }

    // ---- The source

    @Override
    public SourceReport report() {
        return report;
    }

    @Override
    public Replay replay() {
        return Replay.FROM_POSITION;
    }

    @Override
    public void run(@Nullable StartPoint start, ChangeSink sink) throws Exception {
        run(start, sink, life);
    }

    void run(@Nullable StartPoint start, ChangeSink sink, Life life) throws Exception {
        if (get(() -> life.closed)) {
            return;
        }
        int next = enter(start, sink);
        try {
            for (InMemoryItem item = await(next, life); item != null; item = await(++next, life)) {
                if (!awaitRoom(sink, life)) {
                    return;
                }
                if (item instanceof InMemoryItem.Committed committed) {
                    if (!give(committed, sink, life)) {
                        return;
                    }
                } else if (item instanceof InMemoryItem.Fence fence) {
                    sink.fence(fence.id());
                } else {
                    sink.progress(item.end());
                }
            }
        } finally {
            locked(() -> running = false);
        }
    }

    /** Returns whether to go on. */
    private boolean awaitRoom(ChangeSink sink, Life life) throws IOException, InterruptedException {
        while (!sink.awaitRoom(ROOM_WAIT)) {
            failIfTold();
            if (get(() -> life.closed)) {
                return false;
            }
        }
        return true;
    }

    private int enter(@Nullable StartPoint start, ChangeSink sink) throws IOException {
        lock.lock();
        try {
            runs++;
            interrupted = false;
            if (unreachable != null) {
                throw new IOException(unreachable);
            }
            running = true;
            if (start == null) {
                kept = end;
                sink.opened(epoch, end);
                return items.size();
            }
            ResetReason reason = !start.epoch().equals(epoch) ? ResetReason.EPOCH_CHANGED : lost;
            lost = null;
            if (reason == null && start.checkpoint().position().isBefore(kept.position())) {
                reason = ResetReason.SLOT_LOST;
            }
            if (reason != null) {
                sink.reset(reason, epoch, end);
                return items.size();
            }
            int index = indexAfter(start.checkpoint());
            int from = index;
            while (from > 0
                    && index - from < overlap
                    && items.get(from - 1).end().position().isAfter(kept.position())) {
                from--;
            }
            sink.opened(epoch, from == 0 ? kept : items.get(from - 1).end());
            return from;
        } catch (RuntimeException e) {
            running = false;
            throw e;
        } finally {
            lock.unlock();
        }
    }

    private int indexAfter(Checkpoint start) {
        int index = items.size();
        while (index > 0 && items.get(index - 1).end().position().isAfter(start.position())) {
            index--;
        }
        if (index > 0 && items.get(index - 1).end().position().equals(start.position())) {
            Checkpoint given = items.get(index - 1).end();
            if (!given.equals(start)) {
                throw new IllegalStateException("the engine kept " + start + " where it was given " + given);
            }
        }
        return index;
    }

    /** The item with this number; null when the source is closed. */
    private @Nullable InMemoryItem await(int index, Life life) throws IOException, InterruptedException {
        lock.lock();
        try {
            while (!life.closed) {
                failIfTold();
                if (index < items.size() && allowed > 0) {
                    return items.get(index);
                }
                if (idleNanos == Long.MAX_VALUE) {
                    changed.await();
                } else if (changed.awaitNanos(idleNanos) <= 0 && index == items.size()) {
                    progress();
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /** Returns whether to go on. */
    private boolean give(InMemoryItem.Committed committed, ChangeSink sink, Life life)
            throws IOException, InterruptedException {
        sink.begin(committed.tx(), committed.position(), committed.committedAt());
        int given = 0;
        for (InMemoryTransaction.Change change : committed.changes()) {
            if (!awaitPermit(life) || ++given % CHANGES_PER_ROOM == 0 && !awaitRoom(sink, life)) {
                return false;
            }
            sink.change(change.minor(), change.relation(), change.operation(), change.after(), change.before());
        }
        if (!awaitPermit(life)) {
            return false;
        }
        sink.commit(committed.end());
        return true;
    }

    private boolean awaitPermit(Life life) throws IOException, InterruptedException {
        lock.lock();
        try {
            while (!life.closed) {
                failIfTold();
                if (untilFailure == 0) {
                    untilFailure = Long.MAX_VALUE;
                    throw new IOException("the connection was lost in the middle of a transaction");
                }
                if (allowed > 0) {
                    untilFailure -= untilFailure == Long.MAX_VALUE ? 0 : 1;
                    allowed -= allowed == Long.MAX_VALUE ? 0 : 1;
                    return true;
                }
                changed.await();
            }
            return false;
        } finally {
            lock.unlock();
        }
    }

    private void failIfTold() throws IOException {
        lock.lock();
        try {
            if (interrupted) {
                interrupted = false;
                throw new IOException(unreachable == null ? "the connection was lost" : unreachable);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void acknowledge(Checkpoint durable) {
        locked(() -> acknowledged.add(durable));
    }

    @Override
    public CheckResult check() {
        return get(() -> unreachable == null ? CheckResult.OK : CheckResult.failed(unreachable));
    }

    @Override
    public List<Relation> relations() throws Exception {
        lock.lock();
        try {
            if (unreachable != null) {
                throw new IOException(unreachable);
            }
            return List.copyOf(relations.values());
        } finally {
            lock.unlock();
        }
    }

    /** Opens no snapshot until {@link #releaseSnapshots} or {@link #releaseSnapshot}. */
    public void holdSnapshots() {
        locked(() -> holdingSnapshots = true);
    }

    public void releaseSnapshots() {
        locked(() -> holdingSnapshots = false);
    }

    /** Opens one of those that wait, or that will be asked for next, and goes on holding the others. */
    public void releaseSnapshot() {
        locked(() -> releasedSnapshots++);
    }

    /** What snapshots were asked for, in this order. */
    public List<SnapshotQuery> snapshotQueries() {
        lock.lock();
        try {
            return List.copyOf(snapshotQueries);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Optional<SnapshotReader> snapshots() {
        return Optional.of(new SnapshotReader() {
            @Override
            public Snapshot open(SnapshotQuery query) throws IOException, InterruptedException {
                lock.lock();
                try {
                    snapshotQueries.add(query);
                    while (holdingSnapshots && releasedSnapshots == 0) {
                        changed.await();
                    }
                    releasedSnapshots = Math.max(0, releasedSnapshots - 1);
                    if (unreachable != null) {
                        throw new IOException(unreachable);
                    }
                    return new InMemorySnapshot(query, seen());
                } finally {
                    lock.unlock();
                }
            }

            @Override
            public void raiseFence(String id) throws IOException {
                lock.lock();
                try {
                    if (unreachable != null) {
                        throw new IOException(unreachable);
                    }
                    items.add(new InMemoryItem.Fence(end, id));
                    changed.signalAll();
                } finally {
                    lock.unlock();
                }
            }
        });
    }

    private List<InMemoryItem.Committed> seen() {
        List<InMemoryItem.Committed> seen = new ArrayList<>();
        for (InMemoryItem item : items) {
            if (item instanceof InMemoryItem.Committed committed && committed.visible()[0]) {
                seen.add(committed);
            }
        }
        return seen;
    }

    @Override
    public void close() {
        close(life);
    }

    void close(Life of) {
        locked(() -> of.closed = true);
    }

    /** Another source of the same database, as that of a process after a restart: it is closed by itself alone. */
    public ChangeSource another() {
        return new InMemoryReplica(this);
    }

    private void add(InMemoryItem item) {
        items.add(item);
        end = item.end();
        changed.signalAll();
    }

    private void locked(Runnable action) {
        lock.lock();
        try {
            action.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private <T> T get(Supplier<T> value) {
        lock.lock();
        try {
            return value.get();
        } finally {
            lock.unlock();
        }
    }
}
