package dev.changecast.core.log;

import static java.util.Objects.requireNonNull;

import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.StartPoint;
import dev.changecast.core.History;
import dev.changecast.core.Statistics.LogFigures;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The changes of one feed, transaction by transaction, as the source gave them: durable, in the order of their
 * positions, for any number of readers. The methods for writing are for one thread, the capture thread; the methods for
 * reading are for any thread.
 *
 * <p>What the log already holds is recognised by its position and dropped, so a source may give it again.
 */
public final class FeedLog implements AutoCloseable {
    private static final Logger LOGGER = LoggerFactory.getLogger(FeedLog.class);

    /** A transaction up to this size is one frame. */
    private static final int FRAME_BYTES = 64 * 1024;

    /** So much of a transaction waits for its commit where it may be broken off and never come again as it was. */
    private static final long HELD_BYTES = 16L * 1024 * 1024;

    private final LogEvents events;
    private final RelationTable relations;
    private final Tail tail;
    private final Store store;
    private final Thread writer;
    private final FrameEncoder encoder = new FrameEncoder();

    /** Chunks of the transaction that the source is giving, not yet in the log. */
    private final List<Chunk> held = new ArrayList<>();

    private long heldBytes;

    private volatile @Nullable StartPoint end;
    private volatile boolean closed;

    /** The transaction that the source is giving. */
    private @Nullable OpenTransaction current;

    /** The transaction of which the log holds frames, but not the last one. */
    private @Nullable OpenTransaction unfinished;

    FeedLog(String feed, String place, Contents contents, Tail tail, LogEvents events) {
        this.events = events;
        relations = contents.relations();
        store = contents.store();
        end = contents.end();
        this.tail = tail;
        writer = new Thread(new LogWriter(feed, place, tail, store, events), "changecast-log-" + feed);
        writer.setDaemon(true);
        writer.start();
    }

    /**
     * Opens the log of a feed, in the directory of that name below the history's, which is made when it is not there;
     * without a directory, in memory. Cuts off what a crash has left incomplete.
     *
     * @throws dev.changecast.api.ChangecastException with {@code LOG_UNUSABLE}, when the directory cannot be used
     */
    public static FeedLog open(String feed, History history, LogEvents events) {
        return open(feed, history, false, events);
    }

    /**
     * @param seenWhenDurable whether readers see only what is durable. Needed where positions are assigned here: what a
     *     crash takes away comes back under other positions, or not at all, so nobody may have seen it
     */
    public static FeedLog open(String feed, History history, boolean seenWhenDurable, LogEvents events) {
        requireNonNull(feed, "feed is null");
        requireNonNull(events, "events is null");
        return LogOpening.open(
                feed, history, seenWhenDurable, events, SteadyClock.from(Clock.systemUTC(), System::nanoTime));
    }

    // ---- writing: the capture thread

    /** The epoch, and the last checkpoint that the log holds, perhaps not yet durably; null while there is no epoch. */
    public @Nullable StartPoint end() {
        return end;
    }

    /**
     * Forgets everything and begins this epoch; the log now begins and ends at {@code from}. Readers get {@link
     * PositionEvicted}. After a crash the disk holds the old log or the new one. An epoch that the log is in already goes
     * on behind a gap.
     */
    public void restart(String epoch, Checkpoint from) {
        requireNonNull(epoch, "epoch is null");
        abandon();
        unfinished = null;
        end = new StartPoint(epoch, from);
        tail.restart(epoch, from);
        events.appended();
    }

    /**
     * Waits until less than 16 MiB wait for the disk.
     *
     * @return false when that did not come about in time: nothing should be written yet. The disk is slow or full
     */
    public boolean awaitRoom(Duration wait) throws InterruptedException {
        return tail.awaitRoom(wait);
    }

    /** A transaction begins, perhaps one that the log already holds, in whole or in part. */
    public void begin(@Nullable String tx, Position position, Instant committedAt) {
        requireEpoch();
        if (current != null) {
            throw new IllegalStateException("transaction " + position + " begins inside transaction " + current.begin);
        }
        OpenTransaction open = unfinished;
        if (open == null || position.isBefore(open.begin)) {
            current = new OpenTransaction(tx, position, committedAt);
        } else if (position.equals(open.begin)) {
            open.minor = -1;
            current = open;
        } else {
            throw new IllegalStateException("transaction " + position + " begins, but of transaction " + open.begin
                    + " the log holds only a part; the source must give that one again first");
        }
    }

    /** A change of the transaction that has begun; see {@link dev.changecast.api.source.ChangeSink#change}. */
    public void change(long minor, Relation relation, Operation operation, @Nullable Row after, @Nullable Row before) {
        OpenTransaction transaction = requireTransaction();
        if (minor <= transaction.minor) {
            throw new IllegalArgumentException("change " + minor + " of transaction " + transaction.begin
                    + " must come after change " + transaction.minor);
        }
        transaction.minor = minor;
        if (isHeld(transaction.begin.major(), minor)) {
            return;
        }
        if (unfinished != null && unfinished != transaction) {
            throw new IllegalStateException("transaction " + transaction.begin + " has a change " + minor
                    + " that is not in the log, though the log holds a part of the later " + unfinished.begin);
        }
        encoder.add(
                minor,
                relations.idOf(relation),
                operation,
                after,
                before,
                relation.columns().size());
        // Where nobody may see it yet, one that is so large by itself waits for the next or the commit: alone in its
        // transaction it is one frame.
        if (encoder.size() >= FRAME_BYTES && (!tail.isSeenWhenDurable() || encoder.changes() > 1)) {
            appendChanges(transaction, new Position(transaction.begin.major(), minor), null);
        }
    }

    private boolean isHeld(long major, long minor) {
        Position head = tail.head();
        return major < head.major() || major == head.major() && minor <= head.minor();
    }

    /** The transaction is complete. */
    public void commit(Checkpoint checkpoint) {
        OpenTransaction transaction = requireTransaction();
        if (checkpoint.position().isBefore(transaction.lastPosition())) {
            throw new IllegalArgumentException("the checkpoint " + checkpoint.position() + " of transaction "
                    + transaction.begin + " is before its last change " + transaction.lastPosition());
        }
        if (transaction.isInLog() || !encoder.isEmpty()) {
            requireNotBeforeHead(transaction, checkpoint);
            appendChanges(transaction, checkpoint.position(), checkpoint);
            unfinished = null;
        } else {
            appendProgress(checkpoint);
        }
        current = null;
    }

    /** Holds unless a source gave a transaction again with fewer changes than the first time. */
    private void requireNotBeforeHead(OpenTransaction transaction, Checkpoint checkpoint) {
        if (checkpoint.position().isBefore(tail.head())) {
            throw new IllegalStateException("transaction " + transaction.begin + " ends at " + checkpoint.position()
                    + ", but the log holds changes of it up to " + tail.head());
        }
    }

    /** Nothing is missing up to here. */
    public void progress(Checkpoint at) {
        requireEpoch();
        if (current != null) {
            throw new IllegalStateException("progress " + at.position() + " inside transaction " + current.begin);
        }
        appendProgress(at);
    }

    private void appendProgress(Checkpoint at) {
        Checkpoint known = requireEpoch().checkpoint();
        int order = at.position().compareTo(known.position());
        if (order < 0 || order == 0 && at.equals(known)) {
            return;
        }
        if (unfinished != null) {
            throw new IllegalStateException("progress to " + at.position() + ", but of transaction " + unfinished.begin
                    + " the log holds only a part; the source must give that one again first");
        }
        append(Frames.progress(tail.last() + 1, tail.head(), at.position(), at.token()));
        end = new StartPoint(requireEpoch().epoch(), at);
    }

    /** A fence came by, inside a transaction or between two. It keeps its place among the changes. */
    public void fence(String id) {
        requireEpoch();
        OpenTransaction transaction = current;
        if (transaction != null && !encoder.isEmpty()) {
            appendChanges(transaction, transaction.lastPosition(), null);
        }
        if (transaction != null && !held.isEmpty()) {
            appendHeld();
            unfinished = transaction;
        }
        append(Frames.fence(tail.last() + 1, tail.head(), id));
    }

    /**
     * The source's run has ended, perhaps inside a transaction. What was given of that and is not yet in the log is
     * forgotten; what is there stays, and the next run must give the same transaction again.
     */
    public void abandon() {
        encoder.clear();
        held.clear();
        heldBytes = 0;
        current = null;
    }

    /**
     * Whether the log holds a part of a transaction that was abandoned, so that nothing else can follow. Where transactions
     * come again under other positions, the log has to be {@link #restart restarted}. There it takes a transaction of more
     * than 16 MiB.
     */
    public boolean isTorn() {
        return current == null && unfinished != null;
    }

    private void appendChanges(OpenTransaction transaction, Position to, @Nullable Checkpoint commit) {
        int changes = encoder.changes();
        long sequence = tail.last() + 1 + held.size();
        Position from = held.isEmpty() ? tail.head() : held.get(held.size() - 1).end();
        Chunk chunk = new Chunk(encoder.finish(sequence, transaction, from, to, commit), 0, relations.byId());
        transaction.framesInLog++;
        transaction.changesInLog += changes;
        if (commit == null && isHeldBack(chunk)) {
            held.add(chunk);
            heldBytes += chunk.bytes();
            return;
        }
        appendHeld();
        append(chunk);
        if (commit == null) {
            unfinished = transaction;
        } else {
            end = new StartPoint(requireEpoch().epoch(), commit);
        }
    }

    /** Whoever assigns positions here gives what was broken off again under others: so the log takes it whole. */
    private boolean isHeldBack(Chunk chunk) {
        return tail.isSeenWhenDurable() && unfinished == null && heldBytes + chunk.bytes() <= HELD_BYTES;
    }

    private void appendHeld() {
        held.forEach(this::append);
        held.clear();
        heldBytes = 0;
    }

    private void append(byte[] frame) {
        append(new Chunk(frame, 0, relations.byId()));
    }

    private void append(Chunk chunk) {
        tail.add(chunk);
        if (!tail.isSeenWhenDurable()) {
            events.appended();
        }
    }

    private StartPoint requireEpoch() {
        StartPoint known = end;
        if (known == null) {
            throw new IllegalStateException("the log has no epoch yet; restart it with the source's first");
        }
        return known;
    }

    private OpenTransaction requireTransaction() {
        OpenTransaction transaction = current;
        if (transaction == null) {
            throw new IllegalStateException("no transaction has begun");
        }
        return transaction;
    }

    // ---- reading: any thread

    /** Everything after this position is in the log. It can lie inside a transaction that is larger than the log. */
    public Position floor() {
        return tail.floor();
    }

    /**
     * Where the epoch goes on after what the source no longer had when it was asked for it, which nobody can get any
     * more; {@link Position#ZERO} when the epoch has no such gap. Of several it is the last.
     */
    public Position gapEnd() {
        return tail.gapEnd();
    }

    /** Where the log ended that long ago by the wall clock, or earlier: as exactly as its files tell, or {@link #floor}. */
    public Position headBefore(Duration ago) {
        Position then = store.headBefore(ago);
        Position floor = floor();
        return then.isAfter(floor) ? then : floor;
    }

    /** The end of the last thing that can be read; perhaps not yet durable, unless the log was opened so. */
    public Position head() {
        return tail.seenHead();
    }

    /**
     * What the positions belong to; empty while there is nothing. What is told with a chunk goes by its reader's {@link
     * LogReader#epoch}.
     */
    public String epoch() {
        return tail.epoch();
    }

    /**
     * A cursor behind this position. One beyond the head is fine: the reader passes over what comes up to there.
     *
     * @throws PositionEvicted when the log begins later
     */
    public LogReader reader(Position after) {
        Tail.Place place = tail.find(after);
        long sequence = place.sequence() < 0 ? store.find(after) : place.sequence();
        if (sequence < 0) {
            throw new PositionEvicted(after, tail.floor());
        }
        return new LogReader(this, place.generation(), place.epoch(), sequence, after);
    }

    /** The chunk a reader is at, or a later one if those between are not wanted; null at the head. */
    @Nullable
    Chunk read(LogReader reader, Interest interest) {
        if (reader.generation() != tail.generation()) {
            throw new PositionEvicted(reader.position(), tail.floor());
        }
        if (reader.sequence() > tail.seen()) {
            return null;
        }
        Chunk chunk = tail.get(reader.sequence());
        return chunk != null ? chunk : readStored(reader, interest);
    }

    private @Nullable Chunk readStored(LogReader reader, Interest interest) {
        Store.Skip skip = store.skip(reader.sequence(), interest, reader.isInsideTransaction());
        Position skipped = skip.position();
        if (skipped != null) {
            reader.skipTo(skip.sequence(), skipped);
            return read(reader, interest);
        }
        try {
            Chunk chunk = store.read(reader.sequence());
            if (chunk != null) {
                return chunk;
            }
        } catch (IOException e) {
            requireOpen();
            LOGGER.error("{} can no longer be read behind {}", writer.getName(), reader.position(), e);
            tail.raiseFloorToMemory();
        }
        requireOpen();
        throw new PositionEvicted(reader.position(), tail.floor());
    }

    /** How large it is. */
    public LogFigures figures() {
        Tail.Held held = tail.held();
        long stored = store.bytes();
        return new LogFigures(
                stored == 0 ? held.bytes() : stored, held.bytes(), held.waiting(), store.heldFrom(held.first()));
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the log is closed");
        }
    }

    /** Writes what waits, if the disk takes it, and frees files and memory. Idempotent. */
    @Override
    public void close() {
        closed = true;
        tail.close();
        boolean interrupted = false;
        while (writer.isAlive()) {
            try {
                writer.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        store.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** What a log begins with. */
    record Contents(
            RelationTable relations, Store store, @Nullable StartPoint end) {}
}
