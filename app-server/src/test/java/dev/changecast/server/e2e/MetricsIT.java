package dev.changecast.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.testing.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import redis.embedded.RedisServer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a server with real sources tells Prometheus; and that the table, the alarms and the dashboard speak of the same. */
@ExtendWith(ServerLogs.class)
class MetricsIT {
    private static final String KEY = "metrics-key-of-the-test-0123456789";
    private static final Path REPOSITORY = Path.of("..");
    private static final Path TABLE = REPOSITORY.resolve("docs/metrics.md");
    private static final Path ALARMS = REPOSITORY.resolve("operations/prometheus-alarms.yaml");
    private static final Path DASHBOARD = REPOSITORY.resolve("operations/grafana-dashboard.json");

    private static final Pattern ROW = Pattern.compile("\\| `([a-z0-9_]+)` \\| (\\w+) \\| (.*?) \\| .+ \\|");

    /** What only servers have that the test's is not like: with MongoDB, with a limit for slots, for JVMs of another kind. */
    private static final Pattern ELSEWHERE =
            Pattern.compile("changecast_mongo_.*|changecast_postgres_slot_safe_bytes|jvm_gc_.*|jvm_buffer_.*");

    /** What is no metric in an expression. */
    private static final Set<String> WORDS = Set.of(
            "sum",
            "by",
            "rate",
            "increase",
            "max",
            "min",
            "avg",
            "and",
            "or",
            "unless",
            "on",
            "ignoring",
            "le",
            "absent",
            "histogram_quantile",
            "clamp_min",
            "without",
            "group_left",
            "max_over_time",
            "min_over_time",
            "delta",
            "changes",
            "time",
            "count",
            "topk",
            "deriv",
            "label_values");

    private static final String YAML = """
            server: { port: %d, ready_within: 5s }
            auth: { anonymous: true, api_keys: [%s] }
            history: { directory: history }
            sources:
              pg: { type: postgres, url: "%s", user: postgres, heartbeat: 500ms }
              feed:
                type: redis-streams
                url: redis://127.0.0.1:%d
                streams: ["feed:stream"]
                columns: [user_id, type, payload json]
                mode: work_queue
                group: "feed:consumers"
                heartbeat: 500ms
            redis_pubsub: { url: redis://127.0.0.1:%4$d }
            routes:
              - { from: pg/public.*, read: everyone }
              - { from: "feed/feed:stream", collection: activity, read: everyone }
            """;

    @TempDir
    private static Path directory;

    private static TestPostgres postgres;
    private static RedisServer redis;
    private static ServerProcess server;

    @BeforeAll
    static void start() throws IOException {
        postgres = TestPostgres.start(directory.resolve("postgres"), Map.of());
        postgres.execute("CREATE TABLE orders (id int PRIMARY KEY, text text)");
        int redisPort = FreePort.get();
        redis = RedisServer.newRedisServer()
                .port(redisPort)
                .setting("bind 127.0.0.1")
                .setting("save \"\"")
                .build();
        redis.start();
        int port = FreePort.get();
        server = ServerProcess.startWith(
                        directory.resolve("server"), port, YAML.formatted(port, KEY, postgres.url(), redisPort))
                .awaitReady();
        try (RedisCommands commands = new RedisCommands(redisPort)) {
            commands.ask("XADD", "feed:stream", "*", "user_id", "7", "type", "new_transaction", "payload", "{}");
        }
        try (RecordingClient client = RecordingClient.connect(server.webSocket())) {
            Mirror orders = client.subscribe("{\"collection\":\"orders\"}");
            client.awaitReady();
            postgres.execute("INSERT INTO orders SELECT n, 'text' FROM generate_series(1, 50) AS n");
            client.await("the orders", () -> orders.rows().size() == 50);
        }
        Eventually.await("both sources to have told of themselves", Duration.ofSeconds(30), () -> {
            Scrape now = Scrape.of(port, KEY);
            return now.has("changecast_postgres_slot_active", "source", "pg")
                    && now.has(
                            "redis_stream_pending",
                            "source",
                            "feed",
                            "stream",
                            "feed:stream",
                            "group",
                            "feed:consumers")
                    && now.value(
                                    "redis_stream_pending",
                                    "source",
                                    "feed",
                                    "stream",
                                    "feed:stream",
                                    "group",
                                    "feed:consumers")
                            == 0
                    && now.has("changecast_source_lag_bytes", "source", "pg");
        });
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
        postgres.close();
        redis.stop();
    }

    @Test
    void theyAreForWhoHasAKey() {
        assertThat(Scrape.get(server.port(), "").statusCode()).isEqualTo(401);
        assertThat(Scrape.get(server.port(), "some-other-key-0123456789").statusCode())
                .isEqualTo(401);
        assertThat(Scrape.get(server.port(), KEY).headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/plain; version=0.0.4"));
    }

    @Test
    void theyTellWhatHappened() {
        Scrape scrape = Scrape.of(server.port(), KEY);

        assertThat(scrape.value("changecast_source_changes_total", "source", "pg"))
                .isEqualTo(50);
        assertThat(scrape.value("changecast_source_delivered_total", "source", "pg"))
                .isEqualTo(50);
        assertThat(scrape.value("changecast_route_delivered_total", "route", "pg/public.*"))
                .isEqualTo(50);
        assertThat(scrape.value("changecast_commit_to_write_seconds_count", "source", "pg"))
                .isEqualTo(1);
        assertThat(scrape.value("websocket_connections_total")).isEqualTo(1);
        assertThat(scrape.value("changecast_source_ready", "source", "pg")).isEqualTo(1);
        assertThat(scrape.value("changecast_source_state", "source", "pg", "state", "streaming"))
                .isEqualTo(1);
        assertThat(scrape.value("redis_stream_length", "source", "feed", "stream", "feed:stream"))
                .isEqualTo(1);
        assertThat(scrape.value("redis_stream_consumer_lag_seconds", "source", "feed", "stream", "feed:stream"))
                .isZero();
        assertThat(scrape.value("changecast_postgres_slot_active", "source", "pg"))
                .isEqualTo(1);
        assertThat(scrape.value("changecast_redis_pubsub_subscribed")).isEqualTo(1);
        assertThat(scrape.value("jvm_threads_live_threads")).isPositive();
        assertThat(scrape.value("process_uptime_seconds")).isPositive();
    }

    @Test
    void theTableTellsOfAllOfThemAndOfNoOthers() throws IOException {
        Scrape scrape = Scrape.of(server.port(), KEY);
        Map<String, String> told = new TreeMap<>();
        Matcher rows = ROW.matcher(Files.readString(TABLE));
        while (rows.find()) {
            Set<String> labels = new TreeSet<>();
            Matcher label = Pattern.compile("`([a-z_]+)`").matcher(rows.group(3));
            while (label.find()) {
                labels.add(label.group(1));
            }
            told.put(rows.group(1), rows.group(2) + " " + labels);
        }
        Map<String, String> there = new TreeMap<>();
        scrape.types().forEach((name, type) -> there.put(name, type + " " + scrape.labels(name)));
        told.keySet().removeIf(name -> ELSEWHERE.matcher(name).matches() && !there.containsKey(name));
        there.keySet().removeIf(name -> ELSEWHERE.matcher(name).matches() && !told.containsKey(name));

        assertThat(told).isEqualTo(there);
        assertThat(scrape.types().keySet())
                .allSatisfy(name -> assertThat(scrape.help(name)).as(name).isNotBlank());
    }

    @Test
    void alarmsAskForWhatIsThere() throws IOException {
        Object file = new Load(LoadSettings.builder().build()).loadFromString(Files.readString(ALARMS));
        List<String> expressions = new ArrayList<>();
        for (Object group : list(map(file).get("groups"))) {
            for (Object rule : list(map(group).get("rules"))) {
                assertThat(map(rule)).containsKeys("alert", "expr", "labels", "annotations");
                assertThat(map(map(rule).get("annotations"))).containsKeys("summary", "description");
                expressions.add(String.valueOf(map(rule).get("expr")));
            }
        }
        assertThat(expressions).hasSizeGreaterThan(12).allSatisfy(MetricsIT::asksForWhatIsThere);
    }

    @Test
    void theDashboardAsksForWhatIsThere() throws IOException {
        JsonNode dashboard = new JsonMapper().readTree(Files.readString(DASHBOARD));
        List<String> expressions = new ArrayList<>();
        dashboard.findValues("expr").forEach(expression -> expressions.add(expression.asString()));

        assertThat(expressions).hasSizeGreaterThan(12).allSatisfy(MetricsIT::asksForWhatIsThere);
        assertThat(dashboard.path("title").asString()).isEqualTo("Changecast");
    }

    /** Takes away what stands in braces, brackets, quotes and after by; the names that are left have to be samples. */
    private static void asksForWhatIsThere(String expression) {
        Set<String> samples = Scrape.of(server.port(), KEY).samples();
        Matcher names = Pattern.compile("[a-zA-Z_][a-zA-Z0-9_]*")
                .matcher(expression
                        .replaceAll("\\{[^}]*}", " ")
                        .replaceAll("\\[[^]]*]", " ")
                        .replaceAll("\"[^\"]*\"", " ")
                        .replaceAll("\\b(by|without|on|ignoring|group_left) ?\\([^)]*\\)", " "));
        int found = 0;
        while (names.find()) {
            String name = names.group();
            if (!WORDS.contains(name) && !name.matches("e[0-9]+")) {
                assertThat(samples.contains(name) || ELSEWHERE.matcher(name).matches())
                        .as("%s in %s", name, expression)
                        .isTrue();
                found++;
            }
        }
        assertThat(found).as(expression).isPositive();
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(Object of) {
        return (Map<String, Object>) of;
    }

    private static Iterable<Object> list(Object of) {
        return Stream.of((List<?>) of).<Object>flatMap(List::stream).toList();
    }
}
