package dev.changecast.server.e2e;

import dev.changecast.testing.Eventually;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How fast a backlog comes in: 400 000 rows in transactions of 100, written while the server was away, read from the
 * slot into the log and on to one subscriber that resumes. The time begins when the source goes on, and ends when the
 * subscriber has the last row.
 *
 * <p>{@code mvn -q -pl app-server -am process-test-classes -Pbenchmark -Dbenchmark=CaptureBenchmark}
 */
final class CaptureBenchmark {
    private static final int ROWS = 400_000;
    private static final int PER_TRANSACTION = 100;
    private static final Pattern OFFSET = Pattern.compile("\"offsets\":\\{\"pg\":\"([^\"]+)\"");

    private CaptureBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        try (Benchmark benchmark = new Benchmark(
                "CREATE TABLE backlog (id int PRIMARY KEY, a int, b text)",
                "CREATE TABLE other (id int PRIMARY KEY)")) {
            CompletableFuture<String> offset = new CompletableFuture<>();
            Benchmark.connect(benchmark.server.webSocket(), message -> {
                        Matcher found = OFFSET.matcher(message);
                        if (message.contains("\"type\":\"ready\"") && found.find()) {
                            offset.complete(found.group(1));
                        }
                    })
                    .sendText("{\"type\":\"subscribe\",\"collection\":\"backlog\"}", true);
            String since = offset.get(30, TimeUnit.SECONDS);
            benchmark.server.terminate();
            benchmark.server.awaitExit(Duration.ofSeconds(30));
            write(benchmark.postgres);

            String before = Benchmark.machine();
            int starts = starts(benchmark.server);
            benchmark.server.startAgain();
            Eventually.await("the source to go on", Duration.ofSeconds(60), () -> starts(benchmark.server) > starts);
            long began = System.nanoTime();
            benchmark.server.awaitAlive();
            AtomicLong rows = new AtomicLong();
            CompletableFuture<Long> last = new CompletableFuture<>();
            Benchmark.connect(benchmark.server.webSocket(), message -> {
                        if (message.contains("\"action\":\"insert\"") && rows.incrementAndGet() == ROWS) {
                            last.complete(System.nanoTime());
                        }
                    })
                    .sendText(
                            "{\"type\":\"subscribe\",\"collection\":\"backlog\",\"since\":{\"pg\":\"" + since + "\"}}",
                            true);
            double seconds = (last.get(300, TimeUnit.SECONDS) - began) / 1e9;
            System.out.printf(
                    "%d rows in transactions of %d, from the slot over the log to a subscriber: %.1f s, %.0f rows/s%n",
                    ROWS, PER_TRANSACTION, seconds, ROWS / seconds);
            System.out.printf("before: %s%nafter: %s%n", before, Benchmark.machine());
        }
        System.exit(0);
    }

    private static int starts(ServerProcess server) {
        return server.logged().split("Source pg goes on", -1).length;
    }

    private static void write(TestPostgres postgres) throws Exception {
        try (Connection connection = postgres.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("SET synchronous_commit = off");
            for (int from = 0; from < ROWS; from += PER_TRANSACTION) {
                statement.execute("INSERT INTO backlog SELECT n, n, md5(n::text) FROM generate_series(" + from + ", "
                        + (from + PER_TRANSACTION - 1) + ") AS n");
            }
            statement.execute("CHECKPOINT");
        }
    }
}
