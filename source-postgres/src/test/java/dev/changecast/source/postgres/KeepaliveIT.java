package dev.changecast.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.StartPoint;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.postgresql.replication.LogSequenceNumber;

/**
 * A keepalive tells how far the server has read. A driver that confirms so much passes what was received and is not yet
 * safe, when the rows that come just then were written before what was confirmed last.
 */
class KeepaliveIT {
    private static final int ROWS = 16_000;
    private static final String MIDDLE = "\"id\":" + ROWS / 4 + ",";
    private static final String LAST = "\"id\":" + ROWS + ",";

    /** Half of this without a word from us, and the server asks whether we are there. */
    private static final int SENDER_TIMEOUT_MILLISECONDS = 2_000;

    @Test
    void aKeepaliveAmongInterleavedTransactionsConfirmsNothingThatIsNotDurable() throws Exception {
        try (TestServer server = TestServer.start(
                builder -> builder.setServerConfig("wal_sender_timeout", SENDER_TIMEOUT_MILLISECONDS + "ms"))) {
            TestDatabase database = server.database();
            database.execute("CREATE TABLE t (id int PRIMARY KEY, v text)");
            StartPoint durable;
            List<String> given;
            try (RunningSource running = RunningSource.start(source(database)).acknowledging(false);
                    Connection connection = database.connect();
                    Statement early = connection.createStatement()) {
                connection.setAutoCommit(false);
                early.execute("INSERT INTO t SELECT n, repeat('x', 1000) FROM generate_series(1, " + ROWS + ") n");
                database.execute("INSERT INTO t VALUES (-1, 'durable')");
                Checkpoint safe = Checkpoint.at(running.sink.awaitKind("commit").position());
                running.source.acknowledge(safe);
                long end = safe.position().major();
                TestServer.await("what is durable is confirmed", () -> confirmed(database) == end);
                durable = new StartPoint(running.sink.epoch(), new Checkpoint(safe.position(), "1"));
                running.sink.forget();

                database.execute("INSERT INTO t VALUES (-2, 'not durable')");
                running.sink.awaitKind("commit");
                running.sink.hold(event -> event.toString().contains(MIDDLE));
                connection.commit();
                running.sink.await(event -> event.toString().contains(MIDDLE));
                awaitReply(database, "< clock_timestamp() - interval '" + SENDER_TIMEOUT_MILLISECONDS * 6 / 10 + "ms'");
                // The server has asked. Its question stands in line behind a part of the rows.
                running.sink.hold(event -> false);
                awaitBoth(running);
                awaitReply(
                        database,
                        "> '" + database.query("SELECT clock_timestamp()::text").get(0) + "'");
                assertThat(confirmed(database)).isEqualTo(end);

                database.execute("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots");
                assertThat(running.failure(Duration.ofSeconds(10))).isNotNull();
                assertThat(confirmed(database)).isEqualTo(end);
                given = running.sink.story();
            }
            try (RunningSource again = RunningSource.start(source(database), durable)) {
                awaitBoth(again);
                assertThat(given).contains("insert public.t {\"id\":-2,\"v\":\"not durable\"}");
                assertThat(again.sink.story()).isEqualTo(given);
            }
        }
    }

    private static PostgresSourceBuilder source(TestDatabase database) {
        return database.source().heartbeat(Duration.ofSeconds(20));
    }

    private static void awaitBoth(RunningSource running) {
        running.sink.await(event -> event.toString().contains(LAST));
        TestServer.await(
                "both transactions",
                () -> running.sink.events().stream()
                                .filter(event -> event.kind().equals("commit"))
                                .count()
                        == 2);
    }

    private static void awaitReply(TestDatabase database, String when) {
        TestServer.await(
                "a last word from us " + when,
                () -> database.query("SELECT reply_time " + when + " FROM pg_stat_replication")
                        .equals(List.of("t")));
    }

    private static long confirmed(TestDatabase database) {
        return LogSequenceNumber.valueOf(database.query("SELECT confirmed_flush_lsn FROM pg_replication_slots")
                        .get(0))
                .asLong();
    }
}
