package dev.changecast.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.Position;
import dev.changecast.api.source.SourceMessage;
import dev.changecast.api.source.StartPoint;
import dev.changecast.testing.RecordingSink;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Messages that SQL writes into the WAL. */
class MessagesIT {
    private final TestDatabase database = TestServer.shared().database();

    @BeforeEach
    void install() throws IOException {
        try (InputStream sql = PostgresSource.class.getResourceAsStream("notify.sql")) {
            database.execute(new String(sql.readAllBytes(), StandardCharsets.UTF_8));
        }
        database.execute("CREATE TABLE t (id int PRIMARY KEY)");
    }

    private RunningSource start() {
        return RunningSource.start(database.source().messages(true));
    }

    private static String notify(String title, boolean transactional) {
        return "SELECT changecast.notify('user:42', 'notification', '{\"title\":\"" + title + "\"}', 'id-1', 'high', "
                + transactional + ")";
    }

    private static boolean isMessage(RecordingSink.Event event) {
        return event.relation() != null && SourceMessage.isRelation(event.relation());
    }

    private static RecordingSink.Event awaitMessage(RunningSource running, String title) {
        return running.sink.await(event ->
                isMessage(event) && event.after() != null && event.after().contains(title));
    }

    @Test
    void aMessageStandsBetweenTheChangesOfItsTransaction() {
        try (RunningSource running = start()) {
            database.transaction("INSERT INTO t VALUES (1)", notify("hello", true), "INSERT INTO t VALUES (2)");
            running.sink.await(event -> event.toString().contains("\"id\":2"));
            running.sink.awaitKind("commit");
            List<RecordingSink.Event> changes = running.sink.changes();
            assertThat(changes).hasSize(3);
            assertThat(isMessage(changes.get(1))).isTrue();
            assertThat(changes.get(1).after())
                    .contains("user:42")
                    .contains("notification")
                    .contains("hello")
                    .contains("id-1")
                    .contains("high");
            assertThat(changes).extracting(event -> event.position().minor()).containsExactly(2L, 4L, 6L);
            assertThat(running.sink.events().stream()
                            .filter(event -> event.kind().equals("commit")))
                    .hasSize(1);
        }
    }

    @Test
    void whatIsRolledBackIsNotToldUnlessItIsOutsideTheTransaction() throws Exception {
        try (RunningSource running = start();
                Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("INSERT INTO t VALUES (1)");
            statement.execute(notify("inside", true));
            statement.execute(notify("outside", false));
            connection.rollback();
            database.execute("INSERT INTO t VALUES (2)");
            running.sink.await(event -> event.toString().contains("\"id\":2"));
            assertThat(running.sink.changes()).hasSize(2);
            assertThat(running.sink.changes().get(0).after()).contains("outside");
        }
    }

    @Test
    void itsPlaceIsJustBeforeTheEndOfItsRecord() {
        try (RunningSource running = start()) {
            String end = database.query("SELECT (changecast.notify('broadcast', 'x', '1', transactional => false)"
                            + " - '0/0'::pg_lsn)::int8::text")
                    .get(0);
            database.execute("INSERT INTO t VALUES (1)");
            RecordingSink.Event message = awaitMessage(running, "broadcast");
            // The record before ends earlier, and the next one begins there at the earliest.
            assertThat(message.position()).isEqualTo(new Position(Long.parseLong(end) - 1, 2));
        }
    }

    @Test
    void messagesOutsideTransactionsKeepTheOrderOfPositionsAndComeOnceOverRestarts() throws Exception {
        List<RecordingSink.Event> first;
        StartPoint[] ends;
        try (RunningSource running = start().acknowledging(false);
                Connection open = database.connect();
                Statement inOpen = open.createStatement()) {
            open.setAutoCommit(false);
            inOpen.execute("INSERT INTO t VALUES (-1)");
            for (int i = 0; i < 30; i++) {
                switch (i % 3) {
                    case 0 -> database.execute("INSERT INTO t VALUES (" + i + ")");
                    case 1 -> database.execute(notify("m" + i + ".", false));
                    default -> database.transaction(notify("t" + i + ".", true), notify("n" + i + ".", false));
                }
                if (i == 15) {
                    open.commit();
                }
            }
            database.execute("INSERT INTO t VALUES (1000)");
            running.sink.await(event -> event.toString().contains("\"id\":1000"));
            running.sink.await(event -> event.kind().equals("commit")
                    && event.position().isAfter(running.sink.changes().get(40).position()));
            first = told(running);
            String epoch = running.sink.epoch();
            ends = first.stream()
                    .filter(event -> event.kind().equals("commit"))
                    .map(event -> new StartPoint(
                            epoch, new dev.changecast.api.source.Checkpoint(event.position(), event.text())))
                    .toArray(StartPoint[]::new);
        }
        assertThat(first.stream().map(RecordingSink.Event::position)).isSorted().doesNotHaveDuplicates();
        assertThat(first.stream().filter(MessagesIT::isMessage)).hasSize(30);
        // The slot has confirmed nothing: all of it comes again, at the same places, from wherever the log ends.
        for (int i = 0; i < ends.length - 1; i += 3) {
            Position end = ends[i].checkpoint().position();
            try (RunningSource again = RunningSource.start(database.source().messages(true), ends[i])
                    .acknowledging(false)) {
                again.sink.await(event -> event.toString().contains("\"id\":1000"));
                again.sink.awaitKind("commit");
                List<String> expected = places(first, end);
                assertThat(places(told(again), end))
                        .startsWith(expected.subList(0, expected.size() - 1).toArray(String[]::new));
            }
        }
    }

    private static List<RecordingSink.Event> told(RunningSource running) {
        return running.sink.events().stream()
                .filter(event -> event.relation() != null || event.kind().equals("commit"))
                .toList();
    }

    /** What comes behind a place; what is before it the log knows by its position. */
    private static List<String> places(List<RecordingSink.Event> events, Position after) {
        return events.stream()
                .filter(event -> event.position().isAfter(after))
                .map(event -> event + "@" + event.position())
                .toList();
    }

    @Test
    void aMessageOutsideTransactionsMovesTheSlotOfAQuietDatabase() {
        try (RunningSource running = start()) {
            database.execute(notify("alone", false));
            RecordingSink.Event message = awaitMessage(running, "alone");
            dev.changecast.testing.Eventually.await(
                    "the slot to be behind the message",
                    () -> Long.parseLong(database.query(
                                            "SELECT (confirmed_flush_lsn - '0/0'::pg_lsn)::int8::text FROM pg_replication_slots"
                                                    + " WHERE slot_name = '" + database.slot() + "'")
                                    .get(0))
                            > message.position().major());
        }
    }

    @Test
    void noneAreGivenUnlessTheyAreAskedForAndThePlacesAreTheSame() {
        try (RunningSource running = RunningSource.start(database.source())) {
            database.transaction(notify("in", true), "INSERT INTO t VALUES (1)");
            database.execute(notify("out", false), "INSERT INTO t VALUES (2)");
            running.sink.await(event -> event.toString().contains("\"id\":2"));
            assertThat(running.sink.changes()).hasSize(2).noneMatch(MessagesIT::isMessage);
            assertThat(running.sink.changes().get(0).position().minor()).isEqualTo(4);
        }
        assertThat(database.source().build().carriesMessages()).isFalse();
        assertThat(database.source().messages(true).build().carriesMessages()).isTrue();
    }

    @Test
    void anyTextAndAnyBytesAreGivenAsTextAndStopNothing() {
        try (RunningSource running = start()) {
            database.execute(
                    "SELECT pg_logical_emit_message(true, 'changecast.message', 'no JSON')",
                    "SELECT pg_logical_emit_message(true, 'changecast.message', '\\xfffe00'::bytea)",
                    "SELECT pg_logical_emit_message(false, 'changecast.message', '')",
                    "SELECT pg_logical_emit_message(true, 'changecast.message', repeat('x', 2000000))",
                    "INSERT INTO t VALUES (1)");
            running.sink.await(event -> event.toString().contains("\"id\":1"));
            assertThat(running.sink.changes()).hasSize(4);
            assertThat(running.sink.changes().get(0).after()).contains("no JSON");
        }
    }

    @Test
    void nobodyMayCallTheFunctionUntilItIsGranted() {
        database.execute(
                "DO $$ BEGIN CREATE ROLE teller; EXCEPTION WHEN duplicate_object THEN NULL; END $$",
                "GRANT USAGE ON SCHEMA changecast TO teller");
        assertThat(mayCall()).isEqualTo("f");
        database.execute("GRANT EXECUTE ON FUNCTION changecast.notify TO teller");
        assertThat(mayCall()).isEqualTo("t");
        database.execute("DROP OWNED BY teller", "DROP ROLE teller");
    }

    private String mayCall() {
        return database.query("SELECT has_function_privilege('teller', oid, 'EXECUTE')::text FROM pg_proc"
                        + " WHERE proname = 'notify'")
                .get(0)
                .substring(0, 1);
    }
}
