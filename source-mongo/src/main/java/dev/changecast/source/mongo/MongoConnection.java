package dev.changecast.source.mongo;

import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.ReadPreference;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.SourceFigure;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/** The driver's client: the one that was given, or one of our own, made when it is first needed. Thread-safe. */
final class MongoConnection implements AutoCloseable {
    private static final long SELECTION_SECONDS = 10;

    private final MongoOptions options;
    private final @Nullable MongoClient given;
    private final ConnectionCount connections = new ConnectionCount();
    private @Nullable MongoClient own;
    private boolean closed;

    MongoConnection(MongoOptions options, @Nullable MongoClient given) {
        this.options = options;
        this.given = given;
    }

    synchronized MongoClient client() {
        if (closed) {
            throw new ChangecastException(ErrorCode.SOURCE_UNAVAILABLE, "the source is closed");
        }
        if (given != null) {
            return given;
        }
        if (own == null) {
            own = MongoClients.create(settings());
        }
        return own;
    }

    private MongoClientSettings settings() {
        MongoClientSettings.Builder settings = MongoClientSettings.builder();
        try {
            settings.applyConnectionString(new ConnectionString(options.connectionString()));
        } catch (IllegalArgumentException e) {
            // Only the name service could tell, and what the driver says may hold the password.
            throw new ChangecastException(
                    ErrorCode.SOURCE_UNAVAILABLE,
                    "the name service gives no servers for " + options.address() + ", or an option in url is wrong");
        }
        if (!options.urlSets("appName")) {
            settings.applicationName("changecast-" + options.name());
        }
        if (!options.urlSets("serverSelectionTimeoutMS")) {
            settings.applyToClusterSettings(
                    cluster -> cluster.serverSelectionTimeout(SELECTION_SECONDS, TimeUnit.SECONDS));
        }
        settings.applyToConnectionPoolSettings(pool -> pool.addConnectionPoolListener(connections));
        return settings.build();
    }

    /** Those to the servers; nothing where the client was given. */
    List<SourceFigure> figures() {
        return given == null ? connections.figures() : List.of();
    }

    /** The answer of the primary, or of a router, to a command. */
    BsonDocument command(String database, BsonDocument command) {
        return client().getDatabase(database)
                .withCodecRegistry(MongoClientSettings.getDefaultCodecRegistry())
                .runCommand(command, ReadPreference.primary(), BsonDocument.class);
    }

    /**
     * A time at or after that of everything committed before this call.
     *
     * @param sharded whether all shards have to be asked, as a router's own clock may be behind theirs
     */
    long present(boolean sharded, String database) {
        if (sharded) {
            BsonDocument answer = command(database, new BsonDocument("dbStats", new BsonInt32(1)));
            BsonValue clock = answer.get("$clusterTime");
            if (clock != null && clock.isDocument() && clock.asDocument().isTimestamp("clusterTime")) {
                return ClusterTime.of(clock.asDocument().getTimestamp("clusterTime"));
            }
        }
        BsonDocument answer = command("admin", new BsonDocument("ping", new BsonInt32(1)));
        if (!answer.isTimestamp("operationTime")) {
            throw new ChangecastException(
                    ErrorCode.SOURCE_NOT_READY,
                    "the server at " + options.address() + " tells no operation time; " + Deployment.WANTED);
        }
        return ClusterTime.of(answer.getTimestamp("operationTime"));
    }

    /** The text of a field of an answer; null when it has none. */
    static @Nullable String text(BsonDocument answer, String field) {
        return answer.get(field) instanceof BsonString text ? text.getValue() : null;
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (own != null) {
            own.close();
        }
    }
}
