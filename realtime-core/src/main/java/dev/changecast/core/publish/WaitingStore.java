package dev.changecast.core.publish;

import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Column;
import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.StartPoint;
import dev.changecast.api.source.ValueType;
import dev.changecast.core.History;
import dev.changecast.core.log.Chunk;
import dev.changecast.core.log.FeedLog;
import dev.changecast.core.log.Interest;
import dev.changecast.core.log.LogEvents;
import dev.changecast.core.log.LogReader;
import dev.changecast.core.log.PositionEvicted;
import dev.changecast.core.protocol.Offset;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The notifications that wait, as they were published, and the marks of those that no longer do: a log like that of a
 * source, with numbers of its own for positions. What it says with each of them is up to where in the log of published
 * messages it knows everything, so that it can be completed from there after a crash. Thread-safe.
 */
final class WaitingStore implements LogEvents, AutoCloseable {
    /** No source can have this name, which its directory has. */
    static final String NAME = "live.waiting";

    private static final Logger log = LoggerFactory.getLogger(WaitingStore.class);
    private static final String EPOCH = "waiting";
    private static final long MIB = 1024 * 1024;
    private static final long MEMORY = 4 * MIB;
    private static final long MOST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final Relation DELIVERED = new Relation(
            "",
            "delivered",
            List.of(new Column("user", "text", ValueType.TEXT), new Column("number", "text", ValueType.TEXT)),
            List.of(),
            OldRow.FULL,
            null);

    /** That something no longer waits. */
    record Mark(String user, long number) {}

    /** A message as it was published. */
    record Stored(Row row, Offset offset, Instant at) {}

    /** Shows what the store holds. */
    interface Visitor {
        void message(long number, Stored message);

        void delivered(String user, long number);
    }

    private final FeedLog feedLog;
    private final Object durability = new Object();

    // Guarded by durability.
    private Position durable = Position.ZERO;

    private long next = 2;
    private volatile @Nullable String blocked;

    private WaitingStore(History history) {
        feedLog = FeedLog.open(NAME, history, this);
    }

    /**
     * Opens it beside the log of published messages.
     *
     * @param bytes how large it may become
     * @param known up to where the log of published messages is known if there is no such store yet; null for all of it
     */
    static WaitingStore open(History history, Duration keep, long bytes, @Nullable Offset known) {
        boolean inMemory = history.directory() == null;
        long most = inMemory ? Math.max(MIB, Math.min(bytes, history.bytes() / 4)) : bytes;
        WaitingStore store = new WaitingStore(new History(history.directory(), most, keep, MEMORY));
        if (store.feedLog.end() == null) {
            store.feedLog.restart(EPOCH, new Checkpoint(new Position(1, 1), text(known)));
        }
        return store;
    }

    private static String text(@Nullable Offset offset) {
        return offset == null ? "" : offset.toString();
    }

    /** Up to where everything of the log of published messages is here; null when it has to be looked at from its begin. */
    @Nullable
    Offset known() {
        StartPoint end = feedLog.end();
        String token = end == null ? null : end.checkpoint().token();
        return token == null || token.isEmpty() ? null : Offset.parse(token);
    }

    /** Shows all that is there, in order; before anything is added. */
    void replay(Visitor visitor) {
        LogReader reader = feedLog.reader(feedLog.floor());
        Row row = null;
        for (Chunk chunk = reader.next(Interest.ALL); chunk != null; chunk = reader.next(Interest.ALL)) {
            if (chunk.kind() != Chunk.Kind.CHANGES) {
                continue;
            }
            next = Math.max(next, chunk.major() + 1);
            Row[] found = {chunk.first() ? null : row};
            chunk.forEach((minor, relation, operation, after, before) -> {
                if (after != null && relation.name().equals(DELIVERED.name())) {
                    visitor.delivered(String.valueOf(after.text(0)), Long.parseLong(String.valueOf(after.text(1))));
                } else {
                    found[0] = after;
                }
            });
            row = found[0];
            Checkpoint end = chunk.checkpoint();
            if (row != null && end != null && end.token() != null) {
                visitor.message(chunk.major(), new Stored(row, Offset.parse(end.token()), chunk.committedAt()));
                row = null;
            }
        }
        StartPoint end = feedLog.end();
        if (end != null) {
            next = Math.max(next, end.checkpoint().position().major() + 1);
        }
    }

    /** Adds a message; its number. */
    synchronized long add(Relation relation, Row message, Offset offset, Instant at) {
        long number = next++;
        feedLog.begin(null, new Position(number, 1), at);
        feedLog.change(2, relation, Operation.INSERT, message, null);
        feedLog.commit(new Checkpoint(new Position(number, 3), offset.toString()));
        return number;
    }

    /**
     * Adds marks.
     *
     * @param known up to where everything of the log of published messages is here; null for where that was before
     */
    synchronized void mark(List<Mark> marks, @Nullable Offset known, Instant at) {
        String token = text(known == null ? known() : known);
        long number = next++;
        long minor = 0;
        feedLog.begin(null, new Position(number, 1), at);
        for (Mark mark : marks) {
            minor += 2;
            feedLog.change(minor, DELIVERED, Operation.INSERT, Row.of(mark.user, Long.toString(mark.number)), null);
        }
        feedLog.commit(new Checkpoint(new Position(number, minor + 1), token));
    }

    /** Adds marks, and waits until they are on the disk; while that is full for some seconds at most. */
    void markDurably(List<Mark> marks, Offset known, Instant at) {
        mark(marks, known, at);
        StartPoint end = feedLog.end();
        long until = System.nanoTime() + MOST_WAIT_NANOS;
        synchronized (durability) {
            try {
                while (end != null && durable.isBefore(end.checkpoint().position())) {
                    long left = until - System.nanoTime();
                    if (left <= 0) {
                        log.warn(
                                "The disk takes no marks yet: what a crash took from the log may be sent after the next");
                        return;
                    }
                    TimeUnit.NANOSECONDS.timedWait(durability, left);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Says up to where it knows everything, where that is more than it said before. */
    synchronized void know(Offset known) {
        StartPoint end = feedLog.end();
        if (end != null && !known.toString().equals(end.checkpoint().token())) {
            Position last = end.checkpoint().position();
            feedLog.progress(new Checkpoint(new Position(last.major(), last.minor() + 1), known.toString()));
        }
    }

    /** A message that was added; null when it has left the store. May read from disk. */
    @Nullable
    Stored read(long number) {
        try {
            LogReader reader = feedLog.reader(new Position(number, 0));
            Row[] row = new Row[1];
            for (Chunk chunk = reader.next(Interest.ALL); chunk != null; chunk = reader.next(Interest.ALL)) {
                if (chunk.kind() == Chunk.Kind.CHANGES && chunk.major() != number) {
                    return null;
                }
                chunk.forEach((minor, relation, operation, after, before) -> row[0] = after);
                Checkpoint end = chunk.checkpoint();
                if (end != null && end.token() != null && row[0] != null) {
                    return new Stored(row[0], Offset.parse(end.token()), chunk.committedAt());
                }
            }
        } catch (PositionEvicted e) {
            log.debug("Notification {} has left the store", number);
        }
        return null;
    }

    /** Numbers up to this are no longer there. */
    long floor() {
        return feedLog.floor().major();
    }

    boolean awaitRoom(Duration wait) throws InterruptedException {
        return feedLog.awaitRoom(wait);
    }

    /** Why it cannot be written at present; null when it can. */
    @Nullable
    String blockedBy() {
        return blocked;
    }

    @Override
    public void appended() {}

    @Override
    public void durable(Checkpoint checkpoint) {
        synchronized (durability) {
            durable = checkpoint.position();
            durability.notifyAll();
        }
    }

    @Override
    public void blocked(String why) {
        log.error("The notifications that wait for absent users cannot be written; publishing waits: {}", why);
        blocked = why;
    }

    @Override
    public void unblocked() {
        log.info("The notifications that wait for absent users can be written again");
        blocked = null;
    }

    @Override
    public void close() {
        feedLog.close();
    }
}
