package dev.changecast.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The server dies under load, again and again, and its clients lose nothing and get nothing twice. */
@ExtendWith(ServerLogs.class)
class KillIT {
    private static final int KILLS = 12;
    private static final int TERMINATIONS = 3;
    private static final long SEED = 42;
    private static final int SIGTERM = 128 + 15;

    @TempDir
    private Path directory;

    private TestPostgres postgres;
    private ServerProcess server;
    private List<Watcher> watchers;

    @BeforeEach
    void start() {
        postgres = TestPostgres.start(directory.resolve("postgres"), Map.of());
        postgres.execute(Load.TABLES);
        server = ServerProcess.start(directory.resolve("server"), postgres.shownToEverybody())
                .awaitReady();
        watchers = List.of(Watcher.of(server, null), Watcher.of(server, 1), Watcher.of(server, null));
    }

    @AfterEach
    void stop() {
        watchers.forEach(watcher -> watcher.client().drop());
        server.close();
        postgres.close();
    }

    @Test
    void afterEachKillClientsGoOnWhereTheyWereWithoutResetLossOrRepetition() {
        Random random = new Random(SEED);
        try (Load load = Load.start(postgres, 3, 10)) {
            for (int round = 1; round <= KILLS; round++) {
                // At a moment of its own: in the first messages after a start, or far into the stream.
                watchers.get(0).awaitMore(random.nextInt(3) == 0 ? 1 : random.nextInt(200));
                if (round % 4 == 0) {
                    // The kill comes somewhere within it.
                    postgres.execute(
                            "INSERT INTO events (writer, part) SELECT 1, n FROM generate_series(1, 4000) AS n");
                    watchers.get(0).awaitMore(random.nextInt(10));
                }
                server.kill();
                server.startAgain();
                watchers.get(0).client().reconnect();
                watchers.get(1).client().reconnect();
                if (round % 3 == 0) {
                    // Away for three lives of the server.
                    watchers.get(2).client().reconnect();
                }
            }
            load.stop();
            assertThat(load.committed()).isGreaterThan(200);
        }
        assertAllSeen();
    }

    @Test
    void whoIsAskedToGoTellsItsClientsAndLosesNothing() {
        try (Load load = Load.start(postgres, 3, 10)) {
            for (int round = 1; round <= TERMINATIONS; round++) {
                watchers.get(0).awaitMore(100);
                server.terminate();
                for (Watcher watcher : watchers) {
                    assertThat(watcher.client().awaitClose()).isEqualTo(4501);
                    assertThat(watcher.client().others("going_away")).hasSize(round);
                }
                assertThat(server.awaitExit(Duration.ofSeconds(15))).isEqualTo(SIGTERM);
                server.startAgain();
                watchers.forEach(watcher -> watcher.client().reconnect());
            }
            load.stop();
        }
        assertAllSeen();
    }

    private void assertAllSeen() {
        postgres.execute("INSERT INTO marks VALUES (1)");
        watchers.forEach(watcher -> watcher.assertHasSeenEverythingOnce(postgres, 1));
    }
}
