package dev.changecast.source.postgres;

import static java.util.Objects.requireNonNull;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.CheckResult;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Preparation;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Replay;
import dev.changecast.api.source.SnapshotReader;
import dev.changecast.api.source.SourceReport;
import dev.changecast.api.source.StartPoint;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Captures committed changes from the table that triggers write. */
final class TriggerSource implements ModalSource {
    private static final Logger LOG = LoggerFactory.getLogger(TriggerSource.class);

    private final PostgresOptions options;
    private final SourcePool pool;
    private final Database database;
    private final TypeCatalog types;
    private final TriggerCatalog catalog;
    private final PostgresSnapshotReader snapshots;
    private final Fences fences = new Fences();
    private final SourceLife life;
    private final Set<String> uncaptured = new HashSet<>();

    private volatile @Nullable TriggerCapture capture;

    TriggerSource(PostgresOptions options, @Nullable DataSource given) {
        this.options = options;
        pool = new SourcePool(options, given);
        life = new SourceLife(options.name(), pool);
        database = new Database(pool, options);
        types = new TypeCatalog(database.jdbi(), options.bigintAsText());
        catalog = new TriggerCatalog(types, options);
        snapshots = new PostgresSnapshotReader(
                options, database.jdbi(), new TriggerHandOver(options, catalog, () -> capture));
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
                        types.forget();
                        TriggerCapture run = new TriggerCapture(options, types, life.closing(), sink, fences);
                        capture = run;
                        run.run(start);
                    } finally {
                        capture = null;
                        snapshots.endSilent();
                    }
                },
                e -> TriggerReadiness.failure(e, options));
    }

    @Override
    public void acknowledge(Checkpoint durable) {
        TriggerCapture run = capture;
        if (run != null) {
            run.acknowledge(durable.position().major());
        }
    }

    @Override
    public CheckResult check() {
        if (life.isClosed()) {
            return CheckResult.failed("the source is closed");
        }
        return new TriggerReadiness(options).inspect(database, catalog);
    }

    @Override
    public SourceReport report() {
        return life.isClosed() ? SourceReport.NONE : SourceReport.NONE.and(pool.figures());
    }

    @Override
    public List<Relation> relations() {
        life.requireOpen();
        try {
            TriggerCapture run = capture;
            Installation captured = run == null ? null : run.installation();
            List<TriggerCatalog.Captured> found = database.jdbi().withHandle(handle -> {
                Installation here = Installation.read(handle.getConnection());
                if (captured != null && (here == null || !here.id().equals(captured.id()))) {
                    throw new ChangecastException(
                            ErrorCode.SOURCE_UNAVAILABLE,
                            "the pool leads to another database than the one that changes are read from");
                }
                return catalog.read(handle, null, null);
            });
            warn(found);
            return found.stream()
                    .filter(TriggerCatalog.Captured::whole)
                    .map(table -> table.described().relation())
                    .toList();
        } catch (Exception e) {
            throw TriggerReadiness.failure(e, options);
        }
    }

    /** Says once of each table whose changes pass by that they do, and once that they no longer do. */
    private void warn(List<TriggerCatalog.Captured> found) {
        List<String> missing = TriggerReadiness.uncaptured(database.tables(), found);
        synchronized (uncaptured) {
            uncaptured.stream()
                    .filter(table -> !missing.contains(table))
                    .forEach(table -> LOG.info("{}: {} is captured", options.name(), table));
            uncaptured.retainAll(missing);
            missing.stream()
                    .filter(uncaptured::add)
                    .forEach(table -> LOG.warn(
                            "{}: {} lacks its triggers, so its changes are not told: {}",
                            options.name(),
                            table,
                            TriggerReadiness.INSTALL));
        }
    }

    @Override
    public Optional<SnapshotReader> snapshots() {
        return Optional.of(snapshots);
    }

    @Override
    public Optional<Preparation> preparation() {
        return Optional.of(new TriggerInstallation(options, database, catalog));
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
