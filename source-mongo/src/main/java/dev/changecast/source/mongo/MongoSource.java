package dev.changecast.source.mongo;

import static java.util.Objects.requireNonNull;

import com.mongodb.client.MongoClient;
import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.CheckResult;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Replay;
import dev.changecast.api.source.ResetReason;
import dev.changecast.api.source.SnapshotReader;
import dev.changecast.api.source.SourceReport;
import dev.changecast.api.source.StartPoint;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Captures committed changes of a MongoDB replica set or sharded cluster (5.0 or later) from a change stream, in the order
 * of cluster times. Writes nothing to it.
 */
public final class MongoSource implements ChangeSource {
    private static final Logger LOG = LoggerFactory.getLogger(MongoSource.class);
    private static final long CLOSE_SECONDS = 2;

    private final MongoOptions options;
    private final MongoConnection connection;
    private final CollectionCatalog catalog;
    private final PendingFences fences = new PendingFences();
    private final MongoSnapshotReader snapshots;
    private final StreamWatch watch;

    /** Held by the run, and by nobody when there is none. */
    private final Semaphore idle = new Semaphore(1);

    private volatile boolean closed;
    private volatile @Nullable Deployment deployment;
    private volatile @Nullable Capture capture;

    /** Why the last run could not go on, until the engine was told; used by the runs' thread. */
    private @Nullable ResetReason lost;

    MongoSource(MongoOptions options, @Nullable MongoClient given) {
        this.options = options;
        connection = new MongoConnection(options, given);
        catalog = new CollectionCatalog(connection, options);
        watch = new StreamWatch(connection, options);
        snapshots = new MongoSnapshotReader(connection, options, catalog, fences, () -> deployment);
    }

    public static MongoSourceBuilder builder() {
        return new MongoSourceBuilder();
    }

    @Override
    public Replay replay() {
        return Replay.FROM_POSITION;
    }

    @Override
    public void run(@Nullable StartPoint start, ChangeSink sink) {
        requireNonNull(sink, "sink is null");
        if (!idle.tryAcquire()) {
            if (closed) {
                return;
            }
            throw new IllegalStateException("the source runs already");
        }
        try {
            Capture run = new Capture(connection, options, catalog, fences, () -> closed, sink);
            capture = run;
            run.run(start, lost, reads -> {
                lost = null;
                deployment = reads;
            });
        } catch (Exception e) {
            if (closed) {
                return;
            }
            if (MongoFailure.isFinal(e)) {
                lost = Capture.reason(e);
            }
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            throw MongoFailure.of(e, options);
        } finally {
            deployment = null;
            capture = null;
            idle.release();
        }
    }

    /** Nothing to do: a server keeps its oplog by time and size, whoever has read it. */
    @Override
    public void acknowledge(Checkpoint durable) {}

    @Override
    public CheckResult check() {
        if (closed) {
            return CheckResult.failed("the source is closed");
        }
        return new Readiness(connection, options, catalog).inspect();
    }

    @Override
    public SourceReport report() {
        if (closed) {
            return SourceReport.NONE;
        }
        Capture run = capture;
        return watch.report(deployment, run == null ? 0 : run.reached());
    }

    @Override
    public List<Relation> relations() {
        if (closed) {
            throw new ChangecastException(ErrorCode.SOURCE_UNAVAILABLE, "the source is closed");
        }
        try {
            return catalog.relations();
        } catch (RuntimeException e) {
            throw MongoFailure.of(e, options);
        }
    }

    @Override
    public Optional<SnapshotReader> snapshots() {
        return Optional.of(snapshots);
    }

    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        // The driver waits for what is under way.
        Thread thread = new Thread(this::closeConnection, "changecast-" + options.name() + "-close");
        thread.setDaemon(true);
        thread.start();
    }

    private void closeConnection() {
        try {
            if (!idle.tryAcquire(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                LOG.debug("{}: closing the client under a run that has not ended", options.name());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        connection.close();
    }

    @Override
    public String toString() {
        return options.toString();
    }
}
