package dev.changecast.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.postgresql.replication.LogSequenceNumber;

class LivenessIT {
    private final TestDatabase database = TestServer.shared().database();

    @Test
    void anIdleDatabaseLetsGoOfTheWalOfABusyCluster() {
        table(database);
        try (RunningSource running = RunningSource.start(database.source().heartbeat(Duration.ofHours(1)))) {
            TestDatabase busy = TestServer.shared().database();
            busy.execute("CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t SELECT generate_series(1, 1000)");
            long written = lsn(busy.query("SELECT pg_current_wal_lsn()").get(0));
            TestServer.await(
                    "the slot has moved",
                    () -> lsn(database.query("SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = '"
                                            + database.slot() + "'")
                                    .get(0))
                            >= written);
            // The log is never behind the slot: a later start finds all that was confirmed.
            assertThat(running.sink.last().position().major()).isGreaterThanOrEqualTo(written);
            assertThat(running.sink.changes()).isEmpty();
        }
    }

    @Test
    void heartbeatsComeByAsProgress() {
        table(database);
        try (RunningSource running = RunningSource.start(database.source().heartbeat(Duration.ofMillis(100)))) {
            for (int i = 0; i < 3; i++) {
                running.sink.forget();
                running.sink.awaitKind("progress");
            }
            assertThat(running.sink.story()).isEmpty();
        }
    }

    @Test
    void aSinkWithoutRoomForLongerThanTheSenderTimeoutLosesNothing() throws Exception {
        try (TestServer server = TestServer.start(builder -> builder.setServerConfig("wal_sender_timeout", "1s"))) {
            TestDatabase strict = server.database();
            table(strict);
            try (RunningSource running = RunningSource.start(strict.source())) {
                running.sink.open(false);
                strict.execute("INSERT INTO t SELECT n, repeat('x', 1000) FROM generate_series(1, 20000) n");
                assertThat(new CountDownLatch(1).await(4, TimeUnit.SECONDS)).isFalse();
                assertThat(running.sink.changes()).isEmpty();
                running.sink.open(true);
                running.sink.await(event -> event.toString().contains("\"id\":20000,"));
                running.sink.awaitKind("commit");
                assertThat(running.sink.changes()).hasSize(20000);
                assertThat(running.hasEnded()).isFalse();
            }
        }
    }

    @Test
    void aFastStopOfTheDatabaseDoesNotWaitForAnIdleSource() {
        assertStopsFast(true, true);
    }

    @Test
    void aFastStopOfTheDatabaseDoesNotWaitForALogThatDoesNotAnswer() {
        assertStopsFast(false, true);
    }

    @Test
    void aFastStopOfTheDatabaseDoesNotWaitForASinkWithoutRoom() {
        assertStopsFast(true, false);
    }

    private static void assertStopsFast(boolean acknowledging, boolean room) {
        TestServer server = TestServer.start(builder -> {});
        TestDatabase stopped = server.database();
        table(stopped);
        try (RunningSource running = RunningSource.start(stopped.source()).acknowledging(acknowledging)) {
            stopped.execute("INSERT INTO t VALUES (1, 'x')");
            running.sink.awaitKind("commit");
            running.sink.open(room);
            stopped.execute("INSERT INTO t SELECT n, repeat('x', 1000) FROM generate_series(2, 20000) n");
            if (room) {
                running.sink.await(event -> event.toString().contains("\"id\":20000,"));
            }
            long stopping = System.nanoTime();
            server.close();
            assertThat(Duration.ofNanos(System.nanoTime() - stopping)).isLessThan(Duration.ofMillis(3500));
            assertThat(running.failure(Duration.ofSeconds(5)))
                    .isInstanceOf(dev.changecast.api.ChangecastException.class);
        }
    }

    @Test
    void aConnectionThatHasDiedSilentlyIsNoticedByItsHeartbeat() throws Exception {
        table(database);
        try (FreezingProxy proxy = new FreezingProxy(TestServer.shared().port())) {
            String url = "jdbc:postgresql://127.0.0.1:" + proxy.port() + "/" + database.name();
            try (RunningSource running = RunningSource.start(
                    database.source().replication(url, "postgres", null).heartbeat(Duration.ofMillis(200)))) {
                running.sink.awaitKind("progress");
                proxy.freeze();
                assertThat(running.failure(Duration.ofSeconds(5))).hasMessageContaining("is dead: nothing came for ");
            }
        }
    }

    @Test
    void closingEndsARunThatIsStillConnecting() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            String url = "jdbc:postgresql://127.0.0.1:" + silent.getLocalPort() + "/x";
            RunningSource running =
                    RunningSource.starting(PostgresSource.builder().replication(url, "u", "p"), null);
            try (var accepted = silent.accept()) {
                assertThat(accepted.isConnected()).isTrue();
                long closing = System.nanoTime();
                running.close();
                assertThat(Duration.ofNanos(System.nanoTime() - closing)).isLessThan(Duration.ofSeconds(2));
            }
        }
    }

    @Test
    void closingFreesEverythingAndMayBeRepeated() {
        table(database);
        RunningSource running = RunningSource.start(database.source());
        running.sink.awaitKind("progress");
        long closing = System.nanoTime();
        running.close();
        running.source.close();
        assertThat(Duration.ofNanos(System.nanoTime() - closing)).isLessThan(Duration.ofSeconds(2));
        TestServer.await(
                "no connection is left",
                () -> database.query("SELECT pid FROM pg_stat_activity" + " WHERE application_name LIKE 'changecast "
                                + database.name() + " %'")
                        .isEmpty());
    }

    private static void table(TestDatabase in) {
        in.execute("CREATE TABLE t (id int PRIMARY KEY, v text)");
    }

    private static long lsn(String text) {
        return LogSequenceNumber.valueOf(text).asLong();
    }
}
