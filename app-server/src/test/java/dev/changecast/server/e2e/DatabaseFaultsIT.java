package dev.changecast.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.testing.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What databases do to a capture: they are away, refuse, crash, end connections, lose the slot. The server stays up. */
@ExtendWith(ServerLogs.class)
class DatabaseFaultsIT {
    private static final int TERMINATIONS = 4;

    /** With the parts: JDBC URL, user, slot. */
    private static final String YAML = """
            history: { directory: history }
            limits: { heartbeat: 3s }
            sources:
              pg: { type: postgres, url: "%s", user: %s, slot: %s, publication: %3$s, tables: [public.*], heartbeat: 500ms }
            routes:
              - { from: pg/public.*, read: everyone }
            """;

    @TempDir
    private static Path directory;

    private static TestPostgres postgres;

    private Path here;
    private String slot;
    private ServerProcess server;
    private int marks;

    @BeforeAll
    static void startDatabase() throws IOException {
        postgres = TestPostgres.start(directory.resolve("postgres"), Map.of());
        postgres.execute(Load.TABLES);
        postgres.execute(
                "CREATE ROLE limited LOGIN PASSWORD 'right'",
                "CREATE ROLE reader LOGIN",
                "GRANT CREATE ON DATABASE app TO reader",
                "CREATE TABLE without_identity (text text)",
                "INSERT INTO without_identity VALUES ('there')");
        Path access = directory.resolve("postgres/data/pg_hba.conf");
        Files.writeString(access, "host all limited 127.0.0.1/32 scram-sha-256\n" + Files.readString(access));
        postgres.execute("SELECT pg_reload_conf()");
    }

    @AfterAll
    static void stopDatabase() {
        postgres.close();
    }

    @AfterEach
    void stopServer() {
        if (server != null) {
            server.close();
        }
        // Slots hold back the database's own end.
        postgres.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active");
        postgres.execute("DELETE FROM events", "UPDATE counters SET n = 0", "DELETE FROM marks");
    }

    private ServerProcess start(TestInfo test, String user) {
        here = directory.resolve(test.getTestMethod().orElseThrow().getName());
        slot = "s" + Integer.toUnsignedString(here.hashCode(), 36);
        server = ServerProcess.start(here, YAML.formatted(postgres.url(), user, slot));
        return server;
    }

    @Test
    void aWrongPasswordIsSaidAndTriedAgainUntilItIsRight(TestInfo test) {
        start(test, "limited, password: not-the-one");
        server.awaitNotReady("refuses user limited: check user, password and pg_hba.conf");
        assertThat(server.logged()).doesNotContain("not-the-one");

        postgres.execute("ALTER ROLE limited PASSWORD 'not-the-one'");
        // It gets further, to what this role may not do.
        server.awaitNotReady("REPLICATION");
    }

    @Test
    void aRoleWithoutReplicationIsToldWhatItLacks(TestInfo test) {
        start(test, "reader");

        server.awaitNotReady("ALTER ROLE \\\"reader\\\" REPLICATION");
    }

    @Test
    void aDatabaseThatComesLaterIsWaitedFor(TestInfo test) {
        postgres.stop(TestPostgres.Stop.FAST, Duration.ofSeconds(20));
        try {
            start(test, "postgres");
            server.awaitNotReady("cannot reach the database at 127.0.0.1:" + postgres.port() + "/app as postgres");
            try (RecordingClient early =
                    RecordingClient.connect(server.webSocket()).expectErrors()) {
                early.subscribe("{\"collection\":\"events\",\"snapshot\":false}");
                assertThat(early.awaitError(4010)).contains("pg");
            }
        } finally {
            postgres.startAgain();
        }
        server.awaitReady();
        try (Watcher watcher = Watcher.of(server, null)) {
            writeSome(watcher);
        }
    }

    @Test
    void aCrashOfTheDatabaseUnderLoadLosesNothing(TestInfo test) {
        start(test, "postgres").awaitReady();
        try (Watcher watcher = Watcher.of(server, null);
                Load load = Load.startThatMayFail(postgres, 3, 10)) {
            watcher.awaitMore(50);
            postgres.stop(TestPostgres.Stop.IMMEDIATE, Duration.ofSeconds(20));
            server.awaitNotReady("the database at");
            postgres.startAgain();
            watcher.awaitMore(50);
            load.stop();
            assertAllSeen(watcher);
        }
    }

    @Test
    void theDatabasesOwnStopDoesNotWaitForTheCapture(TestInfo test) {
        start(test, "postgres").awaitReady();
        try (Watcher watcher = Watcher.of(server, null);
                Load load = Load.startThatMayFail(postgres, 3, 10)) {
            watcher.awaitMore(50);
            Duration took = postgres.stop(TestPostgres.Stop.FAST, Duration.ofSeconds(20));
            postgres.startAgain();
            watcher.awaitMore(50);
            load.stop();
            assertAllSeen(watcher);
            // A walsender that we kept waiting would hold it for a minute (wal_sender_timeout).
            assertThat(took).isLessThan(Duration.ofSeconds(10));
        }
    }

    @Test
    void aWalsenderEndedAgainAndAgainCostsTimeAlone(TestInfo test) {
        start(test, "postgres").awaitReady();
        try (Watcher watcher = Watcher.of(server, null);
                Load load = Load.start(postgres, 3, 10)) {
            for (int i = 0; i < TERMINATIONS; i++) {
                Eventually.await(
                        "a walsender to end",
                        Duration.ofSeconds(30),
                        () -> !postgres.query(
                                        "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = '"
                                                + slot + "' AND active")
                                .isEmpty());
                watcher.awaitMore(50);
            }
            load.stop();
            assertAllSeen(watcher);
        }
        server.awaitReady();
    }

    /** Drops a slot, whoever reads it, and however quickly that one comes back. */
    private static String drop(String slot) {
        return """
                DO $$ BEGIN
                  FOR i IN 1..1000 LOOP
                    BEGIN
                      PERFORM pg_terminate_backend(active_pid, 5000) FROM pg_replication_slots WHERE slot_name = '%1$s';
                      PERFORM pg_drop_replication_slot('%1$s');
                      RETURN;
                    EXCEPTION WHEN object_in_use THEN
                      PERFORM pg_sleep(0.001);
                    END;
                  END LOOP;
                  RAISE 'the slot %1$s is always in use';
                END $$""".formatted(slot);
    }

    @Test
    void aSlotThatIsDroppedIsMadeAnewAndClientsAreTold(TestInfo test) {
        start(test, "postgres").awaitReady();
        try (RecordingClient client = RecordingClient.connect(server.webSocket())) {
            Mirror events = client.subscribe("{\"collection\":\"events\",\"snapshot\":false}")
                    .partial();
            client.awaitReady();
            postgres.execute("INSERT INTO events (writer, part) VALUES (1, 1)");
            client.await("the first event", () -> events.applied().size() == 1);
            client.expectResets();
            postgres.execute(drop(slot), "INSERT INTO events (writer, part) VALUES (1, 2)");

            client.await("a reset", () -> client.resets().size() == 1);
            assertThat(client.resets().get(0).path("reason").asString()).isEqualTo("slot_lost");
            client.awaitReady();
            server.awaitReady();
            postgres.execute("INSERT INTO events (writer, part) VALUES (1, 3)");
            client.await(
                    "an event after the reset",
                    () -> events.applied().stream().anyMatch(change -> change.number("part") == 3));
        }
    }

    @Test
    void aTableWithoutIdentityIsLeftOutAndStaysWritable(TestInfo test) {
        start(test, "postgres").awaitReady();

        server.awaitLogged("without_identity has neither a primary key nor a replica identity");
        assertThat(server.logged()).contains("REPLICA IDENTITY FULL");
        postgres.execute("UPDATE without_identity SET text = 'changed'");
        try (Watcher watcher = Watcher.of(server, null)) {
            writeSome(watcher);
        }
    }

    @Test
    void oneSourceThatFailsLeavesTheOtherAlone(TestInfo test) {
        here = directory.resolve("two");
        server = ServerProcess.start(here, """
                history: { directory: history }
                sources:
                  pg: { type: postgres, url: "%s", user: postgres, slot: two, publication: two, heartbeat: 500ms }
                  away: { type: postgres, url: "jdbc:postgresql://127.0.0.1:%d/app", user: postgres }
                routes:
                  - { from: pg/public.*, read: everyone }
                  - { from: away/public.orders, read: everyone }
                """.formatted(postgres.url(), FreePort.get()));
        server.awaitNotReady("cannot reach the database");
        server.awaitLogged("Source pg begins at");
        try (Watcher watcher = Watcher.of(server, null);
                RecordingClient other =
                        RecordingClient.connect(server.webSocket()).expectErrors()) {
            other.subscribe("{\"collection\":\"orders\"}");
            assertThat(other.awaitError(4010)).contains("away");
            writeSome(watcher);
        }
    }

    @Test
    void whatTheDatabaseIsNotSetUpForIsSaidAndPickedUpOnceItIs(TestInfo test) {
        try (TestPostgres other = TestPostgres.start(
                directory.resolve("other"), Map.of("wal_level", "replica", "max_replication_slots", "1"))) {
            other.execute(Load.TABLES);
            here = directory.resolve("setup");
            server = ServerProcess.start(here, YAML.formatted(other.url(), "postgres", "first"));
            server.awaitNotReady("wal_level is replica, not logical: ALTER SYSTEM SET wal_level = 'logical'");

            other.stop(TestPostgres.Stop.FAST, Duration.ofSeconds(20));
            other.startAgain("wal_level", "logical");
            server.awaitReady();
            ServerProcess second =
                    ServerProcess.start(directory.resolve("second"), YAML.formatted(other.url(), "postgres", "second"));
            try (second) {
                second.awaitNotReady("all replication slots are in use");
                server.close();
                other.execute(drop("first"));
                second.awaitReady();
            }
        }
    }

    private void writeSome(Watcher watcher) {
        try (Load load = Load.start(postgres, 2, 10)) {
            watcher.awaitMore(10);
            load.stop();
        }
        assertAllSeen(watcher);
    }

    private void assertAllSeen(Watcher watcher) {
        postgres.execute("INSERT INTO marks VALUES (" + ++marks + ")");
        watcher.assertHasSeenEverythingOnce(postgres, marks);
    }
}
