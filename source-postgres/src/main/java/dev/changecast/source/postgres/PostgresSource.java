package dev.changecast.source.postgres;

import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.CheckResult;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Preparation;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Replay;
import dev.changecast.api.source.SnapshotReader;
import dev.changecast.api.source.SourceReport;
import dev.changecast.api.source.StartPoint;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Captures committed changes of a PostgreSQL database (14 or later): from a logical replication slot, in commit order, or
 * from a table that triggers write, in batches.
 *
 * <p>It holds two connections while it runs, made from the URL; catalog queries and snapshots go over the pool.
 */
public final class PostgresSource implements ChangeSource {
    private final ModalSource mode;

    PostgresSource(PostgresOptions options, @Nullable DataSource given) {
        mode = options.mode() == CaptureMode.TRIGGER
                ? new TriggerSource(options, given)
                : new LogicalSource(options, given);
    }

    public static PostgresSourceBuilder builder() {
        return new PostgresSourceBuilder();
    }

    @Override
    public Replay replay() {
        return mode.replay();
    }

    @Override
    public boolean carriesMessages() {
        return mode.carriesMessages();
    }

    @Override
    public void run(@Nullable StartPoint start, ChangeSink sink) {
        mode.run(start, sink);
    }

    @Override
    public void acknowledge(Checkpoint durable) {
        mode.acknowledge(durable);
    }

    @Override
    public CheckResult check() {
        return mode.check();
    }

    @Override
    public List<Relation> relations() {
        return mode.relations();
    }

    @Override
    public SourceReport report() throws Exception {
        return mode.report();
    }

    @Override
    public Optional<SnapshotReader> snapshots() {
        return mode.snapshots();
    }

    @Override
    public Optional<Preparation> preparation() {
        return mode.preparation();
    }

    @Override
    public void close() {
        mode.close();
    }

    @Override
    public String toString() {
        return mode.toString();
    }
}
