package dev.changecast.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.testing.Message;
import dev.changecast.testing.PollClient;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Rules of routes over the real server and the real database: what somebody anonymous gets by polling. */
@ExtendWith(ServerLogs.class)
class RowRulesIT {
    private static final String YAML = """
            history: { directory: history }
            sources:
              pg: { type: postgres, url: "%s", user: postgres, heartbeat: 500ms }
            routes:
              - from: pg/public.notes
                read: everyone
                hide: [secret]
                rows: { $or: [ { open: true }, { owner: "{user}" } ], born: { $gte: "2026-01-01T00:00:00Z" } }
              - from: pg/public.plain
                read: everyone
                rows: { owner: anybody }
              - from: pg/public.alerts
                event: alert
                push: { to: broadcast, when: { level: { $gt: 2 } } }
            """;

    @TempDir
    private Path directory;

    private TestPostgres postgres;
    private ServerProcess server;

    @BeforeEach
    void start() {
        postgres = TestPostgres.start(directory.resolve("postgres"), Map.of());
        postgres.execute(
                "CREATE TABLE notes (id int PRIMARY KEY, open bool, owner text, born timestamptz, secret text, big text)",
                "ALTER TABLE notes REPLICA IDENTITY FULL",
                "CREATE TABLE plain (id int PRIMARY KEY, owner text)",
                "CREATE TABLE alerts (id int PRIMARY KEY, level int, owner text)",
                "INSERT INTO notes SELECT n, n % 2 = 0, NULL, '2026-01-01 12:00:00+02', 's', 'b' FROM generate_series(1, 4) n",
                "INSERT INTO notes VALUES (6, true, NULL, '2025-12-31 23:59:59Z', 's', 'b')");
        server = ServerProcess.start(directory.resolve("server"), YAML.formatted(postgres.url()))
                .awaitReady();
    }

    @AfterEach
    void stop() {
        server.close();
        postgres.close();
    }

    private PollClient poll(String... commands) {
        return PollClient.connect(URI.create("http://127.0.0.1:" + server.port() + "/poll"), Map.of(), commands);
    }

    @Test
    void theDatabaseAndTheServerMeanTheSameByARule() {
        try (PollClient client = poll("{\"type\":\"subscribe\",\"id\":\"1\",\"collection\":\"notes\"}")) {
            assertThat(client.await("subscribed").json()).doesNotContain("secret");
            assertThat(client.await("snapshot").list("rows").toString())
                    .contains("id=2", "id=4")
                    .doesNotContain("id=1,", "id=3,", "id=6,", "secret");
            client.await("ready");
            postgres.execute(
                    "UPDATE notes SET secret = 't'",
                    "UPDATE notes SET big = repeat('long', 10000) WHERE id = 2",
                    "UPDATE notes SET open = true WHERE id = 1",
                    "UPDATE notes SET open = false, secret = 'u' WHERE id = 2",
                    "UPDATE notes SET born = '2027-01-01' WHERE id = 6",
                    "INSERT INTO notes VALUES (9, true, NULL, '2027-01-01', 's', 'b')");
            client.await("row 9", message -> message.isChange() && message.number("key.id") == 9);
            assertThat(client.received().changes())
                    .extracting(change -> change.text("action") + " " + change.text("key.id"))
                    .containsExactly("update 2", "insert 1", "delete 2", "insert 6", "insert 9");
            assertThat(client.received().all())
                    .noneMatch(message -> message.json().contains("secret"));
        }
    }

    @Test
    void whatCannotBeToldIsRefusedAndWhatIsPushedComesByItself() {
        try (PollClient client = poll(
                "{\"type\":\"subscribe\",\"id\":\"1\",\"collection\":\"plain\"}",
                "{\"type\":\"subscribe\",\"id\":\"2\",\"collection\":\"alerts\"}")) {
            if (client.await("welcome").text("sources.pg.offset") == null) {
                client.await("heartbeat");
            }
            Message refused = client.await("4014", message -> message.is("error") && message.number("code") == 4014);
            assertThat(refused.text("message")).contains("REPLICA IDENTITY FULL");
            client.await("4002", message -> message.is("error") && message.number("code") == 4002);
            postgres.execute(
                    "INSERT INTO alerts VALUES (1, 2, 'low')",
                    "INSERT INTO alerts VALUES (2, 3, 'high')",
                    "UPDATE alerts SET level = 9 WHERE id = 1");
            assertThat(client.await("alert").json()).contains("\"channel\":\"broadcast\",\"action\":\"insert\"");
            assertThat(client.await("alert").text("data.owner")).isEqualTo("low");
        }
    }
}
