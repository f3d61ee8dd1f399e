package dev.changecast.source.mongo;

import com.mongodb.MongoException;
import com.mongodb.ReadPreference;
import com.mongodb.client.model.Projections;
import dev.changecast.api.source.SourceFigure;
import dev.changecast.api.source.SourceReport;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks from outside how far the change stream has come, and how far back the server could go. One thread. */
final class StreamWatch {
    private static final Logger LOG = LoggerFactory.getLogger(StreamWatch.class);

    /** Whoever may not read the oplog is not asked again at once. */
    private static final long PAUSE_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final MongoConnection connection;
    private final MongoOptions options;
    private @Nullable Long oldest;
    private long askedAt;

    StreamWatch(MongoConnection connection, MongoOptions options) {
        this.connection = connection;
        this.options = options;
    }

    /**
     * @param deployment what is read; null while nothing is
     * @param reached the cluster time up to which everything was read; 0 when that is not known
     */
    SourceReport report(@Nullable Deployment deployment, long reached) {
        if (deployment == null) {
            return SourceReport.NONE;
        }
        String database = options.onlyDatabase();
        long present = seconds(connection.present(deployment.sharded(), database == null ? "admin" : database));
        List<SourceFigure> figures = new ArrayList<>(connection.figures());
        List<String> problems = new ArrayList<>();
        long behind = reached == 0 ? 0 : Math.max(0, present - seconds(reached));
        figures.add(new SourceFigure(
                "changecast_mongo_behind_seconds",
                "How far what was read of the change stream is behind the server's clock.",
                behind));
        Long first = deployment.sharded() ? null : oldest();
        if (first != null) {
            long window = Math.max(0, present - seconds(first));
            figures.add(new SourceFigure(
                    "changecast_mongo_oplog_window_seconds", "How far back the server's oplog reaches.", window));
            if (behind > 60 && behind > window / 2) {
                problems.add("the change stream is read " + behind + " s behind, and the oplog reaches back " + window
                        + " s: what leaves it unread is lost, so make it larger (replSetResizeOplog), or see why this"
                        + " server does not keep up");
            }
        }
        return new SourceReport(figures, problems);
    }

    private static long seconds(long clusterTime) {
        return clusterTime >>> 32;
    }

    /** The oldest time in the oplog; null where we may not look. */
    private @Nullable Long oldest() {
        if (askedAt != 0 && System.nanoTime() - askedAt < PAUSE_NANOS) {
            return oldest;
        }
        askedAt = System.nanoTime();
        try {
            BsonDocument first = connection
                    .client()
                    .getDatabase("local")
                    .getCollection("oplog.rs", BsonDocument.class)
                    .withReadPreference(ReadPreference.primary())
                    .find()
                    .sort(new BsonDocument("$natural", new BsonInt32(1)))
                    .projection(Projections.include("ts"))
                    .first();
            oldest = first != null && first.isTimestamp("ts")
                    ? Long.valueOf(ClusterTime.of(first.getTimestamp("ts")))
                    : null;
        } catch (MongoException e) {
            oldest = null;
            LOG.debug("{}: the oplog cannot be looked at: {}", options.name(), e.getMessage());
        }
        return oldest;
    }
}
