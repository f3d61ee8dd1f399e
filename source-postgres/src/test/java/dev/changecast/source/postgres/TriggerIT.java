package dev.changecast.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.filter.Filter;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.Snapshot;
import dev.changecast.api.source.SnapshotQuery;
import dev.changecast.api.source.SourceMessage;
import dev.changecast.testing.RecordedRow;
import dev.changecast.testing.RecordingSink;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What capture by triggers tells, in which order, and how snapshots fit in. */
class TriggerIT {
    private final TestDatabase database = TestServer.shared().database();

    private PostgresSourceBuilder source() {
        return TriggerInstallationIT.source(database);
    }

    private RunningSource start() {
        TriggerInstallationIT.install(source());
        return RunningSource.start(source());
    }

    private void change(String... statements) {
        database.execute(statements);
    }

    @Test
    void changesAreToldInTheOrderOfWritingWithTheWholeOldRow() {
        change("CREATE TABLE t (id int PRIMARY KEY, name text, price numeric)");
        try (RunningSource running = start()) {
            database.transaction(
                    "INSERT INTO t VALUES (1, 'Tür \"2\", (\\)', 1.50), (2, NULL, NULL), (3, '', 7)",
                    "UPDATE t SET name = 'x' WHERE id = 1",
                    "UPDATE t SET id = 20 WHERE id = 2",
                    "DELETE FROM t WHERE id = 3");
            running.sink.awaitKind("commit");
            assertThat(running.sink.story())
                    .containsExactly(
                            "begin",
                            "insert public.t {\"id\":1,\"name\":\"Tür \\\"2\\\", (\\\\)\",\"price\":\"1.50\"}",
                            "insert public.t {\"id\":2,\"name\":null,\"price\":null}",
                            "insert public.t {\"id\":3,\"name\":\"\",\"price\":\"7\"}",
                            "update public.t {\"id\":1,\"name\":\"x\",\"price\":\"1.50\"} was"
                                    + " {\"id\":1,\"name\":\"Tür \\\"2\\\", (\\\\)\",\"price\":\"1.50\"}",
                            "update public.t {\"id\":20,\"name\":null,\"price\":null} was"
                                    + " {\"id\":2,\"name\":null,\"price\":null}",
                            "delete public.t was {\"id\":3,\"name\":\"\",\"price\":\"7\"}",
                            "commit");
            List<Position> positions = running.sink.changes().stream()
                    .map(RecordingSink.Event::position)
                    .toList();
            assertThat(positions).isSorted().doesNotHaveDuplicates();
            assertThat(running.sink.last().position().isAfter(positions.get(positions.size() - 1)))
                    .isTrue();
        }
    }

    @Test
    void truncatesRollbacksAndSavepointsAreToldAsWhatBecameOfThem() {
        change("CREATE TABLE t (id int PRIMARY KEY)", "CREATE TABLE u (id int REFERENCES t)");
        try (RunningSource running = start()) {
            change(
                    "BEGIN",
                    "INSERT INTO t VALUES (1)",
                    "ROLLBACK",
                    "BEGIN",
                    "INSERT INTO t VALUES (2)",
                    "SAVEPOINT a",
                    "INSERT INTO t VALUES (3)",
                    "ROLLBACK TO a",
                    "INSERT INTO t VALUES (4)",
                    "COMMIT",
                    "TRUNCATE t CASCADE");
            running.sink.await(event -> event.toString().equals("truncate public.u"));
            running.sink.await(event -> event.toString().equals("truncate public.t"));
            assertThat(running.sink.changes().stream().map(Object::toString))
                    .containsExactlyInAnyOrder(
                            "insert public.t {\"id\":2}",
                            "insert public.t {\"id\":4}",
                            "truncate public.t",
                            "truncate public.u");
        }
    }

    @Test
    void valuesAreTheTextsOfTheLogicalStreamWhateverTheWritersSessionHas() throws Exception {
        change("CREATE TYPE mood AS ENUM ('happy')", "CREATE TYPE pair AS (a int, b text)");
        change("CREATE TABLE v (id int PRIMARY KEY, at timestamptz, span interval, day date, bytes bytea, f8 float8,"
                + " moods mood[], p pair, doc jsonb, plain json, range tstzrange, flag bool, money money, texts text[],"
                + " made int GENERATED ALWAYS AS (id * 2) STORED, word char(5), uid uuid, net inet)");
        String insert =
                "INSERT INTO v VALUES (1, '2026-03-01 12:00:00.5+02', '1 day 02:03:04', '2026-01-02', '\\x00ff', 0.1,"
                        + " '{happy}', '(1,\"a,\\\"b\\\" (\")', '{\"a\": [1, \"x\"]}', '{\"k\":  1}', '[2026-01-01 00:00+03,)', true,"
                        + " 12.5, ARRAY['a,\"b', NULL, 'NULL', ''], DEFAULT, 'ab', '00000000-0000-0000-0000-000000000001', '10.0.0.0/8')";
        try (RunningSource logical = RunningSource.start(database.source());
                RunningSource running = start();
                Connection connection = database.connect();
                Statement statement = connection.createStatement()) {
            for (String setting : List.of(
                    "TimeZone = 'America/New_York'",
                    "IntervalStyle = 'sql_standard'",
                    "bytea_output = 'escape'",
                    "extra_float_digits = -10")) {
                statement.execute("SET " + setting);
            }
            statement.execute(insert);
            // The driver itself refuses this setting.
            statement.execute("CREATE FUNCTION abroad() RETURNS void LANGUAGE sql SET DateStyle = 'German, DMY' AS"
                    + " 'UPDATE v SET id = 2'");
            statement.execute("SELECT abroad()");
            running.sink.await(event -> event.toString().startsWith("update"));
            logical.sink.await(event -> event.toString().startsWith("update"));
            String triggered = running.sink.changes().get(1).after().replace(",\"made\":4", "");
            assertThat(triggered)
                    .isEqualTo(logical.sink.changes().get(1).after().replace(",\"made\":4", ""));
            assertThat(running.sink.changes().get(1).after())
                    .contains("\"made\":4")
                    .contains("2026-03-01T10:00:00.5Z");
            assertThat(rows(running, "v"))
                    .containsExactly(running.sink.changes().get(1).after());
        }
    }

    @Test
    void largeRowsAndRowsOfTablesWithoutAKeyAreTold() {
        change("CREATE TABLE t (a int, big text)");
        try (RunningSource running = start()) {
            change(
                    "INSERT INTO t VALUES (1, repeat('0123456789', 1000000)), (1, repeat('\"', 9000))",
                    "UPDATE t SET a = 2 WHERE length(big) = 9000",
                    "DELETE FROM t WHERE length(big) > 10000");
            running.sink.await(event -> event.toString().startsWith("delete"));
            assertThat(running.sink.changes()).hasSize(4);
            assertThat(running.sink.changes().get(0).after()).hasSize(10_000_000 + "{\"a\":1,\"big\":\"\"}".length());
            assertThat(running.sink.changes().get(2).after()).hasSize(18_000 + "{\"a\":2,\"big\":\"\"}".length());
            assertThat(running.sink.changes().get(2).before()).hasSize(18_000 + "{\"a\":1,\"big\":\"\"}".length());
            assertThat(running.sink.changes().get(0).relation().key()).isEmpty();
        }
    }

    @Test
    void partitionsAreToldAsTheirTableAlsoNewOnesAndThoseWithAnotherOrderOfColumns() {
        change(
                "CREATE TABLE p (id int, area int, name text, PRIMARY KEY (id, area)) PARTITION BY LIST (area)",
                "CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1)",
                "CREATE TABLE p2 (gone int, name text, area int NOT NULL, id int NOT NULL, PRIMARY KEY (id, area))",
                "ALTER TABLE p2 DROP COLUMN gone",
                "ALTER TABLE p ATTACH PARTITION p2 FOR VALUES IN (2)");
        try (RunningSource running = start()) {
            change(
                    "INSERT INTO p VALUES (1, 1, 'a'), (2, 2, 'b')",
                    "INSERT INTO p2 (id, area, name) VALUES (3, 2, 'c')",
                    "UPDATE p SET area = 2 WHERE id = 1");
            change("CREATE TABLE p3 PARTITION OF p FOR VALUES IN (3)", "INSERT INTO p VALUES (4, 3, 'd')");
            running.sink.await(event -> event.toString().contains("\"id\":4"));
            assertThat(running.sink.changes().stream().map(Object::toString))
                    .containsExactly(
                            "insert public.p {\"id\":1,\"area\":1,\"name\":\"a\"}",
                            "insert public.p {\"id\":2,\"area\":2,\"name\":\"b\"}",
                            "insert public.p {\"id\":3,\"area\":2,\"name\":\"c\"}",
                            "delete public.p was {\"id\":1,\"area\":1,\"name\":\"a\"}",
                            "insert public.p {\"id\":1,\"area\":2,\"name\":\"a\"}",
                            "insert public.p {\"id\":4,\"area\":3,\"name\":\"d\"}");
            assertThat(running.sink.changes().stream()
                            .map(RecordingSink.Event::relation)
                            .distinct())
                    .hasSize(1);
        }
    }

    @Test
    void whatReplicationAppliesIsCapturedToo() {
        change("CREATE TABLE t (id int PRIMARY KEY)");
        try (RunningSource running = start()) {
            change("SET session_replication_role = replica", "INSERT INTO t VALUES (1)");
            running.sink.await(event -> event.toString().contains("\"id\":1"));
        }
    }

    @Test
    void aTriggerOfTheApplicationThatChangesTheSameRowIsToldBehindWhatItReactsTo() {
        change(
                "CREATE TABLE t (id int PRIMARY KEY, n int)",
                "CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS"
                        + " 'BEGIN UPDATE t SET n = n + 1 WHERE id = NEW.id AND n < 3; RETURN NULL; END'",
                "CREATE TRIGGER \"10_again\" AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION again()");
        try (RunningSource running = start()) {
            change("INSERT INTO t VALUES (1, 0), (2, 0)");
            running.sink.awaitKind("commit");
            assertThat(running.sink.changes().stream().map(RecordingSink.Event::after))
                    .containsSubsequence("{\"id\":1,\"n\":0}", "{\"id\":1,\"n\":1}")
                    .containsSubsequence("{\"id\":2,\"n\":0}", "{\"id\":2,\"n\":1}");
        }
    }

    @Test
    void aTransactionIsToldWhenItHasEndedWhateverBeganOrEndedBefore() throws Exception {
        change("CREATE TABLE t (id int PRIMARY KEY, n int)", "INSERT INTO t VALUES (1, 0)");
        try (RunningSource running = start();
                Connection older = database.connect();
                Connection longer = database.connect();
                Statement first = older.createStatement();
                Statement longest = longer.createStatement()) {
            longer.setAutoCommit(false);
            longest.execute("INSERT INTO t VALUES (100, 0)");
            older.setAutoCommit(false);
            first.execute("SELECT pg_current_xact_id()");
            change("UPDATE t SET n = 1 WHERE id = 1");
            running.sink.await(event -> event.toString().contains("\"n\":1}"));
            // The older transaction writes the row later.
            first.execute("UPDATE t SET n = 2 WHERE id = 1");
            older.commit();
            running.sink.await(event -> event.toString().startsWith("update public.t {\"id\":1,\"n\":2}"));
            change("UPDATE t SET n = 3 WHERE id = 1");
            longer.commit();
            running.sink.await(event -> event.toString().contains("\"id\":100"));
            running.sink.await(event -> event.toString().contains("\"n\":3}"));
            assertThat(running.sink.changes().stream()
                            .map(RecordingSink.Event::after)
                            .filter(row -> row.contains("\"id\":1,")))
                    .containsExactly("{\"id\":1,\"n\":1}", "{\"id\":1,\"n\":2}", "{\"id\":1,\"n\":3}");
        }
    }

    @Test
    void aSnapshotHoldsExactlyTheBatchesUpToItsTick() throws Exception {
        change("CREATE TABLE t (id int PRIMARY KEY)");
        try (RunningSource running = start();
                Connection open = database.connect();
                Statement statement = open.createStatement()) {
            open.setAutoCommit(false);
            statement.execute("INSERT INTO t VALUES (7)");
            change("INSERT INTO t VALUES (1)");
            SnapshotQuery query = new SnapshotQuery(relation(running, "t"), Filter.ALL, List.of(), 0);
            try (Snapshot snapshot = running.source.snapshots().orElseThrow().open(query)) {
                open.commit();
                assertThat(snapshot.mayLackEarlier()).isFalse();
                running.sink.await(event -> event.toString().contains("\"id\":7"));
                List<String> rows = new ArrayList<>();
                for (Row row = snapshot.next(); row != null; row = snapshot.next()) {
                    rows.add(RecordedRow.of(row).json(snapshot.relation()));
                }
                assertThat(rows).containsExactly("{\"id\":1}");
                for (RecordingSink.Event event : running.sink.changes()) {
                    assertThat(snapshot.contains(
                                    null, new Position(event.position().major(), 1)))
                            .as(event.toString())
                            .isEqualTo(event.toString().contains("\"id\":1}"));
                }
            }
            change("INSERT INTO t VALUES (8)");
            running.source.snapshots().orElseThrow().raiseFence("f");
            running.sink.awaitKind("fence");
            assertThat(running.sink.changes().toString()).contains("\"id\":8");
        }
    }

    @Test
    void messagesComeWithTheirTransaction() {
        change("CREATE TABLE t (id int PRIMARY KEY)");
        PostgresSourceBuilder source = source().messages(true);
        TriggerInstallationIT.install(source);
        try (RunningSource running = RunningSource.start(source)) {
            database.transaction(
                    "INSERT INTO t VALUES (1)",
                    "SELECT changecast.notify('user:42', 'notification', '{\"title\":\"hello\"}')",
                    "INSERT INTO t VALUES (2)");
            running.sink.await(event -> event.toString().contains("\"id\":2"));
            running.sink.awaitKind("commit");
            assertThat(running.sink.changes()).hasSize(3);
            assertThat(SourceMessage.isRelation(running.sink.changes().get(1).relation()))
                    .isTrue();
            assertThat(running.sink.changes().get(1).after())
                    .contains("user:42")
                    .contains("hello");
            assertThatThrownBy(() -> database.query(
                            "SELECT changecast.notify('broadcast', 'x', '1', transactional => false)::text"))
                    .hasMessageContaining("transactional has to be true");
        }
    }

    private static Relation relation(RunningSource running, String table) throws Exception {
        return running.source.relations().stream()
                .filter(relation -> relation.name().equals(table))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> rows(RunningSource running, String table) throws Exception {
        SnapshotQuery query = new SnapshotQuery(relation(running, table), Filter.ALL, List.of(), 0);
        List<String> rows = new ArrayList<>();
        try (Snapshot snapshot = running.source.snapshots().orElseThrow().open(query)) {
            for (Row row = snapshot.next(); row != null; row = snapshot.next()) {
                rows.add(RecordedRow.of(row).json(snapshot.relation()));
            }
        }
        return rows;
    }
}
