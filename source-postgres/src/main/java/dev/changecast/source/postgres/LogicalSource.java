package dev.changecast.source.postgres;

import static java.util.Objects.requireNonNull;

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
    private final SourceLife life;
    private final SlotWatch slotWatch;

    private volatile @Nullable Capture capture;
    private volatile boolean slotUnusable;

    LogicalSource(PostgresOptions options, @Nullable DataSource given) {
        this.options = options;
        pool = new SourcePool(options, given);
        life = new SourceLife(options.name(), pool);
        database = new Database(pool, options);
        slotWatch = new SlotWatch(options, database, life.closing());
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
        life.run(
                () -> {
                    try {
                        capture(start, sink, false);
                    } catch (HistoryDiverged e) {
                        LOG.warn("{}: {}", options.name(), e.getMessage());
                        capture(start, sink, true);
                    } finally {
                        capture = null;
                        snapshots.endSilent();
                    }
                },
                this::failure);
    }

    private RuntimeException failure(Exception e) {
        if (PostgresFailure.isState(e, PostgresFailure.UNDEFINED_OBJECT)) {
            // The slot is older than the publication: the server looks it up in the catalog of that time.
            slotUnusable = options.create();
        }
        return PostgresFailure.of(e, options);
    }

    private void capture(@Nullable StartPoint start, ChangeSink sink, boolean diverged) throws Exception {
        Capture run = new Capture(options, database, types, life.closing(), sink);
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
        if (life.isClosed()) {
            return CheckResult.failed("the source is closed");
        }
        Capture run = capture;
        return new Readiness(options, database).inspect(run == null ? 0 : run.process(), pool.isOwn());
    }

    @Override
    public SourceReport report() throws InterruptedException {
        if (life.isClosed()) {
            return SourceReport.NONE;
        }
        SourceReport slot = slotWatch.report(capture != null);
        return slot.and(pool.figures());
    }

    @Override
    public List<Relation> relations() {
        life.requireOpen();
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
        life.close();
    }

    @Override
    public String toString() {
        return options.toString();
    }
}
