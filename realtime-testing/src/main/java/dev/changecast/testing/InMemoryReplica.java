package dev.changecast.testing;

import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.CheckResult;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Replay;
import dev.changecast.api.source.SnapshotReader;
import dev.changecast.api.source.StartPoint;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Another source of an {@link InMemorySource}'s database. */
final class InMemoryReplica implements ChangeSource {
    private final InMemorySource database;
    private final InMemorySource.Life life = new InMemorySource.Life();

    InMemoryReplica(InMemorySource database) {
        this.database = database;
    }

    @Override
    public Replay replay() {
        return database.replay();
    }

    @Override
    public void run(@Nullable StartPoint start, ChangeSink sink) throws Exception {
        database.run(start, sink, life);
    }

    @Override
    public void acknowledge(Checkpoint durable) {
        database.acknowledge(durable);
    }

    @Override
    public CheckResult check() {
        return database.check();
    }

    @Override
    public List<Relation> relations() throws Exception {
        return database.relations();
    }

    @Override
    public Optional<SnapshotReader> snapshots() {
        return database.snapshots();
    }

    @Override
    public void close() {
        database.close(life);
    }
}
