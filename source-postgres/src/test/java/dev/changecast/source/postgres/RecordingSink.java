package dev.changecast.source.postgres;

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
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Writes down what a source gives; tests wait on it. A gate stands for a log that has no room. */
final class RecordingSink implements ChangeSink {
    /** One call; what does not belong to its kind is null. */
    record Event(
            String kind,
            @Nullable Position position,
            @Nullable String text,
            @Nullable Relation relation,
            @Nullable String after,
            @Nullable String before) {
        @Override
        public String toString() {
            return kind
                    + (relation == null ? "" : " " + relation.qualifiedName())
                    + (after == null ? "" : " " + after)
                    + (before == null ? "" : " was " + before);
        }
    }

    private final List<Event> events = new ArrayList<>();
    private Consumer<Checkpoint> durable = checkpoint -> {};
    private Predicate<Event> held = event -> false;
    private boolean open = true;
    private int roomAsked;
    private long major;
    private @Nullable Checkpoint last;
    private @Nullable String epoch;
    private @Nullable Throwable failure;

    /** Who is told of each checkpoint, on the source's thread. */
    void onCheckpoint(Consumer<Checkpoint> durable) {
        this.durable = durable;
    }

    synchronized void open(boolean open) {
        this.open = open;
        notifyAll();
    }

    /** The source's thread gets no further than this event, as if its process stood still; until another is held. */
    synchronized void hold(Predicate<Event> held) {
        this.held = held;
        notifyAll();
    }

    synchronized List<Event> events() {
        return List.copyOf(events);
    }

    /** The changes as text, with begin and commit, without progress, fences and waiting. */
    List<String> story() {
        return events().stream()
                .filter(event ->
                        !List.of("progress", "fence", "waiting", "opened").contains(event.kind))
                .map(Event::toString)
                .toList();
    }

    List<Event> changes() {
        return events().stream().filter(event -> event.relation != null).toList();
    }

    synchronized Checkpoint last() {
        return Objects.requireNonNull(last);
    }

    synchronized String epoch() {
        return Objects.requireNonNull(epoch);
    }

    synchronized int roomAsked() {
        return roomAsked;
    }

    Event await(Predicate<Event> wanted) {
        return await(wanted, Duration.ofSeconds(20));
    }

    synchronized Event await(Predicate<Event> wanted, Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        int seen = 0;
        while (true) {
            for (; seen < events.size(); seen++) {
                if (wanted.test(events.get(seen))) {
                    return events.get(seen);
                }
            }
            if (failure != null) {
                throw new AssertionError("the run has failed before", failure);
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

    Event awaitKind(String kind) {
        return await(event -> event.kind.equals(kind));
    }

    /** Waits for the change of a table that a test writes last. */
    Event awaitMarker(String table) {
        await(event -> event.relation != null && event.relation.name().equals(table));
        return awaitKind("commit");
    }

    /** The run has ended with this; nothing will come any more. */
    synchronized void failed(Throwable failure) {
        this.failure = failure;
        notifyAll();
    }

    synchronized void forget() {
        events.clear();
    }

    private synchronized void add(Event event) {
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

    private static Event event(String kind, @Nullable Position position, @Nullable String text) {
        return new Event(kind, position, text, null, null, null);
    }

    @Override
    public void opened(String epoch, Checkpoint from) {
        synchronized (this) {
            this.epoch = epoch;
            last = from;
        }
        add(event("opened", from.position(), epoch));
    }

    @Override
    public void reset(ResetReason reason, String epoch, Checkpoint from) {
        synchronized (this) {
            this.epoch = epoch;
            last = from;
        }
        add(event("reset", from.position(), reason.name()));
    }

    @Override
    public synchronized boolean awaitRoom(Duration wait) throws InterruptedException {
        roomAsked++;
        notifyAll();
        if (!open) {
            wait(wait.toMillis());
        }
        return open;
    }

    @Override
    public void begin(@Nullable String tx, Position position, Instant committedAt) {
        major = position.major();
        add(event("begin", position, tx));
    }

    @Override
    public void change(long minor, Relation relation, Operation operation, @Nullable Row after, @Nullable Row before) {
        add(new Event(
                operation.wireName(),
                new Position(major, minor),
                null,
                relation,
                after == null ? null : RowJson.of(relation, after),
                before == null ? null : RowJson.of(relation, before)));
    }

    @Override
    public void commit(Checkpoint end) {
        reached(end);
        add(event("commit", end.position(), end.token()));
    }

    @Override
    public void progress(Checkpoint at) {
        reached(at);
        add(event("progress", at.position(), null));
    }

    private void reached(Checkpoint checkpoint) {
        synchronized (this) {
            last = checkpoint;
        }
        durable.accept(checkpoint);
    }

    @Override
    public void fence(String id) {
        add(event("fence", null, id));
    }

    @Override
    public void waiting(String what) {
        add(event("waiting", null, what));
    }
}
