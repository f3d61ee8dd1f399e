package dev.changecast.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Rows that there are and changes that come make one whole, whatever is written meanwhile. */
@ExtendWith(ServerLogs.class)
class SnapshotIT {
    private static final int LIMIT = 5000;
    private static final int HERD = 200;

    private static final String YAML = """
            history: { directory: history }
            limits: { heartbeat: 3s, snapshot_rows: %d, connections_per_address: 1000 }
            sources:
              pg: { type: postgres, url: "%s", user: postgres, tables: [public.*], heartbeat: 500ms }
            routes:
              - { from: pg/public.*, read: everyone }
            """;

    @TempDir
    private static Path directory;

    private static TestPostgres postgres;
    private static ServerProcess server;
    private static int marks;

    @BeforeAll
    static void start() {
        postgres = TestPostgres.start(directory.resolve("postgres"), Map.of("log_statement", "all"));
        postgres.execute(Movement.TABLES);
        postgres.execute(
                "CREATE TABLE plain (id int PRIMARY KEY, part int)",
                "CREATE TABLE many AS SELECT n AS id FROM generate_series(1, " + (LIMIT + 1) + ") AS n",
                "ALTER TABLE many ADD PRIMARY KEY (id)",
                "CREATE TABLE herd AS SELECT n AS id, repeat('x', 100) AS text FROM generate_series(1, 1500) AS n",
                "ALTER TABLE herd ADD PRIMARY KEY (id)",
                "CREATE TABLE written (id int PRIMARY KEY, part int)",
                "ALTER TABLE written REPLICA IDENTITY FULL",
                "INSERT INTO written SELECT -n, 0 FROM generate_series(1, 10) AS n");
        server = ServerProcess.start(directory.resolve("server"), YAML.formatted(LIMIT, postgres.url()))
                .awaitReady();
    }

    @AfterAll
    static void stop() {
        server.close();
        postgres.close();
    }

    @Test
    void rowsAndChangesAreTheTableThoughOthersWriteAllTheTime() throws Exception {
        List<RecordingClient> clients = new ArrayList<>();
        List<Runnable> checks = new ArrayList<>();
        try (Movement movement = new Movement(postgres, 4)) {
            for (int i = 0; i < 10; i++) {
                RecordingClient client = RecordingClient.connect(server.webSocket());
                clients.add(client);
                Mirror accounts = client.subscribe("{\"collection\":\"accounts\"}");
                client.atCommit(now -> assertSum(accounts));
                Mirror items = client.subscribe("{\"collection\":\"items\"}");
                Mirror part = client.subscribe("{\"collection\":\"items\",\"filter\":{\"part\":" + i % 7 + "}}");
                int wanted = i % 7;
                client.awaitReady();
                checks.add(() -> {
                    assertSame(
                            client, accounts, "SELECT json_build_object('id', id, 'balance', balance) FROM accounts");
                    String query = "SELECT json_build_object('id', id, 'part', part, 'n', n) FROM items";
                    assertSame(client, items, query);
                    assertSame(client, part, query + " WHERE part = " + wanted);
                });
            }
            movement.stop();
        }
        int mark = mark();
        for (int i = 0; i < clients.size(); i++) {
            // Nothing comes after it: all that was written before was seen before.
            Mirror seen = clients.get(i).subscribe("{\"collection\":\"marks\"}");
            clients.get(i).await("the mark", () -> seen.ready && seen.rows().containsKey(mark + "/"));
            checks.get(i).run();
            clients.get(i).close();
        }
    }

    private static void assertSum(Mirror accounts) {
        if (accounts.ready) {
            assertThat(accounts.rows()).hasSize(Movement.ACCOUNTS);
            assertThat(accounts.rows().values().stream()
                            .mapToInt(account -> account.path("balance").asInt())
                            .sum())
                    .as("the sum of all accounts")
                    .isEqualTo(Movement.ACCOUNTS * Movement.BALANCE);
        }
    }

    @Test
    void anOrderAndALimitGiveTheFirstRows() {
        try (RecordingClient client = RecordingClient.connect(server.webSocket())) {
            Mirror last =
                    client.subscribe("{\"collection\":\"herd\",\"snapshot\":{\"order_by\":[\"-id\"],\"limit\":5}}");
            client.awaitReady();

            assertThat(client.rows(last).values())
                    .extracting(row -> row.path("id").asInt())
                    .containsExactlyInAnyOrder(1500, 1499, 1498, 1497, 1496);
        }
    }

    @Test
    void moreRowsThanAllowedIsAnErrorThatSaysHowManyThereMayBe() {
        try (RecordingClient client =
                RecordingClient.connect(server.webSocket()).expectErrors()) {
            client.subscribe("{\"collection\":\"many\"}");

            assertThat(client.awaitError(4013)).contains("more than " + LIMIT + " rows");
            Mirror few = client.subscribe("{\"collection\":\"many\",\"filter\":{\"id\":{\"$lte\":10}}}");
            client.awaitReady(few);
            assertThat(client.rows(few)).hasSize(10);
        }
    }

    @Test
    void aFilterThatNeedsTheOldRowIsRefusedWithTheStatementThatHelps() {
        try (RecordingClient client =
                RecordingClient.connect(server.webSocket()).expectErrors()) {
            client.subscribe("{\"collection\":\"plain\",\"filter\":{\"part\":1}}");

            assertThat(client.awaitError(4014))
                    .contains("ALTER TABLE")
                    .contains("plain")
                    .contains("REPLICA IDENTITY FULL");
        }
    }

    @Test
    void aHerdSharesAFewReads() throws IOException {
        long before = readsOfHerd();
        List<RecordingClient> herd = new ArrayList<>();
        List<Mirror> mirrors = new ArrayList<>();
        for (int i = 0; i < HERD; i++) {
            herd.add(RecordingClient.connect(server.webSocket()));
        }
        for (RecordingClient client : herd) {
            mirrors.add(client.subscribe("{\"collection\":\"herd\"}"));
        }
        postgres.execute("UPDATE herd SET text = 'changed' WHERE id = 1");
        for (int i = 0; i < HERD; i++) {
            herd.get(i).awaitReady();
            Mirror mirror = mirrors.get(i);
            herd.get(i)
                    .await(
                            "the change",
                            () -> mirror.rows()
                                    .get("1/")
                                    .path("text")
                                    .asString()
                                    .equals("changed"));
            assertThat(herd.get(i).rows(mirror)).hasSize(1500);
            herd.get(i).close();
        }
        assertThat(readsOfHerd() - before).isBetween(1L, HERD / 5L);
    }

    private static long readsOfHerd() throws IOException {
        try (var lines = Files.lines(postgres.log())) {
            return lines.filter(line -> line.matches(".*(statement|execute [^:]*): .*SELECT.* FROM .*herd.*"))
                    .count();
        }
    }

    @Test
    void whatIsWrittenOnceReadyWasSaidIsSeen() {
        for (int i = 1; i <= 25; i++) {
            try (RecordingClient client = RecordingClient.connect(server.webSocket())) {
                // Each has a view of its own, so that no read is shared.
                Mirror mirror =
                        client.subscribe("{\"collection\":\"written\",\"filter\":{\"id\":{\"$ne\":" + -i + "}}}");
                client.awaitReady();
                postgres.execute("INSERT INTO written VALUES (" + i + ", 1)");
                String key = i + "/";
                client.await("the row " + i, () -> mirror.rows().containsKey(key));
                assertThat(client.applied(mirror)).hasSize(1);
            }
        }
        postgres.execute("DELETE FROM written WHERE id > 0");
    }

    @Test
    void aTransactionThatWasOpenDuringTheSnapshotIsDelivered() throws Exception {
        postgres.execute("INSERT INTO written SELECT 1000 + n, 0 FROM generate_series(1, 3) AS n");
        try (Connection open = postgres.connect();
                Statement statement = open.createStatement();
                RecordingClient client = RecordingClient.connect(server.webSocket())) {
            open.setAutoCommit(false);
            statement.execute("INSERT INTO written VALUES (1000, 1)");
            statement.execute("UPDATE written SET part = 1 WHERE id = 1001");
            statement.execute("DELETE FROM written WHERE id = 1002");
            Mirror mirror = client.subscribe("{\"collection\":\"written\",\"filter\":{\"id\":{\"$gte\":1000}}}");
            client.awaitReady();
            assertThat(client.rows(mirror)).containsOnlyKeys("1001/", "1002/", "1003/");

            open.commit();

            client.await("the rows of the transaction", () -> mirror.applied().size() == 3);
            assertThat(client.rows(mirror)).containsOnlyKeys("1000/", "1001/", "1003/");
            assertThat(client.rows(mirror).get("1001/").path("part").asInt()).isEqualTo(1);
        }
    }

    private static int mark() {
        postgres.execute("INSERT INTO marks VALUES (" + ++marks + ")");
        return marks;
    }

    private static void assertSame(RecordingClient client, Mirror mirror, String query) {
        List<JsonNode> expected = SpineSchema.rows(postgres, query);
        List<JsonNode> seen = new ArrayList<JsonNode>(client.rows(mirror).values());
        assertThat(seen).as(query).containsExactlyInAnyOrderElementsOf(expected);
    }
}
