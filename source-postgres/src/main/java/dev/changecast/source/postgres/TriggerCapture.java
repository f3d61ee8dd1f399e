package dev.changecast.source.postgres;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.ResetReason;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.SourceMessage;
import dev.changecast.api.source.StartPoint;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run over the table that the triggers write: makes ticks and gives what lies between them, each batch as a
 * transaction. This is PgQ's method (SkyTools): a tick is a snapshot, and a batch is what one sees and the one before it
 * did not, in the order in which it was written; so it neither waits for the oldest writer nor can two writers of a row
 * get into the wrong order. One thread, except {@link #acknowledge}, {@link #snapshot} and {@link #raiseFence}.
 *
 * <p>A position is the tick's number and twice the change's own.
 */
final class TriggerCapture {
    private static final Logger LOG = LoggerFactory.getLogger(TriggerCapture.class);
    private static final Duration ROOM_WAIT = Duration.ofMillis(250);
    private static final long PROGRESS_NANOS = Duration.ofMillis(250).toNanos();
    private static final long HOUSEKEEPING_NANOS = Duration.ofSeconds(1).toNanos();
    /** After so long without a change writers have to wake us. */
    private static final long QUIET_NANOS = Duration.ofSeconds(1).toNanos();
    /** A writer that began before we fell asleep, and ends later, wakes nobody. */
    private static final int ASLEEP_MILLISECONDS = 1_000;

    private static final int ROWS_PER_ROOM = 256;
    private static final int TRIMMED_ROWS = 5_000;
    private static final int LONGEST_MESSAGE = 512 * 1024;
    private static final int NAME_WAIT_MILLISECONDS = 5_000;
    private static final String UNIQUE_NAME = "SELECT pg_try_advisory_lock(1667785070, hashtext(?))";

    private final PostgresOptions options;
    private final Closing closing;
    private final ChangeSink sink;
    private final Fences fences;
    private final TriggerShapes shapes;
    private final AtomicLong acknowledged = new AtomicLong();
    private final RecordRow after = new RecordRow();
    private final RecordRow before = new RecordRow();
    private final Set<Long> skipped = new HashSet<>();

    private volatile @Nullable Ticker ticker;
    private volatile @Nullable Installation installation;
    private @Nullable Tick given;
    private boolean begun;
    private long rows;
    private long progressAt;
    private long keptAt;
    private long told;
    private boolean trimming;

    TriggerCapture(PostgresOptions options, TypeCatalog types, Closing closing, ChangeSink sink, Fences fences) {
        this.options = options;
        this.closing = closing;
        this.sink = sink;
        this.fences = fences;
        shapes = new TriggerShapes(types, options);
    }

    /** Any thread. */
    void acknowledge(long major) {
        acknowledged.accumulateAndGet(major - 1, Math::max);
    }

    /** Which history this run reads; null until it is connected. Any thread. */
    @Nullable
    Installation installation() {
        return ticker == null ? null : installation;
    }

    /** The tick that is exactly what a snapshot sees. Any thread. */
    long snapshot(Ticker.SnapshotTaker taker) throws Exception {
        return connected().tickOf(taker);
    }

    /** Has a fence told behind everything that is committed now. Any thread. */
    void raiseFence(String id) throws SQLException {
        Ticker connected = connected();
        fences.raise(connected.tick(options.heartbeat()), id);
        connected.wake();
    }

    private Ticker connected() {
        Ticker connected = ticker;
        if (connected == null) {
            throw new ChangecastException(
                    ErrorCode.SOURCE_UNAVAILABLE, "nothing is captured at present from " + options.address());
        }
        return connected;
    }

    void run(@Nullable StartPoint start) throws Exception {
        Connection connection = Ticker.connect(options, closing, "reader");
        try (Ticker ticking = Ticker.open(options, closing)) {
            new TriggerReadiness(options).require(connection);
            takeName(connection);
            try (Statement statement = connection.createStatement()) {
                statement.execute("LISTEN changecast");
            }
            TickReader reader = new TickReader(connection);
            Tick from = open(start, connection, reader, ticking);
            given = from;
            told = from.id();
            acknowledged.set(from.id());
            shapes.begin(connection, from.id());
            ticker = ticking;
            try {
                read(connection, reader, ticking);
            } catch (HistoryDiverged e) {
                LOG.error("{}: a row does not have the shape of its table, so the history begins anew", options.name());
                ticking.renew(Objects.requireNonNull(installation).id());
                throw e;
            }
        } finally {
            ticker = null;
            closing.release(connection);
        }
    }

    /** Two that acknowledge under one name would make each other lose what they have not read. */
    private void takeName(Connection connection) throws SQLException, InterruptedException {
        long deadline = System.nanoTime() + NAME_WAIT_MILLISECONDS * 1_000_000L;
        while (true) {
            try (var statement = connection.prepareStatement(UNIQUE_NAME)) {
                statement.setString(1, options.slot());
                try (ResultSet row = statement.executeQuery()) {
                    row.next();
                    if (row.getBoolean(1)) {
                        return;
                    }
                }
            }
            if (closing.isClosed() || System.nanoTime() > deadline) {
                throw new ChangecastException(
                        ErrorCode.SOURCE_NOT_READY,
                        "another process reads from " + options.address() + " as " + options.slot()
                                + ": give each its own name (slot)");
            }
            sink.waiting("another process still reads as " + options.slot());
            closing.pause(100);
        }
    }

    private Tick open(@Nullable StartPoint start, Connection connection, TickReader reader, Ticker ticking)
            throws SQLException {
        Installation here = Objects.requireNonNull(Installation.read(connection));
        if (!here.isHere()) {
            LOG.warn("{}: what the triggers wrote was restored from another place, and begins anew", options.name());
            ticking.renew(here.id());
            here = Objects.requireNonNull(Installation.read(connection));
        }
        ticking.tick(options.heartbeat());
        here = Objects.requireNonNull(Installation.read(connection));
        ResetReason reset = start == null ? null : resetOf(start, here, reader);
        if (start != null && reset == ResetReason.EPOCH_CHANGED && start.epoch().equals(here.epoch())) {
            LOG.warn("{}: the database was set back to an earlier state, its history begins anew", options.name());
            ticking.renew(here.id());
            here = Objects.requireNonNull(Installation.read(connection));
        }
        Long wanted = start == null || reset != null ? null : Tick.idOf(start.checkpoint());
        Long place = ticking.register(options.slot(), wanted, options.keep());
        if (place == null) {
            reset = ResetReason.SLOT_LOST;
            place = ticking.register(options.slot(), null, options.keep());
        }
        Tick from = Objects.requireNonNull(reader.tick(Objects.requireNonNull(place)));
        installation = here;
        if (reset == null) {
            sink.opened(here.epoch(), from.checkpoint());
        } else {
            LOG.warn("{}: cannot continue ({}), goes on from tick {}", options.name(), reset, from.id());
            fences.forget();
            sink.reset(reset, here.epoch(), from.checkpoint());
        }
        return from;
    }

    private static @Nullable ResetReason resetOf(StartPoint start, Installation here, TickReader reader)
            throws SQLException {
        if (!start.epoch().equals(here.epoch())) {
            return ResetReason.EPOCH_CHANGED;
        }
        long id = Tick.idOf(start.checkpoint());
        Tick known = reader.tick(id);
        if (known != null) {
            return known.isOf(start.checkpoint().token()) ? null : ResetReason.EPOCH_CHANGED;
        }
        Tick last = reader.last();
        return last == null || last.id() < id ? ResetReason.EPOCH_CHANGED : ResetReason.SLOT_LOST;
    }

    private void read(Connection connection, TickReader reader, Ticker ticking) throws Exception {
        long changedAt = System.nanoTime();
        boolean asleep = false;
        while (!closing.isClosed()) {
            ticking.tick(options.heartbeat());
            boolean changed = giveNew(connection, reader, ticking);
            tellFences();
            keep(ticking);
            long now = System.nanoTime();
            if (changed || trimming) {
                changedAt = now;
                asleep = false;
            } else if (!asleep && now - changedAt > QUIET_NANOS) {
                ticking.sleep();
                asleep = true;
                // Somebody may have written in between, and wakes nobody.
                continue;
            }
            if (asleep) {
                // Returns at once when there is something.
                connection.unwrap(PGConnection.class).getNotifications(ASLEEP_MILLISECONDS);
            } else if (!trimming) {
                connection.unwrap(PGConnection.class).getNotifications();
                closing.pause(options.poll().toMillis());
            }
        }
    }

    private boolean giveNew(Connection connection, TickReader reader, Ticker ticking) throws Exception {
        boolean changed = false;
        Tick previous = Objects.requireNonNull(given);
        List<Tick> ticks = ticksAfter(connection, reader, previous);
        while (!ticks.isEmpty()) {
            for (Tick tick : ticks) {
                if (tick.id() != previous.id() + 1) {
                    throw new ChangecastException(
                            ErrorCode.SOURCE_UNAVAILABLE,
                            "tick " + (previous.id() + 1) + " is no longer there: this reader was away for too long");
                }
                if (closing.isClosed()) {
                    return changed;
                }
                give(connection, reader, previous, tick);
                changed |= tick.changed();
                previous = tick;
                given = tick;
                keep(ticking);
            }
            ticks = ticksAfter(connection, reader, previous);
        }
        return changed;
    }

    private List<Tick> ticksAfter(Connection connection, TickReader reader, Tick previous) throws SQLException {
        List<Tick> ticks = reader.after(previous.id());
        // Looked at afterwards: what was read is of this history when it still is the present one.
        Installation now = ticks.isEmpty() ? null : Installation.read(connection);
        Installation own = Objects.requireNonNull(installation);
        if (!ticks.isEmpty() && (now == null || !now.id().equals(own.id()))) {
            throw new ChangecastException(
                    ErrorCode.SOURCE_UNAVAILABLE, "the history at " + options.address() + " has begun anew");
        }
        return ticks;
    }

    private void give(Connection connection, TickReader reader, Tick previous, Tick tick) throws Exception {
        begun = false;
        rows = 0;
        if (tick.changed()) {
            shapes.advance(connection, tick.id());
            reader.read(
                    previous,
                    tick,
                    (id, relation, operation, old, row) -> change(tick, id, relation, operation, old, row));
        }
        long now = System.nanoTime();
        if (begun) {
            sink.commit(tick.checkpoint());
            progressAt = now;
        } else if (now - progressAt >= PROGRESS_NANOS) {
            sink.progress(tick.checkpoint());
            progressAt = now;
        }
    }

    private void change(Tick tick, long id, long relation, char operation, byte @Nullable [] old, byte @Nullable [] row)
            throws Exception {
        if (++rows % ROWS_PER_ROOM == 0) {
            awaitRoom();
        }
        if (operation == 'M') {
            message(tick, id, Objects.requireNonNull(row));
            return;
        }
        TriggerShape shape = shapes.get(relation);
        if (shape == null || !shape.wanted()) {
            return;
        }
        if (!shape.certain()) {
            if (skipped.add(tick.id())) {
                LOG.warn(
                        "{}: {} was written to while its shape changed: who has rows of it starts anew",
                        options.name(),
                        shape.relation().qualifiedName());
            }
            return;
        }
        if (old != null && !before.read(old, shape) || row != null && !after.read(row, shape)) {
            throw new HistoryDiverged();
        }
        begin(tick);
        sink.change(
                2 * id,
                shape.relation(),
                operation(operation),
                row == null ? null : after,
                old == null ? null : before);
    }

    private void message(Tick tick, long id, byte[] text) throws Exception {
        if (options.messages() && text.length <= LONGEST_MESSAGE) {
            begin(tick);
            Row row = Row.of(new String(text, StandardCharsets.UTF_8));
            sink.change(2 * id, SourceMessage.RELATION, Operation.INSERT, row, null);
        } else if (options.messages()) {
            LOG.warn(
                    "{}: a message for people of {} bytes is not delivered: it may have {}",
                    options.name(),
                    text.length,
                    LONGEST_MESSAGE);
        }
    }

    private void begin(Tick tick) throws Exception {
        if (!begun) {
            awaitRoom();
            begun = true;
            // One above the checkpoint before. There is no one transaction that it is.
            sink.begin(null, new Position(tick.id(), 1), tick.made());
        }
    }

    private static Operation operation(char operation) {
        return switch (operation) {
            case 'I' -> Operation.INSERT;
            case 'U' -> Operation.UPDATE;
            case 'D' -> Operation.DELETE;
            case 'T' -> Operation.TRUNCATE;
            default -> throw new IllegalStateException("a change of unknown kind '" + operation + "'");
        };
    }

    private void tellFences() {
        fences.reached(Objects.requireNonNull(given).id()).forEach(sink::fence);
    }

    /** Tells the database what is durable here, and has it forget what nobody needs any more, a little at a time. */
    private void keep(Ticker ticking) throws SQLException {
        long now = System.nanoTime();
        if (!trimming && now - keptAt < HOUSEKEEPING_NANOS) {
            return;
        }
        keptAt = now;
        long durable = acknowledged.get();
        if (durable > Objects.requireNonNull(given).id()) {
            // Of an earlier run that read another history.
            acknowledged.compareAndSet(durable, told);
        } else {
            told = Math.max(told, durable);
        }
        if (!ticking.acknowledge(options.slot(), told)) {
            throw new ChangecastException(
                    ErrorCode.SOURCE_UNAVAILABLE,
                    "reader " + options.slot()
                            + " is no longer registered: the history has begun anew, or it was silent for longer than "
                            + options.keep());
        }
        trimming = ticking.trim(TRIMMED_ROWS) == TRIMMED_ROWS;
    }

    private void awaitRoom() throws Exception {
        while (!sink.awaitRoom(ROOM_WAIT)) {
            if (closing.isClosed()) {
                throw new SQLException("the source is closed");
            }
            keep(Objects.requireNonNull(ticker));
        }
    }
}
