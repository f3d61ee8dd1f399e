package dev.changecast.source.postgres;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.ResetReason;
import dev.changecast.api.source.StartPoint;
import java.nio.ByteBuffer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.postgresql.replication.LogSequenceNumber;
import org.postgresql.replication.PGReplicationStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run: from connecting until the connection or the source ends. One thread, except {@link #acknowledge}. */
final class Capture implements PgOutputDecoder.Surroundings {
    private static final Logger LOG = LoggerFactory.getLogger(Capture.class);
    private static final Duration ROOM_WAIT = Duration.ofMillis(250);
    /** How often an idle source says how far it is; each time the log writes. */
    private static final long PROGRESS_NANOS = Duration.ofMillis(250).toNanos();
    /** After so long without a message it looks less often, which costs little then and saves much processor time. */
    private static final long QUIET_NANOS = Duration.ofMillis(100).toNanos();

    private static final long QUIET_PAUSE_MILLISECONDS = 4;
    /** How often we tell the server what is confirmed, when there is news. */
    private static final long STATUS_NANOS = Duration.ofMillis(50).toNanos();

    private final PostgresOptions options;
    private final Database database;
    private final TypeCatalog types;
    private final Closing closing;
    private final ChangeSink sink;
    private final TransactionIds transactionIds = new TransactionIds();
    private final AtomicLong acknowledged = new AtomicLong();

    private @Nullable PGReplicationStream stream;
    private @Nullable Heartbeat heartbeat;
    private volatile int process;
    private volatile @Nullable ServerIdentity identity;
    private long given;
    private long confirmed;
    private long givenAt;
    private long statusAt;
    private long receivedAt;
    private long receivedLsn;
    private long askedAt;
    private long statusInterval;

    Capture(PostgresOptions options, Database database, TypeCatalog types, Closing closing, ChangeSink sink) {
        this.options = options;
        this.database = database;
        this.types = types;
        this.closing = closing;
        this.sink = sink;
    }

    /** Any thread. */
    void acknowledge(long lsn) {
        acknowledged.accumulateAndGet(lsn, Math::max);
    }

    /** The walsender that serves this run; 0 while there is none. Any thread. */
    int process() {
        return process;
    }

    /** Which history this run reads; null until it is connected. Any thread. */
    @Nullable
    ServerIdentity identity() {
        return identity;
    }

    /**
     * @param diverged whether the server's history is known to be another one than that of the log
     * @param slotUnusable whether the slot has to be made anew whatever it looks like
     * @param slotUsable called when it is usable again
     * @throws HistoryDiverged before anything was given to the sink
     */
    void run(@Nullable StartPoint start, boolean diverged, boolean slotUnusable, Runnable slotUsable) throws Exception {
        types.forget();
        Publication publication = new Publication(database, options);
        try (ReplicationConnection replication = ReplicationConnection.open(options, closing);
                Heartbeat beating = new Heartbeat(options, database, publication, transactionIds)) {
            process = replication.processId();
            long publicationOid = closing.interruptibly(() -> {
                new Readiness(options, database).require();
                return publication.ensure();
            });
            ReplicationSlot slot = new ReplicationSlot(database, options, replication, closing, sink);
            ReplicationSlot.Ready ready = slot.ensure(slotUnusable);
            slotUsable.run();
            ServerIdentity identity = replication.identify(database.facts().database(), publicationOid);
            this.identity = identity;
            Opening opening = Opening.decide(start, identity, ready.confirmed(), ready.isNew(), diverged);
            if (opening.reset() == ResetReason.EPOCH_CHANGED && !ready.isNew() && options.create()) {
                // What it holds may be older than the publication, which the server could not decode.
                ready = slot.recreate("it belongs to an earlier history");
                opening = Opening.decide(start, identity, ready.confirmed(), true, diverged);
            }
            transactionIds.nextIs(database.nextTransactionId());
            PgOutputDecoder decoder = new PgOutputDecoder(
                    sink,
                    new RelationCache(types, database::primaryKey, options::matches),
                    transactionIds,
                    this,
                    options.messages(),
                    identity.timeline(),
                    LastCommit.of(opening.from().token()));
            Continuity continuity = new Continuity(ready.confirmed(), opening.reset() == null ? start : null);
            boolean compares = continuity.verdict() == Continuity.Verdict.OPEN;
            confirmed = compares ? ready.confirmed() : opening.from().position().major();
            given = confirmed;
            statusInterval = replication.statusInterval();
            PGReplicationStream started = replication.stream(confirmed, statusInterval);
            stream = started;
            confirm(started, confirmed);
            heartbeat = beating;
            beating.start();
            ByteBuffer first = resume(started, decoder, continuity, beating);
            if (closing.isClosed()) {
                return;
            }
            given = opening.from().position().major();
            open(opening);
            if (first != null) {
                decoder.decode(first);
            }
            read(started, decoder, beating);
        } finally {
            process = 0;
        }
    }

    /**
     * Reads what the log already has, until it is clear that it is the same.
     *
     * @return the first message of what the log does not have; null when it has not come yet
     */
    private @Nullable ByteBuffer resume(
            PGReplicationStream stream, PgOutputDecoder decoder, Continuity continuity, Heartbeat heartbeat)
            throws Exception {
        if (continuity.verdict() == Continuity.Verdict.OPEN) {
            sink.waiting("the slot is behind the log, and what it sends again is compared with it");
        }
        receivedAt = System.nanoTime();
        ByteBuffer message = null;
        while (continuity.verdict() == Continuity.Verdict.OPEN && !closing.isClosed()) {
            message = stream.readPending();
            if (message != null) {
                receivedAt = System.nanoTime();
                if (continuity.message(message) == Continuity.Verdict.OPEN) {
                    decoder.learn(message);
                }
                continue;
            }
            requireOpen(stream);
            continuity.reached(stream.getLastReceiveLSN().asLong());
            heartbeat.check();
            requireLife(stream, heartbeat);
        }
        if (continuity.verdict() == Continuity.Verdict.OTHER) {
            throw new HistoryDiverged();
        }
        return message;
    }

    private void requireOpen(PGReplicationStream stream) {
        if (stream.isClosed()) {
            throw new ChangecastException(
                    ErrorCode.SOURCE_UNAVAILABLE, "the database at " + options.address() + " ended the stream");
        }
    }

    private void open(Opening opening) {
        ResetReason reset = opening.reset();
        if (reset == null) {
            sink.opened(opening.epoch(), opening.from());
        } else {
            LOG.warn(
                    "{}: cannot continue ({}), goes on from {}",
                    options.name(),
                    reset,
                    opening.from().position());
            sink.reset(reset, opening.epoch(), opening.from());
        }
    }

    private void read(PGReplicationStream stream, PgOutputDecoder decoder, Heartbeat heartbeat) throws Exception {
        receivedAt = System.nanoTime();
        int sinceLook = 0;
        while (!closing.isClosed()) {
            // Waits for a millisecond when there is nothing; the waiting read() would never come back to say progress.
            ByteBuffer message = stream.readPending();
            if (message != null) {
                decoder.decode(message);
                given = Math.max(given, decoder.toldEnd());
                receivedAt = System.nanoTime();
                if (++sinceLook < 128) {
                    continue;
                }
            } else {
                requireOpen(stream);
            }
            sinceLook = 0;
            progress(stream, decoder, message == null);
            confirmAcknowledged(stream);
            heartbeat.attentive(given > confirmed);
            heartbeat.check();
            requireLife(stream, heartbeat);
            if (message == null && System.nanoTime() - receivedAt > QUIET_NANOS) {
                closing.pause(QUIET_PAUSE_MILLISECONDS);
            }
        }
    }

    /**
     * Says that nothing is missing up to where the server has read, so that the slot of a quiet database moves.
     *
     * <p>Outside a transaction the last LSN received is that of a commit's end, of a message outside transactions, or of a
     * keepalive: the server has decoded its WAL up to there and has sent, on this one connection, all transactions whose
     * commit lies before. A transaction that is still open there commits later and will be sent whole. Inside a
     * transaction it is that of a row and says nothing: rows of a later commit have lower LSNs.
     */
    private void progress(PGReplicationStream stream, PgOutputDecoder decoder, boolean idle) {
        long now = System.nanoTime();
        if (decoder.inTransaction() || now - givenAt < PROGRESS_NANOS) {
            return;
        }
        long reached = decoder.end();
        if (idle) {
            reached = Math.max(reached, stream.getLastReceiveLSN().asLong());
        }
        if (reached > given) {
            given = reached;
            givenAt = now;
            sink.progress(decoder.checkpoint(reached));
        }
    }

    /** Confirms what is durable here; never more than this run has given. */
    private void confirmAcknowledged(PGReplicationStream stream) throws SQLException {
        long durable = acknowledged.get();
        if (durable > given) {
            // Of an earlier run that read another history.
            acknowledged.compareAndSet(durable, confirmed);
        } else if (durable > confirmed && System.nanoTime() - statusAt >= STATUS_NANOS) {
            confirm(stream, durable);
        }
    }

    private void confirm(PGReplicationStream stream, long lsn) throws SQLException {
        confirmed = lsn;
        LogSequenceNumber number = LogSequenceNumber.valueOf(lsn);
        stream.setFlushedLSN(number);
        stream.setAppliedLSN(number);
        stream.forceUpdateStatus();
        statusAt = System.nanoTime();
    }

    /**
     * A half-open connection looks like silence. So does a server that reads its way through much that does not concern
     * us, until it is asked: its answer tells how far it has come.
     */
    private void requireLife(PGReplicationStream stream, Heartbeat heartbeat) throws SQLException {
        long lsn = stream.getLastReceiveLSN().asLong();
        long now = System.nanoTime();
        if (lsn != receivedLsn) {
            receivedLsn = lsn;
            receivedAt = now;
        }
        long beat = options.heartbeat().toMillis();
        long silent = (now - receivedAt) / 1_000_000;
        long unanswered = heartbeat.unansweredMilliseconds();
        if (silent < beat || unanswered < beat) {
            return;
        }
        if (silent > 3 * beat && unanswered > 3 * beat) {
            throw new ChangecastException(
                    ErrorCode.SOURCE_UNAVAILABLE,
                    "the stream from " + options.address() + " is dead: nothing came for " + silent
                            + " ms, not even the heartbeat of " + unanswered + " ms ago");
        }
        if ((now - askedAt) / 1_000_000 > beat / 4) {
            askedAt = now;
            stream.forceUpdateStatus();
        }
    }

    @Override
    public void awaitRoom() throws Exception {
        if (sink.awaitRoom(ROOM_WAIT)) {
            return;
        }
        PGReplicationStream stream = Objects.requireNonNull(this.stream);
        Heartbeat heartbeat = Objects.requireNonNull(this.heartbeat);
        heartbeat.attentive(true);
        do {
            if (closing.isClosed()) {
                throw new SQLException("the source is closed");
            }
            heartbeat.check();
            confirmAcknowledged(stream);
            if (System.nanoTime() - statusAt >= statusInterval * 1_000_000) {
                stream.forceUpdateStatus();
                statusAt = System.nanoTime();
            }
        } while (!sink.awaitRoom(ROOM_WAIT));
        receivedAt = System.nanoTime();
    }

    @Override
    public void heartbeat(String id) {
        if (heartbeat != null) {
            heartbeat.seen(id);
        }
    }
}
