package dev.changecast.testing;

import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.CheckResult;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Replay;
import dev.changecast.api.source.ResetReason;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.Snapshot;
import dev.changecast.api.source.SnapshotQuery;
import dev.changecast.api.source.SnapshotReader;
import dev.changecast.api.source.StartPoint;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What does everything as another one does it, but for what a flaw changes. */
final class Delegates {
    private Delegates() {}

    static class Source implements ChangeSource {
        final ChangeSource real;

        Source(ChangeSource real) {
            this.real = real;
        }

        @Override
        public Replay replay() {
            return real.replay();
        }

        @Override
        public void run(@Nullable StartPoint start, ChangeSink sink) throws Exception {
            real.run(start, sink);
        }

        @Override
        public void acknowledge(Checkpoint durable) {
            real.acknowledge(durable);
        }

        @Override
        public CheckResult check() {
            return real.check();
        }

        @Override
        public List<Relation> relations() throws Exception {
            return real.relations();
        }

        @Override
        public boolean carriesMessages() {
            return real.carriesMessages();
        }

        @Override
        public Optional<SnapshotReader> snapshots() {
            return real.snapshots();
        }

        @Override
        public void close() {
            real.close();
        }
    }

    static class Sink implements ChangeSink {
        final ChangeSink real;

        Sink(ChangeSink real) {
            this.real = real;
        }

        @Override
        public void opened(String epoch, Checkpoint from) {
            real.opened(epoch, from);
        }

        @Override
        public void reset(ResetReason reason, String epoch, Checkpoint from) {
            real.reset(reason, epoch, from);
        }

        @Override
        public boolean awaitRoom(Duration wait) throws InterruptedException {
            return real.awaitRoom(wait);
        }

        @Override
        public void begin(@Nullable String tx, Position position, Instant committedAt) {
            real.begin(tx, position, committedAt);
        }

        @Override
        public void change(
                long minor, Relation relation, Operation operation, @Nullable Row after, @Nullable Row before) {
            real.change(minor, relation, operation, after, before);
        }

        @Override
        public void commit(Checkpoint end) {
            real.commit(end);
        }

        @Override
        public void progress(Checkpoint at) {
            real.progress(at);
        }

        @Override
        public void fence(String id) {
            real.fence(id);
        }

        @Override
        public void waiting(String what) {
            real.waiting(what);
        }
    }

    static class Reader implements SnapshotReader {
        final SnapshotReader real;

        Reader(SnapshotReader real) {
            this.real = real;
        }

        @Override
        public Snapshot open(SnapshotQuery query) throws Exception {
            return real.open(query);
        }

        @Override
        public void raiseFence(String id) throws Exception {
            real.raiseFence(id);
        }
    }
}
