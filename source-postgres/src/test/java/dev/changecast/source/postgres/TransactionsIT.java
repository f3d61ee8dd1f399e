package dev.changecast.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.Position;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.RecordingSink;
import java.sql.Connection;
import java.util.List;
import org.junit.jupiter.api.Test;

class TransactionsIT {
    private final TestDatabase database = TestServer.shared().database();

    @Test
    void aTransactionIsToldWholeWithItsIdAndPositions() {
        database.execute("CREATE TABLE desk (id int PRIMARY KEY, name text)");
        try (RunningSource running = RunningSource.start(database.source())) {
            String xid = database.transaction(
                    "INSERT INTO desk VALUES (1, 'Fenster'), (2, NULL)",
                    "UPDATE desk SET name = 'Tür' WHERE id = 2",
                    "DELETE FROM desk WHERE id = 1");
            running.sink.awaitKind("commit");

            assertThat(running.sink.story())
                    .containsExactly(
                            "begin",
                            "insert public.desk {\"id\":1,\"name\":\"Fenster\"}",
                            "insert public.desk {\"id\":2,\"name\":null}",
                            "update public.desk {\"id\":2,\"name\":\"Tür\"}",
                            "delete public.desk was {\"id\":1}",
                            "commit");
            RecordingSink.Event begin = running.sink.awaitKind("begin");
            assertThat(begin.text()).isEqualTo(xid);
            long major = begin.position().major();
            assertThat(running.sink.changes().stream().map(RecordingSink.Event::position))
                    .containsExactly(
                            new Position(major, 2),
                            new Position(major, 4),
                            new Position(major, 6),
                            new Position(major, 8));
            assertThat(running.sink.awaitKind("commit").position().major()).isGreaterThan(major);
            assertThat(running.sink.awaitKind("commit").position().minor()).isZero();
        }
    }

    @Test
    void aNewTableIsTakenInBetweenItsWritersSoThatNoneIsMissed() throws Exception {
        database.execute("CREATE TABLE old (id int PRIMARY KEY)");
        String published = "SELECT tablename FROM pg_publication_tables WHERE tablename LIKE 'young%' ORDER BY 1";
        try (RunningSource running = RunningSource.start(database.source());
                Connection writer = database.connect();
                var statement = writer.createStatement()) {
            writer.setAutoCommit(false);
            String young = "young0";
            for (int i = 1; !isWrittenToBeforeItIsTakenIn(young, writer, published); i++) {
                // The source has just looked in the moment between the table and its writer.
                young = "young" + i;
            }
            String taken = young;
            database.execute("CREATE TABLE younger (id int PRIMARY KEY)");
            Eventually.await("a later table", () -> database.query(published).contains("younger"));
            assertThat(database.query(published)).as("while it is written to").doesNotContain(taken);
            writer.commit();
            Eventually.await("the table", () -> database.query(published).contains(taken));
            statement.execute("INSERT INTO " + taken + " VALUES (2)");
            writer.commit();
            running.sink.awaitKind("commit");
            assertThat(running.sink.changes()).hasSize(1);
        }
    }

    /** Makes a table of which a partition is written to from its first moment, but for a very short one. */
    private boolean isWrittenToBeforeItIsTakenIn(String table, Connection writer, String published) throws Exception {
        database.execute("CREATE TABLE " + table + " (id int PRIMARY KEY) PARTITION BY RANGE (id)");
        try (var statement = writer.createStatement()) {
            statement.execute("CREATE TABLE " + table + "_1 PARTITION OF " + table + " FOR VALUES FROM (0) TO (100)");
            writer.commit();
            statement.execute("INSERT INTO " + table + "_1 VALUES (1)");
        }
        if (database.query(published).contains(table)) {
            writer.rollback();
            return false;
        }
        return true;
    }

    @Test
    void whatIsRolledBackNeverAppears() {
        database.execute("CREATE TABLE desk (id int PRIMARY KEY)");
        try (RunningSource running = RunningSource.start(database.source())) {
            database.execute(
                    "BEGIN",
                    "INSERT INTO desk VALUES (1)",
                    "ROLLBACK",
                    "BEGIN",
                    "INSERT INTO desk VALUES (2)",
                    "SAVEPOINT a",
                    "INSERT INTO desk VALUES (3)",
                    "ROLLBACK TO a",
                    "INSERT INTO desk VALUES (4)",
                    "COMMIT");
            running.sink.awaitKind("commit");
            assertThat(running.sink.story())
                    .containsExactly(
                            "begin", "insert public.desk {\"id\":2}", "insert public.desk {\"id\":4}", "commit");
        }
    }

    @Test
    void truncateIsToldForEachTableThatItReaches() {
        database.execute(
                "CREATE TABLE floor (id int PRIMARY KEY)",
                "CREATE TABLE desk (id int PRIMARY KEY, floor int REFERENCES floor)",
                "CREATE TABLE chair (id int PRIMARY KEY)");
        try (RunningSource running = RunningSource.start(database.source())) {
            database.execute("TRUNCATE floor, chair CASCADE");
            running.sink.awaitKind("commit");
            assertThat(running.sink.changes().stream().map(Object::toString))
                    .containsExactlyInAnyOrder(
                            "truncate public.floor", "truncate public.desk", "truncate public.chair");
            assertThat(running.sink.changes().stream()
                            .map(event -> event.position().minor()))
                    .containsExactly(2L, 4L, 6L);
        }
    }

    @Test
    void partitionsAreToldAsTheirTable() {
        database.execute(
                "CREATE TABLE reading (id int, day date, PRIMARY KEY (id, day)) PARTITION BY RANGE (day)",
                "CREATE TABLE reading_1 PARTITION OF reading FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')",
                "CREATE TABLE reading_2 PARTITION OF reading FOR VALUES FROM ('2026-02-01') TO ('2026-03-01')");
        try (RunningSource running = RunningSource.start(database.source())) {
            database.execute(
                    "INSERT INTO reading VALUES (1, '2026-01-05')",
                    "UPDATE reading SET day = '2026-02-05'",
                    "TRUNCATE reading");
            running.sink.await(event -> event.kind().equals("truncate"));
            assertThat(running.sink.changes().stream().map(Object::toString))
                    .containsExactly(
                            "insert public.reading {\"id\":1,\"day\":\"2026-01-05\"}",
                            "delete public.reading was {\"id\":1,\"day\":\"2026-01-05\"}",
                            "insert public.reading {\"id\":1,\"day\":\"2026-02-05\"}",
                            "truncate public.reading");
        }
    }

    @Test
    void tablesChangeTheirShapeWhileTheStreamRuns() {
        database.execute("CREATE TABLE desk (id int PRIMARY KEY, name text)");
        try (RunningSource running = RunningSource.start(database.source())) {
            database.execute(
                    "INSERT INTO desk VALUES (1, 'a')",
                    "ALTER TABLE desk ADD COLUMN floor int DEFAULT 7",
                    "INSERT INTO desk VALUES (2, 'b')",
                    "ALTER TABLE desk DROP COLUMN name",
                    "INSERT INTO desk VALUES (3, 8)",
                    "ALTER TABLE desk RENAME COLUMN floor TO etage",
                    "INSERT INTO desk VALUES (4, 9)",
                    "ALTER TABLE desk RENAME TO tisch",
                    "INSERT INTO tisch VALUES (5, 10)");
            running.sink.awaitMarker("tisch");
            assertThat(running.sink.changes().stream().map(Object::toString))
                    .containsExactly(
                            "insert public.desk {\"id\":1,\"name\":\"a\"}",
                            "insert public.desk {\"id\":2,\"name\":\"b\",\"floor\":7}",
                            "insert public.desk {\"id\":3,\"floor\":8}",
                            "insert public.desk {\"id\":4,\"etage\":9}",
                            "insert public.tisch {\"id\":5,\"etage\":10}");
        }
    }

    @Test
    void aTableDroppedAndMadeAgainAndANewTableAreFoundByThemselves() {
        database.execute("CREATE TABLE desk (id int PRIMARY KEY)", "CREATE TABLE other (id int PRIMARY KEY)");
        try (RunningSource running = RunningSource.start(database.source())) {
            database.execute(
                    "INSERT INTO desk VALUES (1)", "DROP TABLE desk", "CREATE TABLE desk (name text PRIMARY KEY)");
            TestServer.await("desk is published again", () -> published().contains("desk"));
            database.execute("INSERT INTO desk VALUES ('neu')", "CREATE TABLE chair (id int PRIMARY KEY)");
            TestServer.await("chair is published", () -> published().contains("chair"));
            database.execute("INSERT INTO chair VALUES (1)");
            running.sink.awaitMarker("chair");
            assertThat(running.sink.changes().stream().map(Object::toString))
                    .containsExactly(
                            "insert public.desk {\"id\":1}",
                            "insert public.desk {\"name\":\"neu\"}",
                            "insert public.chair {\"id\":1}");
        }
    }

    @Test
    void namesMayBeQuotedAndOfAnyScript() {
        database.execute(
                "CREATE SCHEMA \"Größe.x\"",
                "CREATE TABLE \"Größe.x\".\"Täble \"\"1\"\"\" (\"Ünï?:x\" int PRIMARY KEY, \"名前\" text)",
                "CREATE SCHEMA b",
                "CREATE TABLE b.desk (id int PRIMARY KEY)",
                "CREATE TABLE desk (id int PRIMARY KEY)");
        try (RunningSource running =
                RunningSource.start(database.source().tables("\"Größe.x\".*", "b.de*", "public.nothing"))) {
            database.execute(
                    "INSERT INTO \"Größe.x\".\"Täble \"\"1\"\"\" VALUES (1, '値')",
                    "INSERT INTO desk VALUES (1)",
                    "INSERT INTO b.desk VALUES (2)");
            running.sink.await(event -> event.toString().startsWith("insert b.desk"));
            assertThat(running.sink.changes().stream().map(Object::toString))
                    .containsExactly(
                            "insert Größe.x.Täble \"1\" {\"Ünï?:x\":1,\"名前\":\"値\"}", "insert b.desk {\"id\":2}");
        }
    }

    @Test
    void rowsOfTablesThatAreNotWantedCountInPositions() {
        database.execute("CREATE TABLE a (id int PRIMARY KEY)", "CREATE TABLE b (id int PRIMARY KEY)");
        try (RunningSource all = RunningSource.start(database.source());
                RunningSource some =
                        RunningSource.start(database.source().tables("public.b").slot(database.slot() + "_b"))) {
            database.transaction(
                    "INSERT INTO a VALUES (1)",
                    "SELECT pg_logical_emit_message(true, 'mine', 'x')",
                    "SELECT pg_logical_emit_message(false, 'mine', 'x')",
                    "INSERT INTO b VALUES (1)");
            all.sink.awaitMarker("b");
            some.sink.awaitMarker("b");
            assertThat(all.sink.changes().stream().map(event -> event.position().minor()))
                    .containsExactly(2L, 6L);
            assertThat(some.sink.changes()).hasSize(1);
            assertThat(some.sink.changes().get(0).position())
                    .isEqualTo(all.sink.changes().get(1).position());
        }
    }

    private List<String> published() {
        return database.query("SELECT tablename FROM pg_publication_tables WHERE pubname = 'changecast'");
    }
}
