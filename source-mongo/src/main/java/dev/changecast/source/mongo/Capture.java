package dev.changecast.source.mongo;

import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.ResetReason;
import dev.changecast.api.source.StartPoint;
import dev.changecast.source.mongo.StreamEvent.Batch;
import dev.changecast.source.mongo.StreamEvent.Change;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.bson.BsonDocument;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of the source. What has one cluster time is one transaction: a transaction of MongoDB has one for all that it
 * did, and strangers that share one were committed at once. It ends with the first event of another time, or when the
 * server has nothing more of it.
 */
final class Capture {
    private static final Logger LOG = LoggerFactory.getLogger(Capture.class);
    private static final Duration SILENCE = Duration.ofMinutes(1);
    private static final Duration ROOM_WAIT = Duration.ofMillis(100);
    private static final long PROGRESS_NANOS = 1_000_000_000;
    private static final int CHANGES_PER_ROOM = 256;

    private final MongoConnection connection;
    private final MongoOptions options;
    private final CollectionCatalog catalog;
    private final PendingFences fences;
    private final BooleanSupplier closing;
    private final ChangeSink sink;

    private boolean sharded;
    private long skipped;
    private ResumePoint point;
    /** The end of what was given, between two cluster times. */
    private Position end = Position.ZERO;

    /** The cluster time whose events come at present; 0 when none does. */
    private long time;
    /** The last one that was complete. */
    private long completed;

    /** How many places of {@link #time}, or of {@link #completed}, are taken. */
    private long places;

    private @Nullable BsonDocument timeToken;
    private boolean begun;
    private int sinceRoom;
    private long progressAt;

    /** Up to which cluster time everything was read; 0 before that is known. Written by the run alone. */
    private volatile long reached;

    Capture(
            MongoConnection connection,
            MongoOptions options,
            CollectionCatalog catalog,
            PendingFences fences,
            BooleanSupplier closing,
            ChangeSink sink) {
        this.connection = connection;
        this.options = options;
        this.catalog = catalog;
        this.fences = fences;
        this.closing = closing;
        this.sink = sink;
        this.point = new ResumePoint(null, null, null);
    }

    /**
     * @param lost why the run before could not go on; null when nothing is known
     * @param opened called when the stream is open, just before the engine is told: it may ask for rows at once
     * @throws CancellationException when the source was closed before
     */
    void run(@Nullable StartPoint start, @Nullable ResetReason lost, Opened opened) throws Exception {
        String database = options.onlyDatabase();
        try (StreamThread thread = new StreamThread(options, closing)) {
            Deployment deployment = thread.call(() -> Deployment.ask(connection, options));
            sharded = deployment.sharded();
            long present = thread.call(() -> connection.present(sharded, database == null ? "admin" : database));
            String history = deployment.epoch(database == null ? "*" : database);
            Opening opening = Opening.decide(start, history, present, lost);
            ChangeStream stream = new ChangeStream(connection, options, deployment, catalog);
            try {
                Batch first = begin(thread, stream, start, opening, history, present, () -> opened.with(deployment));
                read(thread, stream, first);
            } finally {
                // Or the server would keep the cursor for another ten minutes.
                thread.submit(() -> {
                    stream.close();
                    return true;
                });
            }
        }
    }

    /** Resumes where the log ends, if the server does that, and tells the engine where it is. */
    private Batch begin(
            StreamThread thread,
            ChangeStream stream,
            @Nullable StartPoint start,
            Opening opening,
            String history,
            long present,
            Runnable opened)
            throws Exception {
        try {
            Batch first = thread.call(() -> resume(stream, opening.point()));
            opened.run();
            open(opening);
            return first;
        } catch (Exception e) {
            if (start == null || opening.reset() != null || !MongoFailure.isFinal(e)) {
                throw e;
            }
            LOG.debug("{}: the server does not go on from the start point", options.name(), e);
            Opening anew = Opening.reset(reason(e), start, history, present);
            Batch first = thread.call(() -> resume(stream, anew.point()));
            opened.run();
            open(anew);
            return first;
        }
    }

    /** Up to which cluster time everything was read; 0 before that is known. Any thread. */
    long reached() {
        return reached;
    }

    /** Told what the run reads from. */
    interface Opened {
        void with(Deployment deployment);
    }

    /** Why a log cannot go on, by what the server says to its resume token. */
    static ResetReason reason(Throwable failure) {
        return switch (MongoFailure.code(failure)) {
            case MongoFailure.STREAM_FATAL, MongoFailure.BAD_RESUME_TOKEN -> ResetReason.EPOCH_CHANGED;
            default -> ResetReason.SLOT_LOST;
        };
    }

    /** Opens the stream and reads what comes first, since a server looks at a token no sooner than it reads. */
    private static Batch resume(ChangeStream stream, ResumePoint point) {
        if (point.since() != null) {
            stream.open(point.since());
            return stream.next();
        }
        BsonDocument event = point.event();
        BsonDocument latest = point.latest();
        if (event != null) {
            try {
                stream.open(event);
                return stream.next();
            } catch (RuntimeException e) {
                if (MongoFailure.code(e) != MongoFailure.HISTORY_LOST || latest == null || latest.equals(event)) {
                    throw e;
                }
                // The event has left the oplog; what came after it may still be there.
            }
        }
        if (latest == null) {
            throw new IllegalStateException("a resume point without a token");
        }
        stream.open(latest);
        return stream.next();
    }

    private void open(Opening opening) {
        point = opening.point();
        skipped = opening.skipped();
        end = opening.from().position();
        if (end.minor() > 0) {
            completed = end.major();
            places = end.minor() / 2;
        }
        if (opening.reset() == null) {
            sink.opened(opening.epoch(), opening.from());
        } else {
            fences.clear();
            LOG.warn("{}: cannot continue ({}), goes on from {}", options.name(), opening.reset(), end);
            sink.reset(opening.reset(), opening.epoch(), opening.from());
        }
    }

    private void read(StreamThread thread, ChangeStream stream, Batch first) throws Exception {
        Batch batch = first;
        while (!closing.getAsBoolean()) {
            Future<Batch> ahead = batch.endsStream() ? null : thread.submit(stream::next);
            for (StreamEvent event : batch.events()) {
                give(event);
            }
            arrived(batch);
            if (ahead == null) {
                BsonDocument token =
                        batch.events().get(batch.events().size() - 1).token();
                ahead = thread.submit(() -> {
                    stream.open(token);
                    return stream.next();
                });
            }
            batch = thread.await(ahead, SILENCE);
        }
    }

    private void give(StreamEvent event) throws InterruptedException {
        if (event.clusterTime() <= skipped) {
            point = point.afterEvent(event.token());
            return;
        }
        if (event.clusterTime() != time) {
            complete();
            fences.passed(raised -> raised < event.clusterTime(), sink::fence);
            // A straggler of a time that seemed to be complete takes the places behind it.
            places = event.clusterTime() == completed ? places : 0;
            time = event.clusterTime();
        }
        long place = places;
        places += event.places();
        timeToken = event.token();
        for (Change change : event.changes()) {
            if (!begun) {
                awaitRoom();
                sink.begin(ClusterTime.name(time), beginning(place), event.committedAt());
                begun = true;
            } else if (++sinceRoom >= CHANGES_PER_ROOM) {
                awaitRoom();
            }
            place++;
            sink.change(2 * place, change.relation(), change.operation(), change.after(), change.before());
        }
    }

    /** The same whatever is captured of it, but for a straggler. */
    private Position beginning(long place) {
        return time == completed ? new Position(time, 2 * place + 1) : new Position(time, 1);
    }

    /** The whole of a batch was given; nothing of it means that nothing came for a while. */
    private void arrived(Batch batch) {
        OptionalLong told = batch.token() == null ? OptionalLong.empty() : ClusterTime.ofToken(batch.token());
        boolean empty = batch.events().isEmpty();
        if (time != 0 && (empty && !sharded || told.isPresent() && told.getAsLong() > time)) {
            complete();
        }
        if (time != 0 || batch.token() == null) {
            return;
        }
        // A member of a replica set has told everything up to its latest time; a router may get more of it from a
        // shard.
        long reached = Math.max(completed, told.orElse(0));
        this.reached = reached;
        if (empty) {
            fences.passed(raised -> sharded ? raised < reached : raised <= reached, sink::fence);
            point = point.reached(batch.token());
        }
        if (System.nanoTime() - progressAt >= PROGRESS_NANOS) {
            progressAt = System.nanoTime();
            // Everything before this time has been told; of the time itself something may follow.
            Position position = new Position(told.orElse(0), 0);
            end = position.isAfter(end) ? position : end;
            sink.progress(new Checkpoint(end, point.text()));
        }
    }

    private void complete() {
        if (time == 0 || timeToken == null) {
            return;
        }
        point = point.afterEvent(timeToken);
        Position position = new Position(time, 2 * places + 1);
        end = position.isAfter(end) ? position : end;
        if (begun) {
            sink.commit(new Checkpoint(end, point.text()));
            begun = false;
        }
        completed = time;
        time = 0;
    }

    private void awaitRoom() throws InterruptedException {
        sinceRoom = 0;
        while (!sink.awaitRoom(ROOM_WAIT)) {
            if (closing.getAsBoolean()) {
                throw new CancellationException("the source is being closed");
            }
        }
    }
}
