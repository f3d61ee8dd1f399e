package dev.changecast.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.StartPoint;
import dev.changecast.testing.RecordingSink;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class SlotIT {
    private final TestDatabase database = TestServer.shared().database();

    @Test
    void onlyWhatIsAcknowledgedIsConfirmed() {
        table();
        try (RunningSource running = RunningSource.start(database.source()).acknowledging(false)) {
            String before = confirmed();
            database.execute("INSERT INTO t VALUES (1)");
            RecordingSink.Event commit = running.sink.awaitKind("commit");
            running.sink.awaitKind("progress");
            assertThat(confirmed()).isEqualTo(before);
            running.source.acknowledge(Checkpoint.at(commit.position()));
            TestServer.await(
                    "the commit's end is confirmed",
                    () -> lsn(confirmed()) == commit.position().major());
        }
    }

    @Test
    void slotCreationSaysWhatItWaitsFor() throws Exception {
        table();
        try (Connection writer = database.connect();
                Statement statement = writer.createStatement()) {
            writer.setAutoCommit(false);
            writer.setClientInfo("ApplicationName", "nightly import");
            statement.execute("INSERT INTO t VALUES (1)");
            try (RunningSource running = RunningSource.starting(database.source(), null)) {
                RecordingSink.Event waiting = running.sink.awaitKind("waiting");
                assertThat(waiting.text())
                        .startsWith("slot creation waits for transaction ")
                        .contains("nightly import");
                writer.commit();
                running.sink.awaitKind("opened");
            }
        }
    }

    @Test
    void aSourceThatWaitsForItsSlotCanBeClosed() throws Exception {
        table();
        try (Connection writer = database.connect();
                Statement statement = writer.createStatement()) {
            writer.setAutoCommit(false);
            statement.execute("INSERT INTO t VALUES (1)");
            RunningSource running = RunningSource.starting(database.source(), null);
            running.sink.awaitKind("waiting");
            long closing = System.nanoTime();
            running.close();
            assertThat(Duration.ofNanos(System.nanoTime() - closing)).isLessThan(Duration.ofSeconds(2));
        }
    }

    @Test
    void aDroppedSlotIsMadeAnewAndTold() {
        table();
        RunningSource first = stopped();
        database.execute("SELECT pg_drop_replication_slot('" + database.slot() + "')", "INSERT INTO t VALUES (2)");
        assertReset(first.end(), "SLOT_LOST", true);
    }

    @Test
    void anAdvancedSlotIsTold() {
        table();
        RunningSource first = stopped();
        database.execute("INSERT INTO t VALUES (2)");
        database.query("SELECT pg_replication_slot_advance('" + database.slot() + "', pg_current_wal_lsn())::text");
        assertReset(first.end(), "SLOT_LOST", true);
    }

    @Test
    void aPublicationMadeAnewBeginsANewEpoch() {
        table();
        RunningSource first = stopped();
        database.execute("DROP PUBLICATION changecast", "INSERT INTO t VALUES (2)");
        assertReset(first.end(), "EPOCH_CHANGED", false);
    }

    @Test
    void aSlotOlderThanItsPublicationIsMadeAnew() {
        table();
        stopped();
        database.execute("DROP PUBLICATION changecast", "INSERT INTO t VALUES (2)");
        RunningSource running = RunningSource.starting(database.source(), null);
        running.sink.awaitKind("opened");
        database.execute("INSERT INTO t VALUES (3)");
        TestServer.await(
                "it fails, or has told the row (PostgreSQL 18 skips what has no publication)",
                () -> running.hasEnded() || !running.sink.changes().isEmpty());
        if (running.hasEnded()) {
            // As the engine would.
            running.source.run(null, sinkThatCloses(running));
        }
        running.close();
    }

    private static dev.changecast.api.source.ChangeSink sinkThatCloses(RunningSource running) {
        RecordingSink sink = new RecordingSink();
        sink.onCheckpoint(checkpoint -> running.source.close());
        return sink;
    }

    @Test
    void anotherDatabaseIsAnotherEpoch() {
        table();
        RunningSource first = stopped();
        TestDatabase other = TestServer.shared().database();
        other.execute("CREATE TABLE t (id int PRIMARY KEY)");
        try (RunningSource running = RunningSource.start(other.source(), first.end())) {
            assertThat(running.sink.awaitKind("reset").text()).isEqualTo("EPOCH_CHANGED");
            assertThat(running.sink.epoch()).isNotEqualTo(first.sink.epoch());
        }
    }

    @Test
    void aDatabaseSetBackToAnEarlierStateIsAnotherEpoch() {
        table();
        RunningSource first = stopped();
        StartPoint ahead = new StartPoint(
                first.sink.epoch(),
                new Checkpoint(new Position(first.sink.last().position().major() + (1L << 40), 0), "1"));
        assertReset(ahead, "EPOCH_CHANGED", false);
    }

    @Test
    void anInvalidatedSlotIsMadeAnewAndTold() {
        try (TestServer server = TestServer.start(builder -> builder.setServerConfig("max_slot_wal_keep_size", "1MB")
                .setServerConfig("max_wal_size", "32MB")
                .setServerConfig("min_wal_size", "32MB"))) {
            TestDatabase small = server.database();
            small.execute("CREATE TABLE t (id int PRIMARY KEY)");
            RunningSource first = RunningSource.start(small.source());
            small.execute("INSERT INTO t VALUES (1)");
            first.sink.awaitKind("commit");
            first.close();
            TestServer.await("the slot is lost", () -> {
                small.execute("INSERT INTO t SELECT max(id) + 1 FROM t", "SELECT pg_switch_wal()", "CHECKPOINT");
                return small.query("SELECT wal_status FROM pg_replication_slots")
                        .contains("lost");
            });
            assertThat(small.source().build().check().warnings()).anyMatch(text -> text.contains("made anew"));
            try (RunningSource running = RunningSource.start(small.source(), first.end())) {
                assertThat(running.sink.awaitKind("reset").text()).isEqualTo("SLOT_LOST");
                small.execute("INSERT INTO t VALUES (-1)");
                running.sink.awaitKind("commit");
            }
        }
    }

    @Test
    void aSlotInUseIsRefusedWithTheProcess() {
        table();
        try (RunningSource running = RunningSource.start(database.source())) {
            database.execute("INSERT INTO t VALUES (1)");
            running.sink.awaitKind("commit");
            try (RunningSource second = RunningSource.starting(database.source(), null)) {
                second.sink.awaitKind("waiting");
                Throwable failure = second.failure(Duration.ofSeconds(10));
                assertThat(failure).hasMessageContaining("is in use by process ");
                assertThat(((ChangecastException) failure).code()).isEqualTo(ErrorCode.SOURCE_NOT_READY);
            }
            assertThat(running.hasEnded()).isFalse();
        }
    }

    @Test
    void aTemporarySlotLeavesNothingBehind() {
        table();
        try (RunningSource running = RunningSource.start(database.source().temporary(true))) {
            database.execute("INSERT INTO t VALUES (1)");
            running.sink.awaitKind("commit");
        }
        TestServer.await("the slot has gone", () -> confirmedAll().isEmpty());
    }

    @Test
    void aFailoverSlotIsMadeWhereTheServerKnowsThem() {
        table();
        try (RunningSource running = RunningSource.start(database.source().failover(true))) {
            String failover = database.query("SELECT coalesce(to_jsonb(s) ->> 'failover', 'unknown')"
                            + " FROM pg_replication_slots s WHERE slot_name = '" + database.slot() + "'")
                    .get(0);
            assertThat(failover).isIn("true", "unknown");
            assertThat(failover.equals("true"))
                    .isEqualTo(Integer.parseInt(
                                    database.query("SHOW server_version_num").get(0))
                            >= 170000);
            database.execute("INSERT INTO t VALUES (1)");
            running.sink.awaitKind("commit");
        }
    }

    private void table() {
        database.execute("CREATE TABLE t (id int PRIMARY KEY)");
    }

    private RunningSource stopped() {
        RunningSource first = RunningSource.start(database.source());
        database.execute("INSERT INTO t VALUES (1)");
        first.sink.awaitKind("commit");
        first.close();
        TestServer.await(
                "the slot is free",
                () -> database.query(
                                "SELECT active FROM pg_replication_slots WHERE slot_name = '" + database.slot() + "'")
                        .contains("f"));
        return first;
    }

    private void assertReset(StartPoint start, String reason, boolean sameEpoch) {
        try (RunningSource running = RunningSource.start(database.source(), start)) {
            assertThat(running.sink.awaitKind("reset").text()).isEqualTo(reason);
            assertThat(running.sink.epoch().equals(start.epoch())).isEqualTo(sameEpoch);
            database.execute("INSERT INTO t VALUES (3)");
            running.sink.awaitKind("commit");
            assertThat(running.sink.changes()).hasSize(1);
        }
    }

    private String confirmed() {
        return confirmedAll().get(0);
    }

    private java.util.List<String> confirmedAll() {
        return database.query(
                "SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = '" + database.slot() + "'");
    }

    private static long lsn(String text) {
        return org.postgresql.replication.LogSequenceNumber.valueOf(text).asLong();
    }
}
