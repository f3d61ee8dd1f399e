package dev.changecast.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.testing.Eventually;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import redis.embedded.RedisServer;

/**
 * Delivery is broken in several ways, and {@code /readyz} and the metrics say which. {@link DiskFullIT} breaks the log's disk.
 * One server for all: after each fault everything is well again.
 */
@ExtendWith(ServerLogs.class)
class DeliveryFaultsIT {
    private static final String YAML = """
            server: { port: %d, ready_within: 3s, metrics: everyone }
            auth: { anonymous: true }
            history: { directory: history }
            limits: { queue_bytes: 64KiB, heartbeat: 20s }
            sources:
              pg:
                type: postgres
                url: "%s"
                user: postgres
                heartbeat: 300ms
                create: false
                wal_budget: 16MiB
              feed: { type: redis-streams, url: "redis://127.0.0.1:%d", streams: [feed], columns: [text], heartbeat: 300ms }
            routes:
              - { from: pg/public.*, read: everyone }
              - { from: feed/feed, read: everyone }
            """;

    private static final String MAKE_SLOT = "SELECT pg_create_logical_replication_slot('changecast', 'pgoutput')";

    @TempDir
    private static Path directory;

    private static TestPostgres postgres;
    private static int redisPort;
    private static RedisServer redis;
    private static ServerProcess server;

    @BeforeAll
    static void start() throws IOException {
        postgres = TestPostgres.start(directory.resolve("postgres"), Map.of());
        postgres.execute(
                "CREATE TABLE events (id int PRIMARY KEY, text text)",
                "CREATE PUBLICATION changecast FOR TABLE events WITH (publish_via_partition_root = true)",
                MAKE_SLOT);
        redisPort = FreePort.get();
        startRedis();
        int port = FreePort.get();
        server = ServerProcess.startWith(
                        directory.resolve("server"), port, YAML.formatted(port, postgres.url(), redisPort))
                .awaitReady();
    }

    private static void startRedis() throws IOException {
        redis = RedisServer.newRedisServer()
                .port(redisPort)
                .setting("bind 127.0.0.1")
                .setting("save \"\"")
                .build();
        redis.start();
    }

    @AfterAll
    static void stop() throws IOException {
        server.close();
        postgres.close();
        redis.stop();
    }

    private static void awaitMetrics(String what, Predicate<Scrape> condition) {
        Eventually.await(
                "the metrics to tell of " + what,
                Duration.ofSeconds(30),
                () -> condition.test(Scrape.of(server.port(), "")));
    }

    /** The one is not ready, and the other is. */
    private static boolean isUnready(Scrape scrape, String source, String other) {
        return scrape.value("changecast_source_ready", "source", source) == 0
                && scrape.value("changecast_source_ready", "source", other) == 1;
    }

    private static boolean is(Scrape scrape, String source, String state) {
        return scrape.value("changecast_source_state", "source", source, "state", state) == 1;
    }

    @Test
    void aDatabaseThatIsAway() {
        postgres.stop(TestPostgres.Stop.FAST, Duration.ofSeconds(20));
        try {
            server.awaitNotReady("cannot reach the database at 127.0.0.1:" + postgres.port());
            awaitMetrics(
                    "a source that failed",
                    now -> isUnready(now, "pg", "feed")
                            && is(now, "pg", "failed")
                            && now.value("changecast_source_silence_seconds", "source", "pg") > 1);
        } finally {
            postgres.startAgain();
        }
        server.awaitReady();
        awaitMetrics(
                "a source that is well",
                now -> now.value("changecast_source_ready", "source", "pg") == 1
                        && now.value("changecast_source_failures_total", "source", "pg") > 0);
    }

    @Test
    void aRedisThatIsAway() throws IOException {
        redis.stop();
        try {
            server.awaitNotReady("127.0.0.1:" + redisPort);
            awaitMetrics("a source that failed", now -> isUnready(now, "feed", "pg") && is(now, "feed", "failed"));
        } finally {
            startRedis();
        }
        server.awaitReady();
    }

    @Test
    void aSlotThatIsGone() {
        postgres.execute("""
                DO $$ BEGIN
                  LOOP
                    BEGIN
                      PERFORM pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE active;
                      PERFORM pg_drop_replication_slot('changecast');
                      RETURN;
                    EXCEPTION WHEN object_in_use THEN
                      PERFORM pg_sleep(0.001);
                    END;
                  END LOOP;
                END $$""");
        server.awaitNotReady("slot changecast does not exist: SELECT pg_create_logical_replication_slot");
        awaitMetrics(
                "a slot that is lost",
                now -> isUnready(now, "pg", "feed") && now.value("changecast_postgres_slot_lost", "source", "pg") == 1);

        postgres.execute(MAKE_SLOT);

        server.awaitReady();
        awaitMetrics(
                "a log that began anew",
                now -> now.value("changecast_source_resets_total", "source", "pg", "reason", "slot_lost") > 0
                        && now.value("changecast_postgres_slot_lost", "source", "pg") == 0);
    }

    @Test
    void aCaptureThatStandsStill() throws Exception {
        String walsender = Objects.requireNonNull(
                postgres.query("SELECT active_pid FROM pg_replication_slots WHERE slot_name = 'changecast'")
                        .get(0));
        signal("STOP", walsender);
        try {
            // The database answers, its log grows, and nothing of it comes.
            server.awaitNotReady("is dead: nothing came for");
            awaitMetrics(
                    "a source that is silent",
                    now -> isUnready(now, "pg", "feed")
                            && now.value("changecast_source_silence_seconds", "source", "pg") > 1);
            for (int i = 0; i < 20; i++) {
                postgres.query("SELECT pg_logical_emit_message(false, 'filling', repeat('x', 1048576))::text");
            }
            awaitMetrics(
                    "WAL that the database has to keep",
                    now -> now.value("changecast_postgres_slot_retained_bytes", "source", "pg")
                            > now.value("changecast_postgres_slot_budget_bytes", "source", "pg"));
        } finally {
            signal("CONT", walsender);
        }
        server.awaitReady();
        server.awaitLogged("more than its budget of 16 MiB (wal_budget)");
    }

    @Test
    void aClientThatTakesNothing() throws IOException {
        try (SilentSocket slow = new SilentSocket(server.port(), "/ws")) {
            slow.send("{\"type\":\"subscribe\",\"collection\":\"events\",\"snapshot\":false}");
            awaitMetrics(
                    "a subscription",
                    now -> now.value("changecast_subscriptions") == 1
                            && now.value("changecast_subscriptions_preparing") == 0);
            postgres.execute(
                    "DELETE FROM events",
                    "INSERT INTO events SELECT n, repeat(md5(n::text), 30) FROM generate_series(1, 10000) AS n");

            awaitMetrics(
                    "a session that is behind",
                    now -> now.value("changecast_sessions_behind") == 1
                            && now.value("changecast_queue_longest_bytes") > 0
                            && now.value("changecast_source_ready", "source", "pg") == 1);
            // It delays nobody, so the server is ready.
            assertThat(Objects.requireNonNull(server.readyz()).path("ready").asBoolean())
                    .isTrue();
        }
        awaitMetrics(
                "messages that nobody took",
                now -> now.value("changecast_messages_dropped_total") > 0
                        && now.value("changecast_sessions_behind") == 0
                        && now.value("changecast_sessions", "transport", "websocket") == 0);
    }

    private static void signal(String name, String process) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-" + name, process).start().waitFor())
                .isZero();
    }
}
