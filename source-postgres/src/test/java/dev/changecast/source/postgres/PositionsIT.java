package dev.changecast.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.ResetReason;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.StartPoint;
import dev.changecast.testing.RecordingSink;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PositionsIT {
    private final TestDatabase database = TestServer.shared().database();

    @Test
    void aRestartFromAnyCheckpointGivesTheSameSequence() throws Exception {
        database.execute("CREATE TABLE t (id int PRIMARY KEY, v int)");
        List<RecordingSink.Event> first;
        String epoch;
        try (RunningSource running = RunningSource.start(database.source()).acknowledging(false)) {
            interleavedTransactions();
            database.execute("INSERT INTO t VALUES (1000, 0)");
            running.sink.await(event -> event.toString().contains("\"id\":1000"));
            running.sink.await(event -> event.kind().equals("commit"));
            first = told(running);
            epoch = running.sink.epoch();
        }
        List<Checkpoint> checkpoints = first.stream()
                .filter(event -> event.kind().equals("commit"))
                .map(event -> new Checkpoint(event.position(), event.text()))
                .toList();
        assertThat(checkpoints).hasSizeGreaterThan(3);
        for (Checkpoint checkpoint : checkpoints.subList(0, checkpoints.size() - 1)) {
            try (RunningSource again = RunningSource.start(database.source(), new StartPoint(epoch, checkpoint))
                    .acknowledging(false)) {
                again.sink.await(event -> event.toString().contains("\"id\":1000"));
                again.sink.awaitKind("commit");
                int from = first.indexOf(first.stream()
                                .filter(event -> event.kind().equals("commit")
                                        && event.position().equals(checkpoint.position()))
                                .findFirst()
                                .orElseThrow())
                        + 1;
                assertThat(told(again).stream().map(PositionsIT::full))
                        .startsWith(first.subList(from, first.size() - 1).stream()
                                .map(PositionsIT::full)
                                .toArray(String[]::new));
                assertThat(again.sink.epoch()).isEqualTo(epoch);
            }
        }
    }

    private static List<RecordingSink.Event> told(RunningSource running) {
        List<RecordingSink.Event> told = new ArrayList<>(running.sink.events());
        told.removeIf(event -> List.of("opened", "progress", "waiting").contains(event.kind()));
        return told;
    }

    private static String full(RecordingSink.Event event) {
        return event + "@" + event.position() + "#" + event.text();
    }

    /** Rows whose LSNs lie before those of transactions that were committed earlier. */
    private void interleavedTransactions() throws Exception {
        try (Connection a = database.connect();
                Connection b = database.connect();
                Statement inA = a.createStatement();
                Statement inB = b.createStatement()) {
            a.setAutoCommit(false);
            b.setAutoCommit(false);
            int id = 0;
            for (int round = 0; round < 3; round++) {
                inA.execute("INSERT INTO t VALUES (" + id++ + ", 1)");
                inB.execute("INSERT INTO t VALUES (" + id++ + ", 2)");
                inA.execute("UPDATE t SET v = 3 WHERE id = " + (id - 2));
                b.commit();
                inB.execute("INSERT INTO t VALUES (" + id++ + ", 4)");
                a.commit();
                b.commit();
            }
        }
    }

    @Test
    void positionsGrowOverInterleavedTransactions() throws Exception {
        database.execute("CREATE TABLE t (id int PRIMARY KEY, v int)");
        try (RunningSource running = RunningSource.start(database.source())) {
            interleavedTransactions();
            database.execute("INSERT INTO t VALUES (1000, 0)");
            running.sink.await(event -> event.toString().contains("\"id\":1000"));
            Position last = Position.ZERO;
            for (RecordingSink.Event event : running.sink.events()) {
                Position position = event.position();
                if (position != null) {
                    assertThat(position).isGreaterThanOrEqualTo(last);
                    last = position;
                }
            }
        }
    }

    @Test
    void aTransactionCutOffInTheMiddleIsGivenAgainFromItsBeginning() {
        database.execute("CREATE TABLE t (id int PRIMARY KEY, v text)");
        RunningSource cut = RunningSource.start(database.source());
        database.execute("INSERT INTO t VALUES (0, 'before')");
        RecordingSink.Event before = cut.sink.awaitKind("commit");
        cut.sink.open(false);
        int asked = cut.sink.roomAsked();
        database.execute("INSERT INTO t SELECT n, repeat('x', 1000) FROM generate_series(1, 20000) n");
        TestServer.await("the source asks for room", () -> cut.sink.roomAsked() > asked + 1);
        cut.sink.open(true);
        cut.sink.await(event -> event.toString().contains("\"id\":100,"));
        database.execute("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = '"
                + database.slot() + "'");
        Throwable failure = cut.failure(Duration.ofSeconds(10));
        assertThat(failure).isInstanceOf(dev.changecast.api.ChangecastException.class);
        cut.close();
        boolean whole = cut.sink.last().position().isAfter(before.position())
                && cut.sink.changes().size() == 20001;
        assertThat(whole).as("the connection was cut inside the transaction").isFalse();

        try (RunningSource again = RunningSource.start(
                database.source(), new StartPoint(cut.sink.epoch(), new Checkpoint(before.position(), "1")))) {
            again.sink.await(event -> event.toString().contains("\"id\":20000,"));
            List<RecordingSink.Event> first =
                    cut.sink.changes().subList(1, cut.sink.changes().size());
            assertThat(first).isNotEmpty();
            assertThat(again.sink.changes().subList(0, first.size()).stream().map(PositionsIT::full))
                    .containsExactlyElementsOf(
                            first.stream().map(PositionsIT::full).toList());
            assertThat(again.sink.changes()).hasSize(20000);
        }
    }

    @Test
    void aTransactionOfAMillionRowsNeedsNoMemoryOfItsSize() throws Exception {
        database.execute("CREATE TABLE t (id int PRIMARY KEY, v text)");
        CountingSink sink = new CountingSink(1_000_000);
        try (PostgresSource source =
                database.source().heartbeat(Duration.ofSeconds(5)).build()) {
            Thread thread = new Thread(
                    () -> {
                        try {
                            source.run(null, sink);
                        } catch (RuntimeException e) {
                            sink.failure = e;
                            sink.committed.countDown();
                        }
                    },
                    "test-source");
            thread.start();
            assertThat(sink.opened.await(10, TimeUnit.SECONDS)).isTrue();
            database.execute("INSERT INTO t SELECT n, repeat('x', 200) FROM generate_series(1, 1000000) n");
            assertThat(sink.committed.await(60, TimeUnit.SECONDS)).isTrue();
            assertThat(sink.failure).isNull();
            assertThat(sink.rows).isEqualTo(1_000_000);
            assertThat(sink.roomAsked).isGreaterThan(3_000);
            assertThat(sink.usedNearTheEnd - sink.usedNearTheBeginning)
                    .as("bytes held for 800 000 rows of 200 bytes")
                    .isLessThan(40L << 20);
        }
    }

    /** Counts, and looks at the heap twice within the transaction. */
    private static final class CountingSink implements ChangeSink {
        private final CountDownLatch opened = new CountDownLatch(1);
        private final CountDownLatch committed = new CountDownLatch(1);
        private final int expected;
        private int rows;
        private int roomAsked;
        private long usedNearTheBeginning;
        private long usedNearTheEnd;
        private volatile @Nullable RuntimeException failure;

        private CountingSink(int expected) {
            this.expected = expected;
        }

        @Override
        public void opened(String epoch, Checkpoint from) {
            opened.countDown();
        }

        @Override
        public void reset(ResetReason reason, String epoch, Checkpoint from) {}

        @Override
        public boolean awaitRoom(Duration wait) {
            roomAsked++;
            return true;
        }

        @Override
        public void begin(@Nullable String tx, Position position, Instant committedAt) {}

        @Override
        public void change(
                long minor, Relation relation, Operation operation, @Nullable Row after, @Nullable Row before) {
            rows++;
            if (rows == expected / 10) {
                usedNearTheBeginning = used();
            } else if (rows == expected / 10 * 9) {
                usedNearTheEnd = used();
            }
        }

        private static long used() {
            System.gc();
            return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
        }

        @Override
        public void commit(Checkpoint end) {
            committed.countDown();
        }

        @Override
        public void progress(Checkpoint at) {}

        @Override
        public void fence(String id) {}

        @Override
        public void waiting(String what) {}
    }
}
