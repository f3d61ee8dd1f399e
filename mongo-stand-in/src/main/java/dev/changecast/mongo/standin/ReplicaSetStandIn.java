package dev.changecast.mongo.standin;

import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import de.bwaldvogel.mongo.MongoServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import org.bson.BsonDocument;
import org.jspecify.annotations.Nullable;

/**
 * A stand-in for a MongoDB replica set of one member, on a port of 127.0.0.1, with the faults that tests want. It is not
 * MongoDB: what it shows is how the source behaves with a server that answers as the manuals say.
 */
public final class ReplicaSetStandIn implements AutoCloseable {
    private static final int WORKERS = 32;

    private final int port;
    private final int seenPort;
    private StandInBackend backend;
    private @Nullable MongoServer server;
    private @Nullable MongoClient shell;

    private ReplicaSetStandIn(int port, int seenPort) {
        this.port = port;
        this.seenPort = seenPort;
        backend = new StandInBackend(address());
        start();
    }

    public static ReplicaSetStandIn started() {
        int port = freePort();
        return new ReplicaSetStandIn(port, port);
    }

    /** One that calls itself by another port, behind which a proxy stands. */
    public static ReplicaSetStandIn startedBehind(int port, int proxyPort) {
        return new ReplicaSetStandIn(port, proxyPort);
    }

    /** A port that nobody uses. */
    public static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private String address() {
        return "127.0.0.1:" + seenPort;
    }

    /** A connection string for a database. */
    public String url(String database) {
        return "mongodb://" + address() + "/" + database + "?replicaSet=rs0&serverSelectionTimeoutMS=5000";
    }

    /** Runs a command, written as in the shell: {@code {insert: 'users', documents: [{_id: 1}]}}. */
    public void run(String database, String command) {
        shell().getDatabase(database).runCommand(BsonDocument.parse(command));
    }

    /** Runs commands that write as one transaction. */
    public void transaction(String database, String... commands) {
        try (ClientSession session = shell().startSession()) {
            session.startTransaction();
            for (String command : commands) {
                shell().getDatabase(database).runCommand(session, BsonDocument.parse(command));
            }
            session.commitTransaction();
        }
    }

    /** All documents of a collection, as relaxed Extended JSON. */
    public List<String> documents(String database, String collection) {
        List<String> documents = new ArrayList<>();
        shell().getDatabase(database)
                .getCollection(collection, BsonDocument.class)
                .find()
                .forEach(document -> documents.add(document.toJson()));
        return documents;
    }

    private synchronized MongoClient shell() {
        MongoClient client = shell;
        if (client == null) {
            client = MongoClients.create("mongodb://127.0.0.1:" + port + "/?directConnection=true");
            shell = client;
        }
        return client;
    }

    /** Starts it again where {@link #stop} has ended it, with everything that it had. */
    public void start() {
        MongoServer started = new MongoServer(backend);
        started.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1, WORKERS);
        server = started;
    }

    /** The server goes down. What it had is kept; open streams are not. */
    public void stop() {
        backend.change(backend::killStreams);
        MongoServer running = server;
        if (running != null) {
            running.shutdownNow();
            server = null;
        }
    }

    /** Another replica set, empty, in the place of this one. */
    public void replace() {
        stop();
        backend.end();
        backend = new StandInBackend(address());
        start();
    }

    /** The oplog has been too small: what has happened so far is not in it any more. */
    public void loseHistory() {
        backend.change(() -> {
            // Its last entry stays, and is to be none that somebody waits for.
            backend.oplog().tick();
            backend.oplog().shrink();
        });
    }

    /** As after the restore of a backup: so many of the last events have not happened. */
    public void restoreBackup(int eventsLost) {
        backend.change(() -> {
            backend.oplog().loseLast(eventsLost);
            backend.oplog().tick();
        });
    }

    /** Something has happened that streams do not show: time goes on. */
    public void passTime() {
        backend.change(() -> backend.oplog().tick());
    }

    /** Ends all cursors of streams, as an election does. */
    public void killStreams() {
        backend.change(backend::killStreams);
    }

    /** So many of the next commands of this name fail with this error. */
    public void fail(String command, int code, int times) {
        backend.change(() -> backend.fail(command, code, times));
    }

    /** As a server that is no member of a replica set. */
    public void standAlone() {
        backend.change(backend::alone);
    }

    /** As a server of an earlier version: 13 is MongoDB 5.0. */
    public void wireVersion(int version) {
        backend.change(() -> backend.wireVersion(version));
    }

    /** The cluster time of what was written last. */
    public long time() {
        return backend.time();
    }

    @Override
    public void close() {
        if (shell != null) {
            shell.close();
        }
        stop();
        backend.end();
    }
}
