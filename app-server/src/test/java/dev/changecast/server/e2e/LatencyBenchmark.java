package dev.changecast.server.e2e;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * How long a change takes from the client's COMMIT to the screens: 100 changes a second, each to 100 subscribers. The
 * time begins before COMMIT is sent, so it holds the database's own write to disk, which is shown beside it.
 *
 * <p>{@code mvn -q -pl app-server -am process-test-classes -Pbenchmark -Dbenchmark=LatencyBenchmark}
 */
final class LatencyBenchmark {
    private static final int SUBSCRIBERS = 100;
    private static final int PER_SECOND = 100;
    private static final int WARM_UP = 10 * PER_SECOND;
    private static final int CHANGES = WARM_UP + 20 * PER_SECOND;

    private LatencyBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        long[] began = new long[CHANGES];
        long[] commits = new long[CHANGES];
        long[] latencies = new long[CHANGES * SUBSCRIBERS];
        AtomicInteger deliveries = new AtomicInteger();
        CountDownLatch ready = new CountDownLatch(SUBSCRIBERS);
        CountDownLatch all = new CountDownLatch(CHANGES * SUBSCRIBERS);
        try (Benchmark benchmark = new Benchmark("CREATE TABLE ticks (n int PRIMARY KEY, text text)")) {
            for (int i = 0; i < SUBSCRIBERS; i++) {
                Benchmark.connect(benchmark.server.webSocket(), message -> {
                            long now = System.nanoTime();
                            if (message.contains("\"action\":\"insert\"")) {
                                int n = Benchmark.number(message, "n");
                                if (n >= WARM_UP) {
                                    latencies[deliveries.getAndIncrement()] = now - began[n];
                                }
                                all.countDown();
                            } else if (message.contains("\"type\":\"ready\"")) {
                                ready.countDown();
                            }
                        })
                        .sendText("{\"type\":\"subscribe\",\"collection\":\"ticks\"}", true);
            }
            require(ready.await(60, TimeUnit.SECONDS), "not all subscribers became ready");
            String before = Benchmark.machine();
            write(benchmark, began, commits);
            require(all.await(60, TimeUnit.SECONDS), "not everything was delivered");
            int count = deliveries.get();
            System.out.printf(
                    "%d changes/s to %d subscribers, %d deliveries: %s%n",
                    PER_SECOND, SUBSCRIBERS, count, percentiles(Arrays.copyOf(latencies, count)));
            System.out.printf(
                    "of it the database's COMMIT: %s%n", percentiles(Arrays.copyOfRange(commits, WARM_UP, CHANGES)));
            System.out.printf("before: %s%nafter: %s%n", before, Benchmark.machine());
        }
        System.exit(0);
    }

    private static void write(Benchmark benchmark, long[] began, long[] commits) throws SQLException {
        try (Connection connection = benchmark.postgres.connect();
                PreparedStatement insert =
                        connection.prepareStatement("INSERT INTO ticks VALUES (?, repeat('x', 100))")) {
            connection.setAutoCommit(false);
            long start = System.nanoTime();
            for (int n = 0; n < CHANGES; n++) {
                long due = start + n * TimeUnit.SECONDS.toNanos(1) / PER_SECOND;
                while (System.nanoTime() < due) {
                    LockSupport.parkNanos(due - System.nanoTime());
                }
                insert.setInt(1, n);
                insert.execute();
                began[n] = System.nanoTime();
                connection.commit();
                commits[n] = System.nanoTime() - began[n];
            }
        }
    }

    private static String percentiles(long[] nanos) {
        Arrays.sort(nanos);
        return String.format(
                "p50 %.1f ms, p90 %.1f ms, p99 %.1f ms, max %.1f ms",
                at(nanos, 0.5), at(nanos, 0.9), at(nanos, 0.99), at(nanos, 1));
    }

    private static double at(long[] sorted, double part) {
        return sorted[(int) Math.min(sorted.length - 1, Math.round(part * sorted.length))] / 1e6;
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalStateException(what);
        }
    }
}
