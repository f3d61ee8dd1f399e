package dev.changecast.server.oracle;

import dev.changecast.server.e2e.FreePort;
import dev.changecast.server.e2e.RedisCommands;
import dev.changecast.server.e2e.ServerProcess;
import dev.changecast.testing.FaultProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import redis.embedded.RedisServer;
import tools.jackson.databind.node.ObjectNode;

/** Streams of a real Redis whose entries say what becomes of rows: the rows are what all entries together make of them. */
final class RedisLedger implements Ledger {
    private static final String YAML = SETTINGS + """
            sources:
              feed:
                type: redis-streams
                url: redis://127.0.0.1:%d
                streams: [%s]
                columns: [row, n integer, kind]
                operation: op
                key: [row]
                collection_field: of
                collections: [row]
                heartbeat: 500ms
                timeout: 1s
                mode: %s
            routes:
              - { from: feed/row, read: everyone }
            """;

    /** In the place of a number. */
    private static final String POISON = "many";

    private final Path directory;
    private final int port = FreePort.get();
    private final List<String> streams;
    private final FaultProxy database;
    private final ServerProcess server;
    private final FaultProxy clients;
    private RedisServer redis;

    /** @param mode {@code fan_out} or {@code work_queue} */
    RedisLedger(Path directory, String mode, String... streams) throws IOException {
        this.directory = Files.createDirectories(directory.resolve("redis"));
        this.streams = List.of(streams);
        redis = run();
        database = FaultProxy.to(port);
        String named = "\"" + String.join("\",\"", streams) + "\"";
        server = ServerProcess.start(directory.resolve("server"), YAML.formatted(database.port(), named, mode))
                .awaitReady();
        clients = FaultProxy.to(server.port());
    }

    private RedisServer run() throws IOException {
        RedisServer started = RedisServer.newRedisServer()
                .port(port)
                .setting("bind 127.0.0.1")
                .setting("dir " + directory)
                .setting("save \"\"")
                .setting("appendonly yes")
                .setting("appendfsync always")
                .build();
        started.start();
        return started;
    }

    @Override
    public String source() {
        return "feed";
    }

    @Override
    public ServerProcess server() {
        return server;
    }

    @Override
    public FaultProxy database() {
        return database;
    }

    @Override
    public FaultProxy clients() {
        return clients;
    }

    @Override
    public void endConnections() {
        try (RedisCommands commands = new RedisCommands(port)) {
            commands.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        }
    }

    @Override
    public void restartDatabase() throws IOException {
        redis.stop();
        redis = run();
    }

    @Override
    public String key() {
        return "row";
    }

    @Override
    public boolean isDatabase() {
        return false;
    }

    @Override
    public Session connect() {
        RedisCommands commands = new RedisCommands(port);
        return new Session() {
            @Override
            public void insert(String key, String kind) {
                add("insert", key, 1, kind);
            }

            @Override
            public void update(String key, int n, String kind) {
                add("update", key, n, kind);
            }

            @Override
            public void delete(String key) {
                commands.ask("XADD", streamOf(key), "*", "of", COLLECTION, "op", "delete", "row", key);
            }

            @Override
            public void poison(String key) {
                add("update", key, POISON, "poison");
            }

            private void add(String operation, String key, int n, String kind) {
                add(operation, key, Integer.toString(n), kind);
            }

            private void add(String operation, String key, String n, String kind) {
                commands.ask(
                        "XADD",
                        streamOf(key),
                        "*",
                        "of",
                        COLLECTION,
                        "op",
                        operation,
                        "row",
                        key,
                        "n",
                        n,
                        "kind",
                        kind);
            }

            @Override
            public void close() {
                commands.close();
            }
        };
    }

    /** What happens to one row is in one stream, as between two there is no order. */
    private String streamOf(String key) {
        return streams.get(Math.floorMod(key.hashCode(), streams.size()));
    }

    @Override
    public Map<String, ObjectNode> rows(String collection) {
        Map<String, ObjectNode> rows = new TreeMap<>();
        try (RedisCommands commands = new RedisCommands(port)) {
            for (String stream : streams) {
                for (Object entry : (List<?>) Objects.requireNonNull(commands.ask("XRANGE", stream, "-", "+"))) {
                    List<?> parts = (List<?>) entry;
                    apply(parts.get(0).toString(), (List<?>) parts.get(1), rows);
                }
            }
        }
        return rows;
    }

    private static void apply(String id, List<?> fields, Map<String, ObjectNode> rows) {
        Map<String, String> values = new TreeMap<>();
        for (int i = 0; i < fields.size(); i += 2) {
            values.put(fields.get(i).toString(), fields.get(i + 1).toString());
        }
        if (POISON.equals(values.get("n"))) {
            return;
        }
        String key = "\"" + values.get("row") + "\"/";
        if ("delete".equals(values.get("op"))) {
            rows.remove(key);
            return;
        }
        ObjectNode row = FollowingClient.JSON.createObjectNode();
        row.put("id", id).put("row", values.get("row"));
        row.put("n", Integer.parseInt(Objects.requireNonNull(values.get("n"))));
        row.put("kind", values.get("kind"));
        rows.put(key, row);
    }

    /** How many entries were handed out by a group and not confirmed. */
    long unconfirmed(String group) {
        try (RedisCommands commands = new RedisCommands(port)) {
            long all = 0;
            for (String stream : streams) {
                List<?> pending = (List<?>) Objects.requireNonNull(commands.ask("XPENDING", stream, group));
                all += (Long) Objects.requireNonNull(pending.get(0));
            }
            return all;
        }
    }

    @Override
    public void close() throws IOException {
        clients.close();
        server.close();
        database.close();
        redis.stop();
    }
}
