package dev.changecast.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.Relation;
import dev.changecast.api.source.StartPoint;
import dev.changecast.testing.RecordingSink;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Where capture by triggers can go on, and how it notices that it cannot. */
class TriggerHistoryIT {
    private static final String[] TABLES = {"change", "tick", "shape", "reader", "installation"};

    private final TestDatabase database = TestServer.shared().database();

    @BeforeEach
    void install() {
        database.execute("CREATE TABLE t (id int PRIMARY KEY, n int)");
        TriggerInstallationIT.install(source());
    }

    private PostgresSourceBuilder source() {
        return TriggerInstallationIT.source(database);
    }

    private RunningSource start(StartPoint start) {
        return RunningSource.start(source(), start);
    }

    private static RecordingSink.Event awaitRow(RunningSource running, int id) {
        RecordingSink.Event row = running.sink.await(event -> event.toString().contains("{\"id\":" + id + ","));
        running.sink.await(event -> event.is("commit") && event.position().isAfter(row.position()));
        return row;
    }

    private static String opening(RunningSource running) {
        RecordingSink.Event opening = running.sink.await(event -> event.is("opened") || event.is("reset"));
        return opening.is("opened") ? "opened" : opening.text();
    }

    @Test
    void twoReadersGetTheSameBatchesAtTheSamePlaces() {
        try (RunningSource one = RunningSource.start(source());
                RunningSource two = RunningSource.start(source().slot("other"))) {
            assertThat(two.sink.epoch()).isEqualTo(one.sink.epoch());
            for (int i = 1; i <= 200; i++) {
                database.execute("INSERT INTO t VALUES (" + i + ", 0)");
            }
            awaitRow(one, 200);
            awaitRow(two, 200);
            assertThat(places(two)).isEqualTo(places(one));
        }
    }

    private static List<String> places(RunningSource running) {
        return running.sink.events().stream()
                .filter(event -> event.isChange() || event.is("begin") || event.is("commit"))
                .map(event -> event + "@" + event.position())
                .toList();
    }

    @Test
    void whatWasNotAcknowledgedIsKeptAndTheRestTrimmed() {
        StartPoint middle;
        try (RunningSource running = RunningSource.start(source())) {
            for (int i = 1; i <= 20; i++) {
                database.execute("INSERT INTO t VALUES (" + i + ", 0)");
            }
            awaitRow(running, 20);
            TestServer.await(
                    "what was acknowledged is trimmed",
                    () -> database.query("SELECT count(*)::text FROM changecast.change")
                            .get(0)
                            .equals("0"));
            running.acknowledging(false);
            middle = running.end();
            for (int i = 21; i <= 30; i++) {
                database.execute("INSERT INTO t VALUES (" + i + ", 0)");
            }
            awaitRow(running, 30);
        }
        assertThat(database.query("SELECT count(*)::text FROM changecast.change"))
                .containsExactly("10");
        try (RunningSource again = start(middle)) {
            awaitRow(again, 30);
            assertThat(opening(again)).isEqualTo("opened");
            assertThat(again.sink.changes()).hasSize(10);
        }
    }

    @Test
    void aReaderThatWasAwayForTooLongIsForgottenAndToldSo() {
        StartPoint end;
        try (RunningSource running = RunningSource.start(source())) {
            database.execute("INSERT INTO t VALUES (1, 0)");
            awaitRow(running, 1);
            end = running.end();
        }
        database.execute("UPDATE changecast.reader SET seen = seen - interval '25 hours'");
        try (RunningSource other = RunningSource.start(source().slot("other"))) {
            database.execute("INSERT INTO t VALUES (2, 0)");
            awaitRow(other, 2);
            TestServer.await(
                    "it is forgotten",
                    () -> database.query("SELECT name FROM changecast.reader").equals(List.of("other")));
            TestServer.await(
                    "and what it lacked is gone",
                    () -> database.query("SELECT count(*)::text FROM changecast.change")
                            .get(0)
                            .equals("0"));
        }
        try (RunningSource again = start(end)) {
            assertThat(opening(again)).isEqualTo("SLOT_LOST");
            assertThat(again.sink.epoch()).isEqualTo(end.epoch());
        }
    }

    @Test
    void theSameReaderTwiceIsRefused() {
        try (RunningSource running = RunningSource.start(source());
                RunningSource twin = RunningSource.starting(source(), null)) {
            assertThat(twin.failure(Duration.ofSeconds(20))).hasMessageContaining("another process reads");
            assertThat(running.hasEnded()).isFalse();
        }
    }

    @Test
    void aBrokenConnectionEndsTheRunAndTheNextGoesOnWithoutAGap() {
        try (RunningSource running = RunningSource.start(source())) {
            database.execute("INSERT INTO t VALUES (1, 0)");
            awaitRow(running, 1);
            for (String purpose : List.of("reader", "ticker")) {
                StartPoint end;
                try (RunningSource victim =
                        RunningSource.start(source().slot("v" + purpose).name("v" + purpose))) {
                    end = victim.end();
                    database.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name ="
                            + " 'changecast v" + purpose + " " + purpose + "'");
                    assertThat(victim.failure(Duration.ofSeconds(20))).hasMessageContaining("database at");
                }
                int id = purpose.length();
                database.execute("INSERT INTO t VALUES (" + id + ", 1) ON CONFLICT (id) DO UPDATE SET n = t.n + 1");
                try (RunningSource next = RunningSource.start(source().slot("v" + purpose), end)) {
                    awaitRow(next, id);
                    assertThat(opening(next)).isEqualTo("opened");
                }
            }
            assertThat(running.hasEnded()).isFalse();
        }
    }

    @Test
    void aDatabaseThatWasSetBackAndHasGrownPastTheLogIsAnotherHistory() {
        StartPoint end;
        try (RunningSource running = RunningSource.start(source())) {
            database.execute("INSERT INTO t VALUES (1, 0)");
            awaitRow(running, 1);
            save();
            database.execute("INSERT INTO t VALUES (2, 0)");
            awaitRow(running, 2);
            end = running.end();
        }
        // As a base backup would: the same tables with what they held before, and then other ticks of the same numbers.
        restore();
        for (int i = 0; i < 20; i++) {
            database.execute("INSERT INTO t VALUES (" + (100 + i) + ", 0)", "SELECT changecast.tick('0')");
        }
        try (RunningSource again = start(end)) {
            assertThat(opening(again)).isEqualTo("EPOCH_CHANGED");
            assertThat(again.sink.epoch()).isNotEqualTo(end.epoch());
            database.execute("INSERT INTO t VALUES (3, 0)");
            awaitRow(again, 3);
        }
    }

    @Test
    void aDatabaseThatWasSetBackBehindTheLogIsAnotherHistory() {
        StartPoint end;
        try (RunningSource running = RunningSource.start(source())) {
            database.execute("INSERT INTO t VALUES (1, 0)");
            awaitRow(running, 1);
            save();
            for (int i = 2; i < 40; i++) {
                database.execute("INSERT INTO t VALUES (" + i + ", 0)", "SELECT changecast.tick('0')");
            }
            awaitRow(running, 39);
            end = running.end();
        }
        restore();
        try (RunningSource again = start(end)) {
            assertThat(opening(again)).isEqualTo("EPOCH_CHANGED");
        }
    }

    @Test
    void aDumpThatIsRestoredElsewhereIsAnotherHistoryAlsoWithLowerTransactionIds() {
        StartPoint end;
        try (RunningSource running = RunningSource.start(source())) {
            database.execute("INSERT INTO t VALUES (1, 0)");
            awaitRow(running, 1);
            end = running.end();
        }
        save();
        TestDatabase copy = TestServer.shared().database();
        copy.execute("CREATE TABLE t (id int PRIMARY KEY, n int)");
        PostgresSourceBuilder there = TriggerInstallationIT.source(copy).slot(database.slot());
        TriggerInstallationIT.install(there);
        copyTo(copy);
        // Transactions there have other numbers: those of the copy may be lower or higher than the present ones.
        copy.execute(
                "UPDATE changecast.change SET xid = '10'",
                "INSERT INTO changecast.change (xid, relation, operation, new_row) VALUES ('99999999', 1, 'I', '(1)')",
                "UPDATE changecast.tick SET snapshot = '99999990:99999990:' WHERE id = (SELECT max(id) FROM"
                        + " changecast.tick)");
        try (RunningSource again = RunningSource.start(there, end)) {
            assertThat(opening(again)).isEqualTo("EPOCH_CHANGED");
            copy.execute("INSERT INTO t VALUES (5, 0)");
            awaitRow(again, 5);
            assertThat(again.sink.changes()).hasSize(1);
        }
    }

    @Test
    void aDumpOfHigherTransactionIdsThatWasRestoredIntoTheSameTablesIsNoticedByItsTicks() {
        StartPoint end;
        try (RunningSource running = RunningSource.start(source())) {
            database.execute("INSERT INTO t VALUES (1, 0)");
            awaitRow(running, 1);
            end = running.end();
            database.execute(
                    "UPDATE changecast.tick SET snapshot = '99999990:99999990:' WHERE id = (SELECT max(id) FROM"
                            + " changecast.tick)");
            assertThat(running.failure(Duration.ofSeconds(20))).hasMessageContaining("begun anew");
        }
        try (RunningSource again = start(end)) {
            assertThat(opening(again)).isEqualTo("EPOCH_CHANGED");
        }
    }

    private void save() {
        database.execute("DROP SCHEMA IF EXISTS saved CASCADE", "CREATE SCHEMA saved");
        for (String table : TABLES) {
            database.execute("CREATE TABLE saved." + table + " AS SELECT * FROM changecast." + table);
        }
    }

    private void restore() {
        for (String table : TABLES) {
            database.execute(
                    "BEGIN",
                    "DELETE FROM changecast." + table,
                    "INSERT INTO changecast." + table + " SELECT * FROM saved." + table,
                    "COMMIT");
        }
    }

    private void copyTo(TestDatabase copy) {
        for (String table : TABLES) {
            List<String> rows = database.query(
                    "SELECT format('(%L::changecast." + table + ").*', s::text) FROM saved." + table + " s");
            copy.execute("DELETE FROM changecast." + table);
            rows.forEach(row -> copy.execute("INSERT INTO changecast." + table + " SELECT " + row));
        }
    }

    @Test
    void aTriggerThatWasDroppedOrDisabledByHandTakesTheTableAwayAndAnotherOneIsAnotherTable() throws Exception {
        try (RunningSource running = RunningSource.start(source())) {
            Relation before = running.source.relations().get(0);
            database.execute("ALTER TABLE t DISABLE TRIGGER \"00_changecast_row\"", "INSERT INTO t VALUES (1, 0)");
            assertThat(running.source.relations()).isEmpty();
            assertThat(running.source.check().warnings())
                    .anyMatch(warning -> warning.contains("\"t\" lacks a trigger"));
            TriggerInstallationIT.install(source());
            Relation enabled = running.source.relations().get(0);
            assertThat(enabled.identity()).isNotEqualTo(before.identity());
            database.execute("DROP TRIGGER \"00_changecast_truncate\" ON t");
            assertThat(running.source.relations()).isEmpty();
            TriggerInstallationIT.install(source());
            database.execute("DROP TRIGGER \"00_changecast_row\" ON t", "INSERT INTO t VALUES (2, 0)");
            TriggerInstallationIT.install(source());
            database.execute("INSERT INTO t VALUES (3, 0)");
            Relation anew = awaitRow(running, 3).relation();
            assertThat(anew.identity()).isNotIn(before.identity(), enabled.identity());
            assertThat(running.source.relations()).containsExactly(anew);
            assertThat(running.sink.changes()).hasSize(1);
        }
    }

    @Test
    void aNewShapeIsToldWithTheFirstChangeInIt() throws Exception {
        try (RunningSource running = RunningSource.start(source())) {
            database.execute("INSERT INTO t VALUES (1, 0)");
            Relation before = awaitRow(running, 1).relation();
            database.execute(
                    "ALTER TABLE t ADD COLUMN name text DEFAULT 'x'",
                    "ALTER TABLE t DROP COLUMN n",
                    "ALTER TABLE t ADD COLUMN m numeric(5,2)",
                    "SELECT changecast.tick('0')");
            database.execute("INSERT INTO t VALUES (2, 'y', 1)");
            RecordingSink.Event event = awaitRow(running, 2);
            assertThat(event.after()).isEqualTo("{\"id\":2,\"name\":\"y\",\"m\":\"1.00\"}");
            assertThat(event.relation()).isNotEqualTo(before);
            assertThat(running.source.relations()).containsExactly(event.relation());
            database.execute("ALTER TABLE t ALTER COLUMN m TYPE text", "SELECT changecast.tick('0')");
            database.execute("UPDATE t SET m = 'no number' WHERE id = 2");
            running.sink.await(seen -> seen.toString().contains("no number"));
        }
    }

    @Test
    void whereTheShapeChangesAmongTheWritesOfABatchTheTableIsAnotherOne() throws Exception {
        try (RunningSource running = RunningSource.start(source());
                Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            database.execute("INSERT INTO t VALUES (1, 0)");
            Relation before = awaitRow(running, 1).relation();
            connection.setAutoCommit(false);
            statement.execute("INSERT INTO t VALUES (2, 0)");
            statement.execute("ALTER TABLE t ALTER COLUMN n TYPE text USING 'no number'");
            statement.execute("INSERT INTO t VALUES (3, 'x')");
            connection.commit();
            // What cannot be told for sure is not told, and who holds rows is made to read them anew.
            TestServer.await(
                    "it is another one",
                    () -> !running.source.relations().get(0).identity().equals(before.identity()));
            database.execute("INSERT INTO t VALUES (4, 'y')");
            assertThat(awaitRow(running, 4).relation())
                    .isEqualTo(running.source.relations().get(0));
            assertThat(running.sink.changes()).hasSize(2);
        }
    }

    @Test
    void aTableThatIsDroppedAndMadeAgainNeedsItsTriggersAgain() throws Exception {
        try (RunningSource running = RunningSource.start(source())) {
            database.execute("DROP TABLE t", "CREATE TABLE t (id int PRIMARY KEY, n int)");
            assertThat(running.source.relations()).isEmpty();
            TriggerInstallationIT.install(source());
            database.execute("INSERT INTO t VALUES (1, 0)");
            assertThat(running.source.relations()).contains(awaitRow(running, 1).relation());
        }
    }

    @Test
    void aTableThatWasJustMadeAndAlteredIsToldFromItsFirstRowOn() {
        try (RunningSource running = RunningSource.start(source().heartbeat(Duration.ofHours(1)))) {
            database.execute("CREATE TABLE young (id int PRIMARY KEY)", "ALTER TABLE young ADD COLUMN n int");
            TriggerInstallationIT.install(source());
            database.execute("INSERT INTO young VALUES (1, 0)");
            awaitRow(running, 1);
        }
    }

    @Test
    void whatIsTakenOutUnderARunIsSaid() throws Exception {
        try (RunningSource running = RunningSource.start(source())) {
            var preparation = running.source.preparation().orElseThrow();
            preparation.execute(preparation.uninstall());
            assertThat(running.failure(Duration.ofSeconds(20)))
                    .hasMessageContaining("has no triggers of Changecast: changecast postgres install");
        }
    }

    @Test
    void anIdleWriterIsHeardAtOnceAndOneThatBeganBeforeSoon() throws Exception {
        try (RunningSource running = RunningSource.start(source());
                Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("INSERT INTO t VALUES (1, 0)");
            TestServer.await(
                    "it sleeps",
                    () -> database.query("SELECT asleep::text FROM changecast.installation")
                            .equals(List.of("true")));
            connection.commit();
            awaitRow(running, 1);
            TestServer.await(
                    "it sleeps again",
                    () -> database.query("SELECT asleep::text FROM changecast.installation")
                            .equals(List.of("true")));
            database.execute("INSERT INTO t VALUES (2, 0)");
            awaitRow(running, 2);
            assertThat(database.query("SELECT asleep::text FROM changecast.installation"))
                    .isNotEmpty();
        }
    }
}
