package dev.changecast.bench.peer;

import dev.changecast.bench.load.Dialect;
import dev.changecast.bench.load.Outlet;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;

/** This project's server as one among those that publish. */
public final class ChangecastPeers {
    public static final Contestant DURABLE = new Contestant(
            "Changecast",
            "published over HTTP, answered once durable, kept for resuming",
            (home, directory) -> broadcasting(home, directory, ""));
    public static final Contestant EPHEMERAL = new Contestant(
            "Changecast, ephemeral",
            "published over HTTP, keeps nothing, like the others",
            (home, directory) -> broadcasting(home, directory, ",\"ephemeral\":true"));
    public static final Contestant ROOM = new Contestant(
            "Changecast, room",
            "published over HTTP into a room with members, answered once durable, kept for resuming",
            (home, directory) -> publishing(home, directory, "room:bench", "data_update", "", new Joined()));
    public static final Contestant DATABASE = new Contestant(
            "Changecast, database",
            "committed in PostgreSQL, captured, durable, kept for resuming",
            ChangecastPeers::capturing);

    static final String TABLE = "CREATE TABLE messages (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text)";

    private ChangecastPeers() {}

    private static Peer broadcasting(Path home, Path directory, String field) throws Exception {
        return publishing(home, directory, "broadcast", "data_update", field, new Welcomed());
    }

    private static Peer publishing(Path home, Path directory, String to, String type, String field, Dialect subscribers)
            throws Exception {
        Changecast server = Changecast.start(home, directory, Changecast.Options.publishing());
        return new HttpPeer(
                server.process(),
                server.address(),
                subscribers,
                "/api/publish",
                "Authorization: Bearer " + Changecast.API_KEY + "\r\n",
                "{\"to\":\"" + to + "\",\"type\":\"" + type + "\",\"content\":",
                field + "}");
    }

    private static Peer capturing(Path home, Path directory) throws Exception {
        Postgres postgres = Postgres.start(directory.resolve("postgres"), TABLE);
        try {
            Changecast server = Changecast.start(
                    home, directory.resolve("server"), Changecast.Options.capturing(postgres, "bench"));
            return new Capturing(postgres, server);
        } catch (Exception e) {
            postgres.close();
            throw e;
        }
    }

    /** A session that gets what is published to everybody needs to subscribe to nothing. */
    private static final class Welcomed implements ProtocolDialect {
        @Override
        public Reaction control(int client, String message) {
            return message.startsWith("{\"type\":\"welcome\"") ? Reaction.READY : Reaction.NONE;
        }
    }

    /** A member of the one room that there is. */
    private static final class Joined implements ProtocolDialect {
        @Override
        public List<String> opening(int client) {
            return List.of("{\"type\":\"join_room\",\"room\":\"bench\"}");
        }

        @Override
        public Reaction control(int client, String message) {
            if (message.startsWith("{\"type\":\"error\"")) {
                throw new IllegalStateException("client " + client + " was told: " + message);
            }
            return message.startsWith("{\"type\":\"room_joined\"") ? Reaction.READY : Reaction.NONE;
        }
    }

    private record Capturing(Postgres postgres, Changecast server) implements Peer {
        @Override
        public InetSocketAddress address() {
            return server.address();
        }

        @Override
        public Dialect dialect() {
            return Subscription.to("{\"type\":\"subscribe\",\"collection\":\"messages\",\"snapshot\":false}");
        }

        @Override
        public Outlet.Factory outlets(int bytes) {
            return () -> SqlOutlet.open(postgres, "messages", bytes);
        }

        @Override
        public ServerProcess process() {
            return server.process();
        }

        @Override
        public void close() throws IOException {
            server.close();
            postgres.close();
        }
    }
}
