package dev.changecast.source.postgres;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.ChangeSink;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the slot ready to be read, or makes it so. One thread. */
final class ReplicationSlot {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicationSlot.class);
    /** A walsender whose client has gone notices within this. */
    private static final int RELEASE_WAIT_MILLISECONDS = 5_000;

    private final Database database;
    private final PostgresOptions options;
    private final ReplicationConnection replication;
    private final Closing closing;
    private final ChangeSink sink;

    /**
     * @param confirmed what is committed after it will be sent
     * @param isNew whether it was made just now
     */
    record Ready(long confirmed, boolean isNew) {}

    ReplicationSlot(
            Database database,
            PostgresOptions options,
            ReplicationConnection replication,
            Closing closing,
            ChangeSink sink) {
        this.database = database;
        this.options = options;
        this.replication = replication;
        this.closing = closing;
        this.sink = sink;
    }

    /** @param unusable whether it is known that the slot has to be made anew */
    Ready ensure(boolean unusable) throws Exception {
        Database.SlotState state = options.temporary() ? null : database.slot().orElse(null);
        if (state == null) {
            return create();
        }
        String foreign = foreign(state, options, database.facts().databaseName());
        if (foreign != null) {
            throw new ChangecastException(ErrorCode.SOURCE_NOT_READY, foreign);
        }
        state = released(state);
        String lost = unusable ? "its publication was made after it" : state.lost();
        if (lost == null) {
            return new Ready(state.confirmed(), false);
        }
        LOG.warn("{}: slot {} can no longer be read ({})", options.name(), options.slot(), lost);
        return recreate(lost);
    }

    /** Drops it, with what it still held, and makes it anew. */
    Ready recreate(String why) throws Exception {
        if (!options.create()) {
            throw new ChangecastException(ErrorCode.SOURCE_NOT_READY, lost(options, why));
        }
        replication.dropSlot();
        return create();
    }

    static String lost(PostgresOptions options, String why) {
        return "slot " + options.slot() + " can no longer be read (" + why + "): SELECT pg_drop_replication_slot('"
                + options.slot() + "') and make it anew, or set create: true";
    }

    static String missing(PostgresOptions options) {
        return "slot " + options.slot() + " does not exist: SELECT pg_create_logical_replication_slot('"
                + options.slot() + "', 'pgoutput'), or set create: true";
    }

    /** Says when the slot is somebody else's; null when it could be ours. */
    static @Nullable String foreign(Database.SlotState state, PostgresOptions options, String databaseName) {
        if (!"pgoutput".equals(state.plugin())) {
            return "slot " + options.slot() + " is a " + state.type() + " slot"
                    + (state.plugin() == null ? "" : " with plugin " + state.plugin())
                    + ", not a logical one with pgoutput: choose another name for slot";
        }
        if (!databaseName.equals(state.database())) {
            return "slot " + options.slot() + " belongs to database " + state.database() + ", not to " + databaseName
                    + ": choose another name for slot";
        }
        return null;
    }

    static String active(PostgresOptions options, int process) {
        return "slot " + options.slot() + " is in use by process " + process
                + " (see pg_stat_replication): give each replica its own slot, or end that process";
    }

    private Database.SlotState released(Database.SlotState state) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(RELEASE_WAIT_MILLISECONDS);
        Database.SlotState now = state;
        while (now.activeProcess() != null) {
            if (closing.isClosed() || System.nanoTime() > deadline) {
                throw new ChangecastException(ErrorCode.SOURCE_NOT_READY, active(options, now.activeProcess()));
            }
            sink.waiting("slot " + options.slot() + " is still in use by process " + now.activeProcess());
            closing.pause(100);
            now = database.slot()
                    .orElseThrow(() -> new ChangecastException(ErrorCode.SOURCE_NOT_READY, missing(options)));
        }
        return now;
    }

    /** The command blocks on another thread, so that this one can say what it waits for. */
    private Ready create() throws Exception {
        if (!options.create() && !options.temporary()) {
            throw new ChangecastException(ErrorCode.SOURCE_NOT_READY, missing(options));
        }
        CompletableFuture<Long> created = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        created.complete(replication.createSlot());
                    } catch (SQLException | RuntimeException e) {
                        created.completeExceptionally(e);
                    }
                },
                "changecast-" + options.name() + "-create-slot");
        thread.setDaemon(true);
        int process = replication.processId();
        thread.start();
        while (true) {
            try {
                long position = created.get(500, TimeUnit.MILLISECONDS);
                LOG.info("{}: made slot {}", options.name(), options.slot());
                return new Ready(position, true);
            } catch (TimeoutException notYet) {
                sink.waiting("slot creation waits for "
                        + database.waitOf(process).orElse("the transactions that were running when it began"));
            } catch (ExecutionException e) {
                throw e.getCause() instanceof Exception cause ? cause : e;
            }
        }
    }
}
