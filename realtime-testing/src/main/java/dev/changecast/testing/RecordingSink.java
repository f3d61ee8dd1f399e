package dev.changecast.testing;

import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.ResetReason;
import dev.changecast.api.source.Row;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Plays the engine's part in one run of a source: writes down what it gives, has room or none, stands still or fails where
 * it is told to, and notes where the source breaks the rules of {@link ChangeSink}. Tests wait on it. Thread-safe.
 */
public final class RecordingSink implements ChangeSink {
    /** One call; what does not belong to its kind is null. */
    public record Event(
            String kind,
            @Nullable Position position,
            @Nullable String text,
            @Nullable Checkpoint checkpoint,
            @Nullable Relation relation,
            @Nullable RecordedRow afterRow,
            @Nullable RecordedRow beforeRow) {
        /** Whether it is a change of a row, or a truncated relation. */
        public boolean isChange() {
            return relation != null;
        }

        public boolean is(String wanted) {
            return kind.equals(wanted);
        }

        /** The new row as JSON. */
        public @Nullable String after() {
            return afterRow == null || relation == null ? null : afterRow.json(relation);
        }

        /** The old row as JSON. */
        public @Nullable String before() {
            return beforeRow == null || relation == null ? null : beforeRow.json(relation);
        }

        @Override
        public String toString() {
            return kind
                    + (relation == null ? "" : " " + relation.qualifiedName())
                    + (after() == null ? "" : " " + after())
                    + (before() == null ? "" : " was " + before());
        }
    }

    private static final Set<String> ASIDE = Set.of("opened", "progress", "fence", "waiting");
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final SinkRules rules = new SinkRules();
    private final List<Event> events = new ArrayList<>();
    private volatile Consumer<Checkpoint> durable = checkpoint -> {};
    private Predicate<Event> held = event -> false;
    private Predicate<Event> failing = event -> false;
    private boolean open = true;
    private int roomAsked;
    private long major;
    private @Nullable Checkpoint last;
    private @Nullable String epoch;
    private @Nullable Throwable failure;

    // ---- What a test tells it

    /** Who is told of each checkpoint, on the source's thread. */
    public void onCheckpoint(Consumer<Checkpoint> listener) {
        durable = listener;
    }

    /** Whether there is room; there is unless this says otherwise. */
    public synchronized void open(boolean room) {
        open = room;
        notifyAll();
    }

    /** The source's thread gets no further than this event, as if its process stood still; until another is held. */
    public synchronized void hold(Predicate<Event> event) {
        held = event;
        notifyAll();
    }

    /** Throws where this event would be given, as a log does that fails. */
    public synchronized void failAt(Predicate<Event> event) {
        failing = event;
    }

    /** Forgets all events so far. */
    public synchronized void forget() {
        events.clear();
    }

    /** The run has ended with this; nothing will come any more. */
    public synchronized void failed(Throwable end) {
        failure = end;
        notifyAll();
    }

    // ---- What it has

    public synchronized List<Event> events() {
        return List.copyOf(events);
    }

    public List<Event> changes() {
        return events().stream().filter(Event::isChange).toList();
    }

    /** Resets, changes, begin and commit as text. */
    public List<String> story() {
        return events().stream()
                .filter(event -> !ASIDE.contains(event.kind))
                .map(Event::toString)
                .toList();
    }

    /** Where the log would end. */
    public synchronized Checkpoint last() {
        if (last == null) {
            throw new AssertionError("the source has not opened its stream");
        }
        return last;
    }

    public synchronized String epoch() {
        if (epoch == null) {
            throw new AssertionError("the source has not opened its stream");
        }
        return epoch;
    }

    /** How often the source asked for room. */
    public synchronized int roomAsked() {
        return roomAsked;
    }

    /** What the source did that {@link ChangeSink} forbids. */
    public List<String> brokenRules() {
        return rules.broken();
    }

    // ---- Waiting

    public Event await(Predicate<Event> wanted) {
        return await(wanted, PATIENCE);
    }

    public Event awaitKind(String kind) {
        return await(event -> event.kind.equals(kind));
    }

    /** Waits for a change of a table, then for a commit. */
    public Event awaitMarker(String table) {
        await(event -> event.relation != null && event.relation.name().equals(table));
        return awaitKind("commit");
    }

    /** The first event that is wanted, of those since {@link #forget}; fails after this time, or when the run has failed. */
    public synchronized Event await(Predicate<Event> wanted, Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        int seen = 0;
        while (true) {
            for (; seen < events.size(); seen++) {
                if (wanted.test(events.get(seen))) {
                    return events.get(seen);
                }
            }
            if (failure != null) {
                throw new AssertionError("the run has ended before: " + failure, failure);
            }
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new AssertionError("not seen within " + limit + "; last events: "
                        + events.subList(Math.max(0, events.size() - 20), events.size()));
            }
            try {
                wait(left);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    // ---- The sink

    private synchronized void failIfTold(Event event) {
        if (failing.test(event)) {
            throw new IllegalStateException("the sink fails here, as it was told to");
        }
    }

    private synchronized void add(Event event) {
        failIfTold(event);
        events.add(event);
        notifyAll();
        try {
            while (held.test(event)) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void add(String kind, @Nullable Position position, @Nullable String text, @Nullable Checkpoint checkpoint) {
        add(new Event(kind, position, text, checkpoint, null, null, null));
    }

    @Override
    public void opened(String name, Checkpoint from) {
        rules.opening(name, from);
        opening(name, from);
        add("opened", from.position(), name, from);
    }

    @Override
    public void reset(ResetReason reason, String name, Checkpoint from) {
        rules.opening(name, from);
        opening(name, from);
        add("reset", from.position(), reason.name(), from);
    }

    private synchronized void opening(String name, Checkpoint from) {
        epoch = name;
        last = from;
    }

    @Override
    public synchronized boolean awaitRoom(Duration wait) throws InterruptedException {
        roomAsked++;
        notifyAll();
        if (!open && !wait.isZero() && !wait.isNegative()) {
            wait(Math.max(1, wait.toMillis()));
        }
        rules.askedForRoom(wait, open);
        return open;
    }

    @Override
    public void begin(@Nullable String tx, Position position, Instant committedAt) {
        rules.begin(position, committedAt);
        major = position.major();
        add("begin", position, tx, null);
    }

    @Override
    public void change(long minor, Relation relation, Operation operation, @Nullable Row after, @Nullable Row before) {
        rules.change(minor, relation, operation, after, before);
        add(new Event(
                operation.wireName(),
                new Position(major, minor),
                null,
                null,
                relation,
                RecordedRow.ofNullable(after),
                RecordedRow.ofNullable(before)));
    }

    @Override
    public void commit(Checkpoint end) {
        rules.commit(end);
        reached("commit", end);
    }

    @Override
    public void progress(Checkpoint at) {
        rules.progress(at);
        reached("progress", at);
    }

    private void reached(String kind, Checkpoint checkpoint) {
        Event event = new Event(kind, checkpoint.position(), checkpoint.token(), checkpoint, null, null, null);
        synchronized (this) {
            failIfTold(event);
            last = checkpoint;
        }
        durable.accept(checkpoint);
        add(event);
    }

    @Override
    public void fence(String id) {
        rules.fence(id);
        add("fence", null, id, null);
    }

    @Override
    public void waiting(String what) {
        rules.waiting(what);
        add("waiting", null, what, null);
    }
}
