package dev.changecast.source.postgres;

import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.ResetReason;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.ValueWriter;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Measures how fast a backlog of 400 000 rows in transactions of 100 is read, with every value written once. Run by hand
 * from the test classpath; not a test, as its figure depends on the machine.
 */
final class Throughput {
    private static final int TRANSACTIONS = 4_000;
    private static final int ROWS = 100;

    private Throughput() {}

    public static void main(String[] arguments) throws Exception {
        try (TestServer server = TestServer.start(builder -> {})) {
            TestDatabase database = server.database();
            database.execute("CREATE TABLE t (id int PRIMARY KEY, name text, amount numeric, at timestamptz, ok bool)");
            for (int round = 1; round <= 3; round++) {
                PostgresSourceBuilder builder = database.source().slot("round" + round);
                RunningSource made = RunningSource.start(builder);
                made.close();
                fill(database);
                Counter counter = new Counter();
                long begun = System.nanoTime();
                try (PostgresSource source =
                        builder.heartbeat(Duration.ofSeconds(10)).build()) {
                    Thread thread = new Thread(() -> source.run(null, counter), "measured-source");
                    thread.start();
                    counter.all.await();
                    long opened = counter.openedAt;
                    long ended = System.nanoTime();
                    System.out.printf(
                            "round %d: %d rows, %d bytes of values, %.0f rows/s from the open stream, %.0f from run()%n",
                            round,
                            counter.rows,
                            counter.bytes,
                            counter.rows * 1e9 / (ended - opened),
                            counter.rows * 1e9 / (ended - begun));
                }
            }
        }
    }

    private static void fill(TestDatabase database) throws Exception {
        try (Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            statement.execute("TRUNCATE t");
            for (int i = 0; i < TRANSACTIONS; i++) {
                statement.execute(
                        "INSERT INTO t SELECT n, 'name of ' || n, n * 1.5, now(), n % 2 = 0 FROM generate_series("
                                + i * ROWS + ", " + (i * ROWS + ROWS - 1) + ") n");
            }
        }
    }

    private static final class Counter implements ChangeSink, ValueWriter {
        private final CountDownLatch all = new CountDownLatch(1);
        private volatile long openedAt;
        private int rows;
        private long bytes;

        @Override
        public void opened(String epoch, Checkpoint from) {
            openedAt = System.nanoTime();
        }

        @Override
        public void reset(ResetReason reason, String epoch, Checkpoint from) {}

        @Override
        public boolean awaitRoom(Duration wait) {
            return true;
        }

        @Override
        public void begin(@Nullable String tx, Position position, Instant committedAt) {}

        @Override
        public void change(
                long minor, Relation relation, Operation operation, @Nullable Row after, @Nullable Row before) {
            if (after != null) {
                rows++;
                for (int i = 0; i < after.size(); i++) {
                    after.write(i, this);
                }
            }
        }

        @Override
        public void commit(Checkpoint end) {
            if (rows >= TRANSACTIONS * ROWS) {
                all.countDown();
            }
        }

        @Override
        public void progress(Checkpoint at) {}

        @Override
        public void fence(String id) {}

        @Override
        public void waiting(String what) {}

        @Override
        public void nil() {}

        @Override
        public void absent() {}

        @Override
        public void literal(byte[] json, int offset, int length) {
            bytes += length;
        }

        @Override
        public void text(byte[] utf8, int offset, int length) {
            bytes += length;
        }
    }
}
