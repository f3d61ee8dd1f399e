package dev.changecast.source.postgres;

import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.SourceMessage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the messages of {@code pgoutput}, protocol version 1 in text format, and tells the sink. One thread.
 *
 * <p>A position is the LSN of the commit record and twice the number of the row, truncate or transactional message
 * within its transaction, counting all that the server sends: so it is the same on every connection, whatever tables are
 * configured. A transaction in which nothing concerns us is not told at all; its end counts as progress.
 *
 * <p>A message outside transactions is told as a transaction of its own that begins one byte before the end of its record:
 * above every commit before it, whose record ends where its own begins at the latest, and below every commit after it,
 * whose record begins where its own ends at the earliest.
 */
final class PgOutputDecoder {
    static final String HEARTBEAT = "changecast.heartbeat";
    static final String FENCE = "changecast.fence";
    static final String MESSAGE = "changecast.message";
    /** How many rows are given between two questions for room. */
    private static final int ROWS_PER_ROOM = 256;

    /** A message that is longer is given to nobody: the engine holds each in memory, and the server allows a gigabyte. */
    private static final int LONGEST_MESSAGE = 512 * 1024;

    private static final long COMPLAINT_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final Logger LOG = LoggerFactory.getLogger(PgOutputDecoder.class);

    private static final Instant POSTGRES_EPOCH = Instant.parse("2000-01-01T00:00:00Z");

    /** What the decoder needs of the stream it is part of. */
    interface Surroundings {
        /** Returns when the sink has room; keeps the connection alive meanwhile. */
        void awaitRoom() throws Exception;

        /** A heartbeat, perhaps another one's, came by. */
        void heartbeat(String id);
    }

    private final ChangeSink sink;
    private final RelationCache relations;
    private final TransactionIds transactionIds;
    private final Surroundings surroundings;
    private final boolean messages;
    private final int timeline;
    private final TupleRow after = new TupleRow();
    private final TupleRow before = new TupleRow();

    private boolean inTransaction;
    private boolean begun;
    private long commitLsn;
    private long committedMicros;
    private Instant committedAt = POSTGRES_EPOCH;
    private int xid;
    private long minor;
    private long rows;
    private long end;
    private long toldEnd;
    private @Nullable LastCommit last;
    private long nextComplaint = System.nanoTime();

    /**
     * @param messages whether messages for people are told
     * @param last the last commit of before; null when there was none
     */
    PgOutputDecoder(
            ChangeSink sink,
            RelationCache relations,
            TransactionIds transactionIds,
            Surroundings surroundings,
            boolean messages,
            int timeline,
            @Nullable LastCommit last) {
        this.sink = sink;
        this.relations = relations;
        this.transactionIds = transactionIds;
        this.surroundings = surroundings;
        this.messages = messages;
        this.timeline = timeline;
        this.last = last;
    }

    /** Whether a transaction's Begin has come and its Commit has not. */
    boolean inTransaction() {
        return inTransaction;
    }

    /** The end of the last transaction, also of one that was not told to the sink. */
    long end() {
        return end;
    }

    /** The end of the last transaction that was told to the sink. */
    long toldEnd() {
        return toldEnd;
    }

    void decode(ByteBuffer message) throws Exception {
        byte kind = message.get();
        switch (kind) {
            case 'I' -> insert(message);
            case 'U' -> update(message);
            case 'D' -> delete(message);
            case 'B' -> begin(message);
            case 'C' -> commit(message);
            case 'R' -> relations.read(message);
            case 'T' -> truncate(message);
            case 'M' -> message(message);
            case 'O', 'Y' -> {} // Where a change came from, and names of types: read from the catalog instead.
            default -> throw new IllegalStateException("pgoutput sent a message of unknown kind '" + (char) kind + "'");
        }
    }

    /** Takes from a message that the log has already only what the server tells once: shapes of relations. */
    void learn(ByteBuffer message) {
        if (message.get() == 'R') {
            relations.read(message);
        }
    }

    private void begin(ByteBuffer message) {
        commitLsn = message.getLong();
        committedMicros = message.getLong();
        committedAt = POSTGRES_EPOCH.plus(committedMicros, ChronoUnit.MICROS);
        xid = message.getInt();
        minor = 0;
        rows = 0;
        begun = false;
        inTransaction = true;
    }

    private void commit(ByteBuffer message) {
        message.get(); // Flags, none of them used yet.
        message.getLong(); // The commit LSN, known from Begin.
        end = message.getLong();
        last = new LastCommit(end, committedMicros);
        inTransaction = false;
        if (begun) {
            toldEnd = end;
            sink.commit(checkpoint(end));
        }
    }

    Checkpoint checkpoint(long lsn) {
        return Opening.checkpoint(lsn, timeline, last);
    }

    private void insert(ByteBuffer message) throws Exception {
        minor += 2;
        StreamedRelation relation = relations.get(message.getInt());
        if (relation.wanted()) {
            message.get(); // Always N.
            after.read(message, relation, false);
            give(relation.relation(), Operation.INSERT, after, null);
        }
    }

    private void update(ByteBuffer message) throws Exception {
        minor += 2;
        StreamedRelation relation = relations.get(message.getInt());
        if (!relation.wanted()) {
            return;
        }
        byte kind = message.get();
        boolean hasOld = kind != 'N';
        if (hasOld) {
            before.read(message, relation, kind == 'K');
            message.get(); // Always N.
        }
        after.read(message, relation, false);
        if (kind == 'O') {
            after.fillFrom(before);
        }
        give(relation.relation(), Operation.UPDATE, after, hasOld ? before : null);
    }

    private void delete(ByteBuffer message) throws Exception {
        minor += 2;
        StreamedRelation relation = relations.get(message.getInt());
        if (relation.wanted()) {
            byte kind = message.get();
            before.read(message, relation, kind == 'K');
            give(relation.relation(), Operation.DELETE, null, before);
        }
    }

    private void truncate(ByteBuffer message) throws Exception {
        int count = message.getInt();
        message.get(); // Whether it cascades and restarts sequences: all relations that it reached are named.
        for (int i = 0; i < count; i++) {
            minor += 2;
            StreamedRelation relation = relations.get(message.getInt());
            if (relation.wanted()) {
                give(relation.relation(), Operation.TRUNCATE, null, null);
            }
        }
    }

    private void give(Relation relation, Operation operation, @Nullable Row after, @Nullable Row before)
            throws Exception {
        if (!begun || ++rows % ROWS_PER_ROOM == 0) {
            surroundings.awaitRoom();
        }
        if (!begun) {
            begun = true;
            String tx = Long.toString(transactionIds.widen(xid));
            // One above a checkpoint: the transaction before may have ended exactly where this commit record begins.
            sink.begin(tx, new Position(commitLsn, 1), committedAt);
        }
        sink.change(minor, relation, operation, after, before);
    }

    private void message(ByteBuffer message) throws Exception {
        boolean transactional = (message.get() & 1) != 0;
        if (transactional) {
            minor += 2;
        }
        long lsn = message.getLong(); // Of one in a transaction it is not ordered over transactions.
        String prefix = RelationCache.string(message);
        if (transactional && prefix.equals(HEARTBEAT)) {
            surroundings.heartbeat(content(message));
        } else if (transactional && prefix.equals(FENCE)) {
            sink.fence(content(message));
        } else if (messages && prefix.equals(MESSAGE)) {
            int length = message.getInt(message.position());
            if (length > LONGEST_MESSAGE) {
                tooLong(length);
            } else if (transactional) {
                give(SourceMessage.RELATION, Operation.INSERT, Row.of(content(message)), null);
            } else {
                giveAlone(lsn, Row.of(content(message)));
            }
        }
    }

    private void tooLong(int length) {
        long now = System.nanoTime();
        if (now - nextComplaint >= 0) {
            nextComplaint = now + COMPLAINT_PAUSE_NANOS;
            LOG.warn("A message for people of {} bytes is not delivered: it may have {}", length, LONGEST_MESSAGE);
        }
    }

    /** The server sends it between transactions, when it comes to its record. */
    private void giveAlone(long lsn, Row message) throws Exception {
        surroundings.awaitRoom();
        sink.begin(null, new Position(lsn - 1, 1), Instant.now());
        sink.change(2, SourceMessage.RELATION, Operation.INSERT, message, null);
        sink.commit(checkpoint(lsn));
        end = Math.max(end, lsn);
        toldEnd = Math.max(toldEnd, lsn);
    }

    private static String content(ByteBuffer message) {
        int length = message.getInt();
        return new String(message.array(), message.arrayOffset() + message.position(), length, StandardCharsets.UTF_8);
    }
}
