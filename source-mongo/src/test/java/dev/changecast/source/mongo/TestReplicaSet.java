package dev.changecast.source.mongo;

import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import dev.changecast.mongo.standin.ReplicaSetStandIn;
import dev.changecast.testing.FaultProxy;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.bson.BsonDocument;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;

/**
 * What tests run over: the real replica set that {@code MONGODB_URI} names, or else the stand-in, which sources reach
 * through a proxy.
 */
final class TestReplicaSet implements AutoCloseable {
    private static final @Nullable String REAL = System.getenv("MONGODB_URI");
    private static final AtomicInteger DATABASES = new AtomicInteger();

    private final @Nullable ReplicaSetStandIn standIn;
    private final @Nullable FaultProxy proxy;
    private final MongoClient client;

    private TestReplicaSet(@Nullable ReplicaSetStandIn standIn, @Nullable FaultProxy proxy, String url) {
        this.standIn = standIn;
        this.proxy = proxy;
        client = MongoClients.create(MongoClientSettings.builder()
                .applyConnectionString(new ConnectionString(url))
                .applyToClusterSettings(cluster -> cluster.serverSelectionTimeout(10, TimeUnit.SECONDS))
                .build());
    }

    static TestReplicaSet start() {
        if (REAL != null) {
            return new TestReplicaSet(null, null, REAL);
        }
        try {
            int port = ReplicaSetStandIn.freePort();
            FaultProxy proxy = FaultProxy.to(port);
            ReplicaSetStandIn standIn = ReplicaSetStandIn.startedBehind(port, proxy.port());
            // Writers go past the proxy.
            return new TestReplicaSet(standIn, proxy, "mongodb://127.0.0.1:" + port + "/?directConnection=true");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    boolean isReal() {
        return standIn == null;
    }

    /** The stand-in; a test that needs one is skipped over a real replica set. */
    ReplicaSetStandIn standIn() {
        Assumptions.assumeTrue(standIn != null, "a real replica set has no such faults to order");
        return Objects.requireNonNull(standIn);
    }

    FaultProxy proxy() {
        Assumptions.assumeTrue(proxy != null, "a replica set's members are not reached through a proxy");
        return Objects.requireNonNull(proxy);
    }

    MongoClient client() {
        return client;
    }

    /** A database that nobody has used. */
    String newDatabase() {
        return "changecast_" + ProcessHandle.current().pid() + "_" + DATABASES.incrementAndGet();
    }

    String url(String database) {
        if (standIn != null) {
            return standIn.url(database);
        }
        ConnectionString real = new ConnectionString(Objects.requireNonNull(REAL));
        String given = real.getConnectionString();
        String options = given.contains("?") ? given.substring(given.indexOf('?')) : "";
        String hosts = given.substring(0, given.indexOf("://") + 3)
                + given.substring(given.indexOf("://") + 3).replaceFirst("[/?].*", "");
        return hosts + "/" + database + options;
    }

    MongoCollection<BsonDocument> collection(String database, String name) {
        return client.getDatabase(database).getCollection(name, BsonDocument.class);
    }

    @Override
    public void close() {
        client.close();
        try {
            if (standIn != null) {
                standIn.close();
            }
            if (proxy != null) {
                proxy.close();
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
