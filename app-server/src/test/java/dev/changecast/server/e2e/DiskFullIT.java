package dev.changecast.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.changecast.testing.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The history's disk is full: capture waits and says so, nothing is confirmed, readers go on, and nothing is lost. */
@ExtendWith(ServerLogs.class)
class DiskFullIT {
    private static final String YAML = """
            history: { directory: "%s", bytes: 64MiB }
            limits: { heartbeat: 3s }
            sources:
              pg: { type: postgres, url: "%s", user: postgres, heartbeat: 500ms }
            routes:
              - { from: pg/public.*, read: everyone }
            """;

    @TempDir
    private Path directory;

    private Path disk;
    private TestPostgres postgres;
    private ServerProcess server;

    @BeforeEach
    void mount() throws Exception {
        disk = Files.createDirectories(directory.resolve("disk"));
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=6m", "changecast-test", disk.toString()) == 0,
                "skipped: a small disk has to be mounted, which needs root and a kernel that allows it");
        postgres = TestPostgres.start(directory.resolve("postgres"), Map.of());
        postgres.execute("CREATE TABLE events (id int PRIMARY KEY, text text)");
        server = ServerProcess.start(
                directory.resolve("server"), YAML.formatted(disk.resolve("history"), postgres.url()));
        server.awaitReady();
    }

    @AfterEach
    void unmount() throws Exception {
        if (server != null) {
            server.close();
            postgres.close();
            run("umount", disk.toString());
        }
    }

    @Test
    void captureWaitsUntilThereIsRoomAgainAndNothingIsLost() throws Exception {
        try (RecordingClient client = RecordingClient.connect(server.webSocket());
                RecordingClient other = RecordingClient.connect(server.webSocket())) {
            Mirror events = client.subscribe("{\"collection\":\"events\"}");
            Mirror few = other.subscribe("{\"collection\":\"events\",\"filter\":{\"id\":{\"$lte\":100}}}");
            client.awaitReady();
            other.awaitReady();
            insert(1, 100);
            other.await("the first rows", () -> few.rows().size() == 100);

            // Twelve times what the disk holds, in transactions of a hundred.
            for (int from = 101; from < 2100; from += 100) {
                insert(from, from + 99);
            }
            server.awaitNotReady("No space left");
            assertThat(String.valueOf(server.readyz())).contains("\"blocked\"");
            Scrape metrics = Scrape.of(server.port(), "");
            assertThat(metrics.value("changecast_source_state", "source", "pg", "state", "blocked"))
                    .isEqualTo(1);
            assertThat(metrics.value("changecast_log_waiting_bytes", "source", "pg"))
                    .isPositive();
            // The readers of the log go on: who was away comes back and gets what is there.
            other.reconnect();
            other.awaitReady();
            assertThat(other.rows(few)).hasSize(100);
            String confirmed = confirmed();
            insert(2101, 2200);
            server.awaitNotReady("No space left");
            assertThat(confirmed()).isEqualTo(confirmed);

            assertThat(run("mount", "-o", "remount,size=80m", disk.toString())).isZero();

            client.await("all rows", () -> events.rows().size() == 2200);
            server.awaitReady();
            Eventually.await("the slot to move on", () -> !confirmed().equals(confirmed));
        }
    }

    private void insert(int from, int to) {
        postgres.execute("INSERT INTO events SELECT n, repeat(md5(n::text), 160) FROM generate_series(" + from + ", "
                + to + ") AS n");
    }

    private String confirmed() {
        return String.valueOf(postgres.query("SELECT confirmed_flush_lsn FROM pg_replication_slots")
                .get(0));
    }

    private static int run(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }
}
