package dev.changecast.source.postgres;

import static java.util.Objects.requireNonNull;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.CheckResult;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Replay;
import dev.changecast.api.source.SnapshotReader;
import dev.changecast.api.source.SourceReport;
import dev.changecast.api.source.StartPoint;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Captures committed changes from a logical replication slot, in commit order.
 *
 * <p>It holds one replication connection and one ordinary one while it runs, both made from the URL; catalog queries and
 * snapshots go over the pool.
 */
final class LogicalSource implements ModalSource {
    private static final Logger LOG = LoggerFactory.getLogger(LogicalSource.class);

    private final PostgresOptions options;
    private final SourcePool pool;
    private final Database database;
    private final TypeCatalog types;
    private final RelationCatalog relations;
    private final PostgresSnapshotReader snapshots;
    private final Closing closing = new Closing();
    private final SlotWatch slotWatch;

    /** Held by the run, and by nobody when there is none. */
    private final Semaphore idle = new Semaphore(1);

    private volatile @Nullable Capture capture;
    private volatile boolean slotUnusable;

    LogicalSource(PostgresOptions options, @Nullable DataSource given) {
        this.options = options;
        pool = new SourcePool(options, given);
        database = new Database(pool, options);
        slotWatch = new SlotWatch(options, database, closing);
        types = new TypeCatalog(database.jdbi(), options.bigintAsText());
        relations = new RelationCatalog(database, types, options);
        snapshots = new PostgresSnapshotReader(
                options, database.jdbi(), new LogicalHandOver(options, database.jdbi(), relations, this::identity));
    }

    @Override
    public Replay replay() {
        return Replay.FROM_POSITION;
    }

    @Override
    public boolean carriesMessages() {
        return options.messages();
    }

    @Override
    public void run(@Nullable StartPoint start, ChangeSink sink) {
        requireNonNull(sink, "sink is null");
        if (!idle.tryAcquire()) {
            if (closing.isClosed()) {
                return;
            }
            throw new IllegalStateException("the source runs already");
        }
        try {
            try {
                capture(start, sink, false);
            } catch (HistoryDiverged e) {
                LOG.warn("{}: {}", options.name(), e.getMessage());
                capture(start, sink, true);
            }
        } catch (Exception e) {
            if (closing.isClosed()) {
                return;
            }
            if (PostgresFailure.isState(e, PostgresFailure.UNDEFINED_OBJECT)) {
                // The slot is older than the publication: the server looks it up in the catalog of that time.
                slotUnusable = options.create();
            }
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            throw PostgresFailure.of(e, options);
        } finally {
            capture = null;
            snapshots.endSilent();
            idle.release();
        }
    }

    private void capture(@Nullable StartPoint start, ChangeSink sink, boolean diverged) throws Exception {
        Capture run = new Capture(options, database, types, closing, sink);
        capture = run;
        run.run(start, diverged, slotUnusable, () -> slotUnusable = false);
    }

    @Override
    public void acknowledge(Checkpoint durable) {
        Capture run = capture;
        if (run != null) {
            run.acknowledge(durable.position().major());
        }
    }

    @Override
    public CheckResult check() {
        if (closing.isClosed()) {
            return CheckResult.failed("the source is closed");
        }
        Capture run = capture;
        return new Readiness(options, database).inspect(run == null ? 0 : run.process(), pool.isOwn());
    }

    @Override
    public SourceReport report() throws InterruptedException {
        if (closing.isClosed()) {
            return SourceReport.NONE;
        }
        SourceReport slot = slotWatch.report(capture != null);
        return slot.and(pool.figures());
    }

    @Override
    public List<Relation> relations() {
        if (closing.isClosed()) {
            throw new ChangecastException(ErrorCode.SOURCE_UNAVAILABLE, "the source is closed");
        }
        try {
            return relations.relations(identity());
        } catch (RuntimeException e) {
            throw PostgresFailure.of(e, options);
        }
    }

    @Override
    public Optional<SnapshotReader> snapshots() {
        return Optional.of(snapshots);
    }

    private @Nullable ServerIdentity identity() {
        Capture run = capture;
        return run == null ? null : run.identity();
    }

    @Override
    public void close() {
        if (closing.close()) {
            // A pool that is just connecting takes its time to close.
            Thread thread = new Thread(this::closePool, "changecast-" + options.name() + "-close");
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** After the run has let go of its connections; a pool that is just connecting takes its time, too. */
    private void closePool() {
        try {
            if (!idle.tryAcquire(2, TimeUnit.SECONDS)) {
                LOG.debug("{}: closing the pool under a run that has not ended", options.name());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        pool.close();
    }

    @Override
    public String toString() {
        return options.toString();
    }
}
