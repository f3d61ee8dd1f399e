package dev.changecast.server.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.server.e2e.ServerLogs;
import dev.changecast.server.e2e.ServerProcess;
import java.io.IOException;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two servers share a port and are restarted one after the other, again and again, under load: there is always one that
 * listens, and clients have everything in the end, without a reset.
 */
@ExtendWith(ServerLogs.class)
class RollingRestartIT {
    private static final int SIGTERM = 128 + 15;
    private static final Map<String, String> SHARED = Map.of(
            "CHANGECAST_SERVER_SHARE_PORT", "true",
            "CHANGECAST_SERVER_DRAIN_OVER", "300ms");

    /** Installed for systemd; it knows when a server listens that shares its port with another. */
    private static final Path AWAIT_LISTENING = Path.of("../operations/systemd/await-listening");

    @TempDir
    private static Path directory;

    @Test
    void oneAfterTheOtherIsRestartedOnTheSamePortAndNobodyNoticesMoreThanAReconnect() throws Exception {
        try (Bank bank = new Bank(directory, Map.of(), postgres -> {}, Bank.YAML, SHARED)) {
            String yaml = Bank.YAML
                    .formatted(bank.postgres.url())
                    .replace("user: postgres,", "user: postgres, slot: second,");
            int port = bank.server.port();
            try (ServerProcess second =
                            ServerProcess.startWith(directory.resolve("second"), port, SHARING.formatted(port) + yaml);
                    Visitor visitor = new Visitor(port)) {
                awaitListening(second);
                try (BankRun run = new BankRun(bank, Seed.VALUE)) {
                    // With a pause, or writers take the processors that a server needs to start.
                    run.withClients(4)
                            .write(Duration.ofMillis(20))
                            .inject(Duration.ofSeconds(8), (during, random) -> {
                                for (ServerProcess each : List.of(second, bank.server)) {
                                    during.awaitCommits(random.nextInt(100));
                                    each.terminate();
                                    assertThat(each.awaitExit(Duration.ofSeconds(20)))
                                            .isEqualTo(SIGTERM);
                                    each.startAgain();
                                    awaitListening(each);
                                }
                            })
                            .verify();
                }
                assertThat(visitor.visits.get()).isGreaterThan(50);
                assertThat(visitor.refused.get())
                        .as("times that nobody listened")
                        .isZero();
            }
        }
    }

    private static final String SHARING =
            "server: {port: %d, ready_within: 5s, share_port: true, drain_over: 300ms}\nauth: {anonymous: true}\n";

    private static void awaitListening(ServerProcess server) throws Exception {
        Process waiting = new ProcessBuilder("bash", AWAIT_LISTENING.toString(), Long.toString(server.pid()), "40")
                .inheritIO()
                .start();
        assertThat(waiting.waitFor()).isZero();
    }

    /** Comes by all the time, as a load balancer does. */
    private static final class Visitor implements AutoCloseable {
        private final AtomicInteger visits = new AtomicInteger();
        private final AtomicInteger refused = new AtomicInteger();
        private final URI address;
        private final Thread thread;
        private volatile boolean over;

        Visitor(int port) {
            address = URI.create("http://127.0.0.1:" + port + "/healthz");
            thread = new Thread(this::visit, "visitor");
            thread.start();
        }

        private void visit() {
            while (!over) {
                try {
                    HttpURLConnection connection =
                            (HttpURLConnection) address.toURL().openConnection();
                    connection.setRequestProperty("Connection", "close");
                    connection.setReadTimeout(5000);
                    connection.getResponseCode();
                    visits.incrementAndGet();
                } catch (ConnectException e) {
                    refused.incrementAndGet();
                } catch (IOException e) {
                    // It was in the queue of the one that went.
                }
                LockSupport.parkNanos(20_000_000);
            }
        }

        @Override
        public void close() {
            over = true;
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
