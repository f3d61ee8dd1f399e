package dev.changecast.server.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.server.e2e.ServerLogs;
import dev.changecast.server.e2e.ServerProcess;
import dev.changecast.server.e2e.TestPostgres.Stop;
import dev.changecast.testing.Eventually;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Where history cannot be continued, clients are told why: one that was connected and one that was away. Afterwards both
 * have the rows of the database.
 */
@ExtendWith(ServerLogs.class)
class ResetIT {
    private static final Duration WITHIN = Duration.ofSeconds(40);

    @TempDir
    private static Path directory;

    private static final int UNKNOWN_COLLECTION = 4002;

    private static Bank bank;
    private static int next = 1000;

    @BeforeAll
    static void start() throws Exception {
        bank = new Bank(directory);
    }

    @AfterAll
    static void stop() throws Exception {
        bank.close();
    }

    /** What happens to the database while the server does not reach it. */
    @FunctionalInterface
    private interface Event {
        void happen() throws Exception;
    }

    @Test
    void aDroppedSlotIsToldAsSlotLost() throws Exception {
        unseen("slot_lost", () -> {
            bank.postgres.query("SELECT pg_drop_replication_slot('changecast')::text");
            write();
        });
    }

    @Test
    void aSlotThatWasMadeAnewIsToldAsSlotLost() throws Exception {
        unseen("slot_lost", () -> {
            bank.postgres.query("SELECT pg_drop_replication_slot('changecast')::text");
            write();
            bank.postgres.query("SELECT pg_create_logical_replication_slot('changecast', 'pgoutput')::text");
            write();
        });
    }

    @Test
    void aSlotThatWasAdvancedByHandIsToldAsSlotLost() throws Exception {
        unseen("slot_lost", () -> {
            write();
            bank.postgres.query("SELECT pg_replication_slot_advance('changecast', pg_current_wal_lsn())::text");
            write();
        });
    }

    @Test
    void aSlotWhoseWalWasRemovedIsToldAsSlotLost() throws Exception {
        set("max_slot_wal_keep_size", "'1MB'");
        try {
            unseen("slot_lost", () -> {
                for (int i = 0; i < 5; i++) {
                    write();
                    bank.postgres.query("SELECT pg_switch_wal()::text");
                }
                Eventually.await("the slot to be invalid", WITHIN, () -> {
                    bank.postgres.execute("CHECKPOINT");
                    return bank.postgres
                            .query("SELECT wal_status FROM pg_replication_slots WHERE slot_name = 'changecast'")
                            .equals(List.of("lost"));
                });
            });
        } finally {
            set("max_slot_wal_keep_size", "-1");
        }
    }

    private static void set(String setting, String value) {
        bank.postgres.execute("ALTER SYSTEM SET " + setting + " = " + value);
        bank.postgres.query("SELECT pg_reload_conf()::text");
    }

    @Test
    void aDatabaseThatWasRestoredToAnEarlierStateIsToldAsAnotherEpoch() throws Exception {
        Path data = directory.resolve("postgres/data");
        Path backup = directory.resolve("backup");
        bank.postgres.stop(Stop.FAST, WITHIN);
        Directories.copy(data, backup);
        bank.postgres.startAgain();
        bank.server.awaitReady();
        write();
        unseen("epoch_changed", () -> {
            write();
            bank.postgres.stop(Stop.FAST, WITHIN);
            Directories.delete(data);
            Directories.copy(backup, data);
            bank.postgres.startAgain();
        });
    }

    @Test
    void aDatabaseThatWasRestoredAndHasOvertakenItsFormerSelfIsToldAsAnotherEpoch() throws Exception {
        Path data = directory.resolve("postgres/data");
        Path backup = directory.resolve("older");
        bank.postgres.stop(Stop.FAST, WITHIN);
        Directories.copy(data, backup);
        bank.postgres.startAgain();
        bank.server.awaitReady();
        unseen("epoch_changed", () -> {
            bank.postgres.stop(Stop.FAST, WITHIN);
            Directories.delete(data);
            Directories.copy(backup, data);
            bank.postgres.startAgain();
            bank.postgres.execute(
                    "INSERT INTO part SELECT 6, n, 'other', repeat('x', 1000) FROM generate_series(1, 2000) n");
            bank.postgres.query("SELECT pg_switch_wal()::text");
            write();
        });
    }

    @Test
    void aTableOfAnotherShapeIsToldAsItsChange() throws Exception {
        bank.postgres.execute(
                "CREATE TABLE shaped (id int PRIMARY KEY, a int, b text)", "INSERT INTO shaped VALUES (1, 1, 'x')");
        try (FollowingClient client = new FollowingClient("client", bank.address())) {
            Replica rows = client.explain("schema_changed"::equals)
                    .retryAfter(UNKNOWN_COLLECTION)
                    .subscribe("{\"collection\":\"shaped\",\"columns\":[\"id\",\"b\"]}");
            client.connect().awaitReady(WITHIN);
            bank.postgres.execute("ALTER TABLE shaped ALTER b TYPE int USING 7", "INSERT INTO shaped VALUES (2, 2, 5)");
            client.await("the reset", WITHIN, () -> client.resetsNow().contains("schema_changed"));
            client.await(
                    "the rows in their new shape",
                    WITHIN,
                    () -> client.isReady()
                            && rows.rows().keySet().equals(Set.of("1/", "2/"))
                            && rows.rows().get("1/").path("b").asInt() == 7);
        }
    }

    @Test
    void aTableThatWasDroppedIsToldAsItsChange() throws Exception {
        bank.postgres.execute("CREATE TABLE dropped (id int PRIMARY KEY)", "INSERT INTO dropped VALUES (1)");
        try (FollowingClient client = new FollowingClient("client", bank.address())) {
            client.explain("schema_changed"::equals)
                    .retryAfter(UNKNOWN_COLLECTION)
                    .subscribe("{\"collection\":\"dropped\"}");
            client.connect().awaitReady(WITHIN);
            bank.postgres.execute("DROP TABLE dropped");
            // Nothing is written: the server looks by itself.
            client.await("the reset", WITHIN, () -> client.resetsNow().contains("schema_changed"));
        }
    }

    @Test
    void aTableThatWasDroppedAndMadeAnewIsToldAsItsChange() throws Exception {
        bank.postgres.execute("CREATE TABLE again (id int PRIMARY KEY)", "INSERT INTO again VALUES (1), (2)");
        try (FollowingClient client = new FollowingClient("client", bank.address())) {
            Replica rows = client.explain("schema_changed"::equals)
                    .retryAfter(UNKNOWN_COLLECTION)
                    .subscribe("{\"collection\":\"again\"}");
            client.connect().awaitReady(WITHIN);
            bank.postgres.execute(
                    "DROP TABLE again; CREATE TABLE again (id int PRIMARY KEY); INSERT INTO again VALUES (3)");
            client.await(
                    "the rows of the new table",
                    WITHIN,
                    () -> client.isReady() && rows.rows().keySet().equals(Set.of("3/")));
            assertThat(client.resets()).containsKey("schema_changed");
        }
    }

    @Test
    void whoComesBackAfterTheWindowIsToldThatItHasPassed() throws Exception {
        try (ServerProcess small = server("small", "{ directory: history, bytes: 1MiB, memory: 1MiB }")) {
            URI address = small.webSocket();
            try (FollowingClient stays = follower("stays", address);
                    FollowingClient away = follower("away", address).explain("window_passed"::equals)) {
                stays.awaitReady(WITHIN);
                away.awaitReady(WITHIN);
                away.pause();
                for (int i = 0; i < 12; i++) {
                    bank.postgres.execute("INSERT INTO part SELECT 7, " + next++
                            + ", 'big', string_agg(md5(n::text), '') FROM generate_series(1," + " 10000) n");
                    // Or the window passes for whoever is connected, too, if that is slow.
                    sees(stays);
                }
                away.unpause();
                away.await("the reset", WITHIN, () -> away.resetsNow().contains("window_passed"));
                sees(away);
                assertThat(away.resets()).containsOnlyKeys("window_passed");
                bank.postgres.execute("DELETE FROM part WHERE grp = 7");
            }
        }
        bank.postgres.query("SELECT pg_drop_replication_slot('small')::text");
    }

    @Test
    void aServerThatKeepsItsHistoryInMemoryTellsThatItWasRestarted() throws Exception {
        try (ServerProcess forgetful = server("forgetful", "{ directory: none }")) {
            try (FollowingClient client =
                    follower("client", forgetful.webSocket()).explain("restarted"::equals)) {
                client.awaitReady(WITHIN);
                write();
                forgetful.kill();
                write();
                forgetful.startAgain();
                forgetful.awaitReady();
                client.await("the reset", WITHIN, () -> client.resetsNow().contains("restarted"));
                write();
                sees(client);
                assertThat(client.resets()).containsOnlyKeys("restarted");
            }
        }
        Eventually.await(
                "the slot to be free",
                WITHIN,
                () -> bank.postgres
                        .query("SELECT 1 FROM pg_replication_slots WHERE slot_name = 'forgetful' AND active")
                        .isEmpty());
        bank.postgres.query("SELECT pg_drop_replication_slot('forgetful')::text");
    }

    private static ServerProcess server(String slot, String history) {
        String yaml = """
                history: %s
                limits: { heartbeat: 1s }
                sources:
                  pg: { type: postgres, url: "%s", user: postgres, slot: %s, tables: [public.*], heartbeat: 500ms }
                routes:
                  - { from: pg/public.*, read: everyone }
                """;
        return ServerProcess.start(directory.resolve(slot), yaml.formatted(history, bank.postgres.url(), slot))
                .awaitReady();
    }

    private static FollowingClient follower(String name, URI address) {
        FollowingClient client = new FollowingClient(name, address);
        client.subscribe("{\"collection\":\"item\"}");
        client.subscribe("{\"collection\":\"part\"}");
        client.subscribe("{\"collection\":\"mark\"}");
        return client.connect();
    }

    /** Waits until a client has seen the last commit, and compares its rows with the database's. */
    private static void sees(FollowingClient client) {
        String mark = bank.postgres
                        .query("INSERT INTO mark DEFAULT VALUES RETURNING id")
                        .get(0) + "/";
        client.await(
                "the last commit",
                WITHIN,
                () -> client.isReady() && client.replicas().get(2).rows().containsKey(mark));
        for (String collection : List.of("item", "part", "mark")) {
            Replica replica =
                    client.replicas().get(List.of("item", "part", "mark").indexOf(collection));
            assertThat(client.rows(replica))
                    .as("%s of %s", collection, client)
                    .isEqualTo(BankSchema.rows(bank.postgres, collection, "true", List.of()));
        }
    }

    /** Some rows come and some go. */
    private static void write() {
        int id = next++;
        bank.postgres.execute(
                "INSERT INTO item (id, kind) VALUES (" + id + ", 'written')",
                "INSERT INTO part VALUES (1, " + id + ", 'written', 'x')",
                "DELETE FROM item WHERE id = " + (id - 3),
                "UPDATE part SET note = 'seen' WHERE id = " + (id - 1));
    }

    /** Something happens to the database that the server does not see; then it reaches the database again. */
    private static void unseen(String reason, Event event) throws Exception {
        write();
        try (FollowingClient connected = follower("connected", bank.address()).explain(reason::equals);
                FollowingClient away = follower("away", bank.address()).explain(reason::equals)) {
            connected.awaitReady(WITHIN);
            away.awaitReady(WITHIN);
            sees(connected);
            sees(away);
            away.pause();
            bank.database.refuse(true);
            bank.database.cut();
            Eventually.await(
                    "the slot to be free",
                    WITHIN,
                    () -> bank.postgres
                            .query("SELECT 1 FROM pg_stat_replication")
                            .isEmpty());
            event.happen();
            bank.database.heal();
            connected.await("the reset", WITHIN, () -> connected.resetsNow().contains(reason));
            write();
            sees(connected);
            away.unpause();
            away.await("the reset", WITHIN, () -> away.resetsNow().contains(reason));
            sees(away);
            assertThat(connected.resets()).isEqualTo(Map.of(reason, 3));
            assertThat(away.resets()).isEqualTo(Map.of(reason, 3));
        }
    }
}
