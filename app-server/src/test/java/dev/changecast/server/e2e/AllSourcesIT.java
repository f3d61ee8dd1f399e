package dev.changecast.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.mongo.standin.ReplicaSetStandIn;
import dev.changecast.redis.testing.RealRedis;
import dev.changecast.server.command.CommandLineRun;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.Message;
import dev.changecast.testing.TestClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * One server with all kinds of sources: PostgreSQL by logical decoding and, another database, by triggers; a stream of Redis
 * for everybody and one that is a queue; MongoDB, for which a stand-in answers. Each fails and recovers by itself.
 */
@ExtendWith(ServerLogs.class)
class AllSourcesIT {
    private static final Duration WITHIN = Duration.ofSeconds(120);
    private static final int SOME = 20;

    /** With the parts: PostgreSQL, Redis, MongoDB. */
    private static final String YAML = """
            history: { directory: history }
            limits: { heartbeat: 1s }
            sources:
              pg: { type: postgres, url: "%1$s/app", user: postgres, tables: [public.numbers], heartbeat: 500ms }
              archive:
                type: postgres
                mode: trigger
                url: "%1$s/archive"
                user: postgres
                tables: [public.numbers]
                heartbeat: 500ms
              feed: { type: redis-streams, url: "%2$s", streams: [feed], columns: [n integer], heartbeat: 500ms }
              jobs:
                type: redis-streams
                url: "%2$s"
                streams: [jobs]
                mode: work_queue
                columns: [n integer]
                heartbeat: 500ms
              mongo: { type: mongodb, url: "%3$s", fields: [app.numbers._id number, app.numbers.n number] }
            routes:
              - { from: pg/public.numbers, collection: pg, read: everyone }
              - { from: archive/public.numbers, collection: archive, read: everyone }
              - { from: feed/feed, collection: feed, read: everyone }
              - { from: jobs/jobs, collection: jobs, read: everyone }
              - { from: mongo/app.numbers, collection: mongo, read: everyone }
            """;

    private static final List<String> SOURCES = List.of("pg", "archive", "feed", "jobs", "mongo");

    @TempDir
    private static Path directory;

    private static TestPostgres postgres;
    private static RealRedis redis;
    private static ReplicaSetStandIn mongo;
    private static String yaml;
    private static int servers;

    private final Map<String, NumberWriter> writers = new LinkedHashMap<>();
    private final List<AutoCloseable> open = new ArrayList<>();
    private ServerProcess server;
    private NumberReader reader;

    @BeforeAll
    static void prepare() throws IOException {
        postgres = TestPostgres.start(directory.resolve("postgres"), Map.of());
        postgres.execute("CREATE DATABASE archive", "CREATE TABLE numbers (n bigint PRIMARY KEY)");
        postgres.executeIn("archive", "CREATE TABLE numbers (n bigint PRIMARY KEY)");
        redis = RealRedis.start("--appendonly", "yes", "--appendfsync", "always");
        mongo = ReplicaSetStandIn.started();
        mongo.run("app", "{create: 'numbers'}");
        yaml = YAML.formatted(
                "jdbc:postgresql://127.0.0.1:" + postgres.port(),
                redis.url(),
                // The driver looks for a primary for so long before it says that there is none.
                mongo.url("app").replace("TimeoutMS=5000", "TimeoutMS=1000"));
        Path file = Files.writeString(directory.resolve("changecast.yaml"), "auth: { anonymous: true }\n" + yaml);
        CommandLineRun install =
                CommandLineRun.of("postgres", "install", "archive", "--yes", "--config", file.toString());
        assertThat(install.exit()).as(install.err()).isZero();
    }

    @AfterAll
    static void stopDatabases() {
        mongo.close();
        redis.close();
        postgres.close();
    }

    /** A new server reads streams from their beginning, and a group hands out again what its last consumer owed. */
    @BeforeEach
    void emptyStreams() {
        try (RedisCommands commands = new RedisCommands(redis.port())) {
            commands.ask("DEL", "feed", "jobs");
        }
    }

    private void serve() {
        server = ServerProcess.start(directory.resolve("server-" + ++servers), yaml);
    }

    @AfterEach
    void stop() throws Exception {
        writers.values().forEach(NumberWriter::close);
        for (AutoCloseable each : open) {
            each.close();
        }
        server.close();
    }

    // ---- Numbers

    /** A table. The connection is made anew after a failure. */
    private final class Table implements NumberWriter.Place, AutoCloseable {
        private final String url;
        private Connection connection;

        Table(String database) {
            url = "jdbc:postgresql://127.0.0.1:" + postgres.port() + "/" + database + "?socketTimeout=10";
            open.add(this);
        }

        @Override
        public void write(long number) throws SQLException {
            if (connection == null) {
                connection = DriverManager.getConnection(url, "postgres", null);
            }
            try (Statement statement = connection.createStatement()) {
                statement.execute("INSERT INTO numbers VALUES (" + number + ") ON CONFLICT DO NOTHING");
            } catch (SQLException e) {
                close();
                throw e;
            }
        }

        @Override
        public void close() throws SQLException {
            if (connection != null) {
                connection.close();
                connection = null;
            }
        }
    }

    private static void add(String stream, long number) {
        try (RedisCommands commands = new RedisCommands(redis.port())) {
            commands.ask("XADD", stream, number + "-1", "n", Long.toString(number));
        } catch (UncheckedIOException e) {
            // Whether an id that was told before came through, the stream tells: it takes none twice.
            if (!String.valueOf(e.getMessage()).contains("equal or smaller")) {
                throw e;
            }
        }
    }

    private static void insert(long number) {
        // A second time it is an error in the answer.
        mongo.run(
                "app",
                "{insert: 'numbers', documents: [{_id: NumberLong('%1$d'), n: NumberLong('%1$d')}]}".formatted(number));
    }

    private void write(String source) {
        NumberWriter.Place place = switch (source) {
            case "pg" -> new Table(TestPostgres.DATABASE);
            case "archive" -> new Table("archive");
            case "mongo" -> AllSourcesIT::insert;
            default -> number -> add(source, number);
        };
        writers.put(source, NumberWriter.start(source, place));
    }

    private void assertAllCameOnceInOrder() {
        writers.values().forEach(NumberWriter::close);
        writers.forEach((source, writer) -> {
            long[] written = writer.written();
            reader.awaitCount(source, written.length);
            assertThat(reader.of(source).stream().mapToLong(Long::longValue).toArray())
                    .as(source)
                    .isEqualTo(written);
        });
        writers.clear();
        assertThat(server.logged()).doesNotContain("cannot continue").doesNotContain(" ERROR ");
    }

    // ---- States

    /** Waits until {@code /readyz} says that these have failed, each for a reason that has these words, and no others. */
    private void awaitFailed(Map<String, String> reasons) {
        try {
            Eventually.await("only " + reasons.keySet() + " to have failed", WITHIN, () -> {
                JsonNode answer = server.readyz();
                return answer != null
                        && answer.path("ready").asBoolean() == reasons.isEmpty()
                        && answer.path("sources").valueStream().allMatch(source -> isAsExpected(source, reasons));
            });
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "; /readyz says " + server.readyz(), e);
        }
        assertThat(states().entrySet())
                .as("welcome tells the same")
                .allMatch(
                        state -> state.getValue().equals(reasons.containsKey(state.getKey()) ? "failed" : "streaming"));
    }

    private static boolean isAsExpected(JsonNode source, Map<String, String> reasons) {
        String reason = reasons.get(source.path("name").asString());
        return reason == null
                ? source.path("ready").asBoolean()
                : source.path("state").asString().equals("failed")
                        && source.path("reason").asString().contains(reason);
    }

    /** As a client that connects now is told. */
    private Map<String, String> states() {
        TestClient client = TestClient.connect(server.webSocket());
        Message welcome = client.await("welcome");
        client.drop();
        Map<String, String> states = new HashMap<>();
        SOURCES.forEach(source -> states.put(source, String.valueOf(welcome.text("sources." + source + ".state"))));
        return states;
    }

    private interface Fault {
        void happen() throws Exception;
    }

    /** Lets some sources fail, looks at all, and lets these recover. */
    private void fail(Map<String, String> reasons, Fault fault, Fault end) throws Exception {
        int logged = server.logged().length();
        fault.happen();
        awaitFailed(reasons);
        Set<String> others = new HashSet<>(SOURCES);
        others.removeAll(reasons.keySet());
        Map<String, Integer> before = new HashMap<>();
        reasons.keySet().forEach(source -> before.put(source, reader.of(source).size()));
        others.forEach(source -> reader.awaitMore(source, SOME));
        before.forEach(
                (source, count) -> assertThat(reader.of(source)).as(source).hasSize(count));
        end.happen();
        reasons.keySet().forEach(source -> reader.awaitMore(source, SOME));
        awaitFailed(Map.of());
        String tells = server.logged().substring(logged);
        for (String source : SOURCES) {
            assertThat(tells.contains("Source " + source + " failed"))
                    .as("the log tells that %s failed", source)
                    .isEqualTo(reasons.containsKey(source));
        }
        reasons.forEach(
                (source, reason) -> assertThat(tells).contains(reason).contains("Source " + source + " goes on after"));
    }

    private static void allowConnections(String database, boolean allowed) {
        postgres.executeIn("postgres", "ALTER DATABASE " + database + " ALLOW_CONNECTIONS " + allowed);
        if (!allowed) {
            postgres.executeIn(
                    "postgres",
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '" + database + "'");
        }
    }

    private void failAlone(String source, String database) throws Exception {
        fail(
                Map.of(source, "not currently accepting connections"),
                () -> allowConnections(database, false),
                () -> allowConnections(database, true));
    }

    @Test
    void eachSourceFailsAndRecoversAloneAndItsClientMissesNothing() throws Exception {
        serve();
        awaitFailed(Map.of());
        reader = new NumberReader(server.webSocket());
        open.add(reader);
        for (String source : SOURCES) {
            reader.subscribe(source);
        }
        SOURCES.forEach(this::write);
        SOURCES.forEach(source -> reader.awaitMore(source, SOME));

        failAlone("pg", TestPostgres.DATABASE);
        failAlone("archive", "archive");
        String address = "127.0.0.1:" + postgres.port();
        fail(
                Map.of("pg", address + "/app", "archive", address + "/archive"),
                () -> postgres.stop(TestPostgres.Stop.IMMEDIATE, WITHIN),
                postgres::startAgain);
        fail(Map.of("feed", redis.url(), "jobs", redis.url()), redis::kill, redis::startAgain);
        fail(Map.of("mongo", "no primary or router answers at"), mongo::stop, mongo::start);

        assertAllCameOnceInOrder();
    }

    @Test
    void databasesThatAreMissingAtTheStartArePickedUpOneAfterTheOther() throws Exception {
        String address = "127.0.0.1:" + postgres.port();
        Map<String, String> missing = new HashMap<>(Map.of(
                "pg", "cannot reach the database at " + address + "/app",
                "archive", "cannot reach the database at " + address + "/archive",
                "feed", "cannot speak with the Redis at " + redis.url(),
                "jobs", "cannot speak with the Redis at " + redis.url(),
                "mongo", "no primary or router answers at"));
        postgres.stop(TestPostgres.Stop.FAST, WITHIN);
        redis.kill();
        mongo.stop();
        boolean databaseRuns = false;
        try {
            serve();
            awaitFailed(missing);
            reader = new NumberReader(server.webSocket());
            open.add(reader);

            redis.startAgain();
            serves(missing, "feed", "jobs");
            mongo.start();
            serves(missing, "mongo");
            databaseRuns = true;
            postgres.startAgain();
            serves(missing, "pg", "archive");
        } finally {
            if (!databaseRuns) {
                postgres.startAgain();
            }
        }
        assertAllCameOnceInOrder();
    }

    /** Waits until these are served, while those that are still missing are told. */
    private void serves(Map<String, String> missing, String... sources) {
        List.of(sources).forEach(missing::remove);
        awaitFailed(missing);
        for (String source : sources) {
            reader.subscribe(source);
            write(source);
        }
        writers.keySet().forEach(source -> reader.awaitMore(source, SOME));
    }
}
