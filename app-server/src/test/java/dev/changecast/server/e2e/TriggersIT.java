package dev.changecast.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.server.command.CommandLineRun;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.Message;
import dev.changecast.testing.TestClient;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A database without logical decoding, from the command that prepares it to a WebSocket. */
@ExtendWith(ServerLogs.class)
class TriggersIT {
    private static final String YAML = """
            limits: { heartbeat: 1s }
            sources:
              pg: { type: postgres, mode: trigger, url: "%s", user: postgres, tables: [public.orders], heartbeat: 1s }
            routes:
              - { from: pg/public.orders, read: everyone }
            """;

    @TempDir
    private Path directory;

    private TestPostgres postgres;
    private Path file;

    @BeforeEach
    void start() throws IOException {
        postgres = TestPostgres.start(directory.resolve("postgres"), Map.of("wal_level", "replica"));
        postgres.execute("CREATE TABLE orders (id int PRIMARY KEY, state text)");
        file = Files.writeString(
                directory.resolve("changecast.yaml"), "auth: { anonymous: true }\n" + YAML.formatted(postgres.url()));
    }

    @AfterEach
    void stop() {
        postgres.close();
    }

    private CommandLineRun command(String name, String... options) {
        return CommandLineRun.of(java.util.stream.Stream.concat(
                        List.of("postgres", name, "--config", file.toString()).stream(), List.of(options).stream())
                .toArray(String[]::new));
    }

    @Test
    void theCommandsShowTheirSqlDoItWhenToldSoAndUndoIt() {
        assertThat(command("status").exit()).isEqualTo(4);
        assertThat(command("status").out()).isEqualTo("nothing is installed\n");
        CommandLineRun shown = command("install");
        assertThat(shown.exit()).isZero();
        assertThat(shown.out())
                .contains("CREATE SCHEMA IF NOT EXISTS changecast;")
                .contains("CREATE OR REPLACE TRIGGER \"00_changecast_row\" AFTER INSERT OR UPDATE OR DELETE ON"
                        + " \"public\".\"orders\"")
                .contains("GRANT USAGE ON SCHEMA changecast TO \"postgres\"");
        assertThat(shown.err()).contains("nothing was changed");
        assertThat(command("status").out()).isEqualTo("nothing is installed\n");
        // As somebody with psql would run it.
        postgres.execute(shown.out());
        assertThat(command("status").exit()).isZero();
        assertThat(command("install", "--yes").err()).contains("has all that it needs");
        assertThat(command("status", "pg").out()).contains("table public.orders: captured");
        CommandLineRun gone = command("uninstall", "--yes");
        assertThat(gone.exit()).isZero();
        assertThat(gone.out())
                .contains("DROP TRIGGER IF EXISTS \"00_changecast_row\"")
                .contains("is gone");
        assertThat(command("uninstall").err()).contains("has nothing in its database");
        assertThat(command("install", "--yes").exit()).isZero();
        assertThat(command("status", "other").exit()).isEqualTo(2);
    }

    @Test
    void aServerThatWaitedForItsTriggersBringsSnapshotAndChanges() {
        postgres.execute("INSERT INTO orders VALUES (1, 'new')");
        try (ServerProcess server = ServerProcess.start(directory.resolve("server"), YAML.formatted(postgres.url()))) {
            assertThat(command("install", "--yes").exit()).isZero();
            server.awaitReady();
            TestClient client = TestClient.connect(URI.create(server.webSocket() + ""));
            client.await("welcome");
            client.send(
                    "{\"type\":\"subscribe\",\"id\":\"1\",\"collection\":\"orders\",\"filter\":{\"state\":\"new\"}}");
            assertThat(client.await("snapshot").toString()).contains("\"id\":1");
            client.await("ready");
            postgres.execute("INSERT INTO orders VALUES (2, 'new')");
            client.await(
                    "the row",
                    message -> message.isChange() && message.toString().contains("\"id\":2"));
            // Leaves the filter, which is known by the old row without REPLICA IDENTITY FULL.
            postgres.execute("UPDATE orders SET state = 'done' WHERE id = 1");
            Message left = client.await(
                    "the leave",
                    message -> message.isChange() && message.toString().contains("\"delete\""));
            assertThat(left.toString()).contains("\"id\":1");
        }
    }

    @Test
    void aTriggerThatIsDroppedByHandIsToldToWhoHoldsRowsWhoGetThemAllOnceItIsBack() {
        assertThat(command("install", "--yes").exit()).isZero();
        try (ServerProcess server = ServerProcess.start(directory.resolve("server"), YAML.formatted(postgres.url()))
                .awaitReady()) {
            TestClient client = TestClient.connect(server.webSocket());
            client.await("welcome");
            client.send("{\"type\":\"subscribe\",\"id\":\"1\",\"collection\":\"orders\"}");
            client.await("ready");
            postgres.execute(
                    "DROP TRIGGER \"00_changecast_row\" ON orders", "INSERT INTO orders VALUES (7, 'nobody heard')");
            assertThat(client.await("reset").text("reason")).isEqualTo("schema_changed");
            server.awaitLogged("lacks its triggers");
            assertThat(command("install", "--yes").exit()).isZero();
            Eventually.await(
                    "all rows", Duration.ofSeconds(40), () -> rows(server).contains("nobody heard"));
            assertThat(client.received().changes()).isEmpty();
        }
    }

    /** What a newcomer is shown, or the error that it gets. */
    private static String rows(ServerProcess server) {
        TestClient client = TestClient.connect(server.webSocket());
        try {
            client.await("welcome");
            client.send("{\"type\":\"subscribe\",\"id\":\"1\",\"collection\":\"orders\"}");
            return client.await("an answer", message -> message.is("snapshot") || message.is("error"))
                    .json();
        } finally {
            client.close();
        }
    }
}
