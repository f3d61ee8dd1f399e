package dev.changecast.source.mongo;

import com.mongodb.MongoCommandException;
import com.mongodb.client.MongoClient;
import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonValue;

/**
 * What answers at the address, as far as it matters here.
 *
 * @param sharded whether it is the router of a sharded cluster, and not a member of a replica set
 * @param identity what tells its history from others: the id of the replica set or cluster where it may be read, or else
 *     the set's name
 * @param wireVersion the server's version as its protocol counts: 13 is MongoDB 5.0, 17 is 6.0, 21 is 7.0
 */
record Deployment(boolean sharded, String identity, int wireVersion) {
    /** What is needed, for messages. */
    static final String WANTED = "change streams need a replica set or a sharded cluster, of MongoDB 5.0 or later";

    private static final int OLDEST = 13;
    private static final int IMAGES = 17;
    private static final int SPLIT = 21;
    private static final int EPOCH_DIGITS = 12;

    /** Whether documents before and after changes can be asked for (6.0). */
    boolean hasImages() {
        return wireVersion >= IMAGES;
    }

    /** Whether events of more than 16 MiB can be asked for in parts (7.0; 6.0.9 tells no other version than 6.0.0). */
    boolean splitsEvents() {
        return wireVersion >= SPLIT;
    }

    /**
     * The epoch of its history, without what tells apart the histories that one deployment has had.
     *
     * @param scope what the stream is of, since it decides the places within a cluster time
     */
    String epoch(String scope) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] hash = digest.digest((identity + "\n" + scope).getBytes(StandardCharsets.UTF_8));
            return "m" + HexFormat.of().formatHex(hash).substring(0, EPOCH_DIGITS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /**
     * Asks the server.
     *
     * @throws ChangecastException for a server that has no change streams
     */
    static Deployment ask(MongoConnection connection, MongoOptions options) {
        BsonDocument hello = connection.command("admin", new BsonDocument("hello", new BsonInt32(1)));
        String set = MongoConnection.text(hello, "setName");
        boolean sharded = "isdbgrid".equals(MongoConnection.text(hello, "msg"));
        if (set == null && !sharded) {
            throw new ChangecastException(ErrorCode.SOURCE_NOT_READY, standalone(options));
        }
        int wireVersion = hello.getNumber("maxWireVersion", new BsonInt32(0)).intValue();
        if (wireVersion < OLDEST) {
            throw new ChangecastException(
                    ErrorCode.SOURCE_NOT_READY, "the server at " + options.address() + " is too old: " + WANTED);
        }
        String identity = sharded ? cluster(connection.client()) : "set " + set + " " + replicaSetId(connection);
        return new Deployment(sharded, identity, wireVersion);
    }

    static String standalone(MongoOptions options) {
        return "the server at " + options.address() + " stands alone, and " + WANTED
                + ": one server is enough of a replica set. Start it with --replSet rs0 (in mongod.conf:"
                + " replication.replSetName), then call rs.initiate() once in mongosh";
    }

    private static String replicaSetId(MongoConnection connection) {
        try {
            BsonDocument answer = connection.command("admin", new BsonDocument("replSetGetConfig", new BsonInt32(1)));
            BsonValue id = answer.getDocument("config", new BsonDocument())
                    .getDocument("settings", new BsonDocument())
                    .get("replicaSetId");
            return id != null && id.isObjectId() ? id.asObjectId().getValue().toHexString() : "";
        } catch (MongoCommandException e) {
            // It takes clusterMonitor to read; without it the name has to do, and resume tokens tell the rest.
            return "";
        }
    }

    private static String cluster(MongoClient client) {
        try {
            BsonDocument version = client.getDatabase("config")
                    .getCollection("version", BsonDocument.class)
                    .find(new BsonDocument("_id", new BsonInt32(1)))
                    .first();
            BsonValue id = version == null ? null : version.get("clusterId");
            return id != null && id.isObjectId() ? "cluster " + id.asObjectId().getValue() : "cluster";
        } catch (MongoCommandException e) {
            return "cluster";
        }
    }
}
