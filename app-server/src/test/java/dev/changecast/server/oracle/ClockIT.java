package dev.changecast.server.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.changecast.server.e2e.ServerLogs;
import dev.changecast.server.e2e.TestPostgres;
import dev.changecast.testing.Eventually;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The machine's clock is set while the server works: to an hour later, and then to an hour before it was right. */
@ExtendWith(ServerLogs.class)
class ClockIT {
    private static final Duration WITHIN = Duration.ofSeconds(60);
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Duration HOUR = Duration.ofHours(1);

    /** What is older is forgotten; the clock moves by more. A stream is dead after nine seconds. */
    private static final String YAML = Bank.YAML
            .replace("history: { directory: history,", "history: { directory: history, bytes: 64MiB, age: 30m,")
            .replace("heartbeat: 500ms", "heartbeat: 3s");

    @TempDir
    private Path directory;

    @Test
    void aClockThatIsMovedByAnHourLosesRepeatsAndForgetsNothing() throws Exception {
        Optional<MovedClock> found = MovedClock.in(directory);
        assumeTrue(found.isPresent(), "skipped: needs libfaketime (Debian's package faketime)");
        MovedClock clock = found.orElseThrow();
        try (Bank bank = new Bank(
                        directory, Map.of("wal_sender_timeout", "20s"), ClockIT::prepare, YAML, clock.environment());
                BankRun run = new BankRun(bank, Seed.VALUE)) {
            FollowingClient stays = run.everything("stays").deafAfter(Duration.ofSeconds(20));
            run.everything("drops").dropAfter(() -> 500);
            Map<Duration, FollowingClient> away = Map.of(
                    HOUR,
                    run.everything("away when it goes forward"),
                    HOUR.negated(),
                    run.everything("away when it goes back"));
            for (FollowingClient client : run.clients()) {
                client.connect().awaitReady(WITHIN);
            }
            // The library in front of the server makes it slow: not so much that nobody could keep up.
            run.write(Duration.ofMillis(100));
            for (Duration ahead : List.of(HOUR, HOUR.negated())) {
                away.get(ahead).pause();
                fillSegments(bank.postgres);
                clock.move(ahead);
                Eventually.await("the clock to have moved", WITHIN, () -> isMoved(bank, ahead));
                // More of the log is written, and looked through for what is too old.
                fillSegments(bank.postgres);
                run.awaitCommits(100);
                assertThat(readyz(bank).statusCode()).isEqualTo(200);
                away.get(ahead).unpause();
                away.get(ahead).awaitReady(WITHIN);
            }
            assertThat(stays.connections()).as("connections of who stays").isEqualTo(1);
            run.verify();
            assertThat(bank.server.logged()).doesNotContain("WARN");
        }
    }

    /** Nobody reads this; it is there to be written to the log. */
    private static void prepare(TestPostgres postgres) {
        postgres.execute("CREATE TABLE filler (text text)", "ALTER TABLE filler REPLICA IDENTITY FULL");
    }

    /** More than two files of the log, which have four mebibytes. */
    private static void fillSegments(TestPostgres postgres) {
        for (int i = 0; i < 20; i++) {
            postgres.execute("INSERT INTO filler SELECT string_agg(md5(n::text), '') FROM generate_series(1, 16000) n");
        }
    }

    /** Whether it takes what it has just delivered for that much later than it was. */
    private static boolean isMoved(Bank bank, Duration ahead) {
        Instant delivered = Instant.parse(FollowingClient.JSON
                .readTree(readyz(bank).body())
                .at("/sources/0/delivered")
                .asString());
        Duration moved = Duration.between(Instant.now(), delivered);
        return moved.minus(ahead).abs().compareTo(Duration.ofMinutes(1)) < 0;
    }

    private static HttpResponse<String> readyz(Bank bank) {
        URI readyz = URI.create("http://127.0.0.1:" + bank.server.port() + "/readyz");
        try {
            return HTTP.send(HttpRequest.newBuilder(readyz).build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
