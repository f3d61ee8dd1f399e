package dev.changecast.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.filter.Filter;
import dev.changecast.api.filter.Filter.Comparison;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.Snapshot;
import dev.changecast.api.source.SnapshotQuery;
import dev.changecast.api.source.SnapshotReader;
import dev.changecast.testing.RecordedRow;
import dev.changecast.testing.RecordingSink;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

class SnapshotIT {
    private final TestDatabase database = TestServer.shared().database();

    private static SnapshotReader reader(RunningSource running) {
        return running.source.snapshots().orElseThrow();
    }

    private static Relation relation(RunningSource running, String name) {
        return running.source.relations().stream()
                .filter(relation -> relation.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static SnapshotQuery all(RunningSource running, String name) {
        return query(relation(running, name), Filter.ALL);
    }

    private static SnapshotQuery query(Relation relation, Filter filter) {
        return new SnapshotQuery(relation, filter, List.of(), 0);
    }

    private static List<String> rows(Snapshot snapshot) throws Exception {
        List<String> rows = new ArrayList<>();
        for (Row row = snapshot.next(); row != null; row = snapshot.next()) {
            rows.add(RecordedRow.of(row).json(snapshot.relation()));
        }
        return rows;
    }

    private static List<String> read(RunningSource running, SnapshotQuery query) throws Exception {
        try (Snapshot snapshot = reader(running).open(query)) {
            return rows(snapshot);
        }
    }

    @Test
    void everyTypeLooksAsItDoesInTheStream() throws Exception {
        ValuesIT.TYPES.forEach(database::execute);
        database.execute(ValuesIT.createTable("everything"), ValuesIT.insert("everything"));
        database.execute(
                "ALTER DATABASE " + database.name() + " SET DateStyle = 'German'",
                "ALTER DATABASE " + database.name() + " SET IntervalStyle = 'postgres_verbose'",
                "ALTER DATABASE " + database.name() + " SET TimeZone = 'Asia/Kolkata'",
                "ALTER DATABASE " + database.name() + " SET bytea_output = 'escape'");
        try (RunningSource running = RunningSource.start(database.source());
                Snapshot snapshot = reader(running).open(all(running, "everything"))) {
            assertThat(snapshot.relation()).isEqualTo(relation(running, "everything"));
            assertThat(rows(snapshot)).containsExactly(ValuesIT.json());
        }
    }

    @Test
    void itContainsExactlyTheTransactionsThatHadCommitted() throws Exception {
        database.execute("CREATE TABLE t (id int PRIMARY KEY)");
        try (RunningSource running = RunningSource.start(database.source());
                Connection open = database.connect();
                Statement inOpen = open.createStatement()) {
            String before = database.transaction("INSERT INTO t VALUES (1)");
            open.setAutoCommit(false);
            inOpen.execute("INSERT INTO t VALUES (2)");
            String other = database.transaction("INSERT INTO t VALUES (3)");
            try (Snapshot snapshot = reader(running).open(all(running, "t"))) {
                open.commit();
                String after = database.transaction("INSERT INTO t VALUES (4)");
                assertThat(rows(snapshot)).containsExactly("{\"id\":1}", "{\"id\":3}");
                running.sink.await(event -> event.toString().equals("insert public.t {\"id\":4}"));
                Map<String, Boolean> contained = new TreeMap<>();
                for (RecordingSink.Event event : running.sink.events()) {
                    if (event.kind().equals("begin")) {
                        contained.put(event.text(), snapshot.contains(event.text(), event.position()));
                    }
                }
                assertThat(contained).hasSize(4).containsEntry(before, true).containsEntry(other, true);
                assertThat(contained).containsEntry(after, false);
                assertThat(contained.values().stream().filter(each -> !each)).hasSize(2);
            }
        }
    }

    @Test
    void theFenceComesAfterEverythingCommittedBefore() throws Exception {
        database.execute("CREATE TABLE t (id int PRIMARY KEY)");
        try (RunningSource running = RunningSource.start(database.source())) {
            database.execute("INSERT INTO t VALUES (1)");
            reader(running).raiseFence("f-1");
            database.execute("INSERT INTO t VALUES (2)");
            running.sink.await(event -> event.toString().endsWith("{\"id\":2}"));
            assertThat(running.sink.events().stream()
                            .filter(event -> !List.of("progress", "opened").contains(event.kind()))
                            .map(event -> event.kind().equals("fence") ? "fence " + event.text() : event.toString()))
                    .startsWith(
                            "begin",
                            "insert public.t {\"id\":1}",
                            "commit",
                            "fence f-1",
                            "begin",
                            "insert public.t {\"id\":2}");
        }
    }

    @Test
    void aSnapshotAndWhatItDoesNotContainAreTheState() throws Exception {
        database.execute("CREATE TABLE t (id int PRIMARY KEY, v int)", "ALTER TABLE t REPLICA IDENTITY FULL");
        try (RunningSource running = RunningSource.start(database.source())) {
            List<Thread> writers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                int seed = i;
                writers.add(new Thread(() -> write(seed), "writer-" + i));
            }
            writers.forEach(Thread::start);
            for (int round = 0; round < 5; round++) {
                Map<String, String> state = new TreeMap<>();
                Snapshot snapshot = reader(running).open(all(running, "t"));
                try (snapshot) {
                    rows(snapshot).forEach(row -> state.put(id(row), row));
                }
                String fence = "round" + round;
                reader(running).raiseFence(fence);
                running.sink.await(event -> fence.equals(event.text()));
                Map<String, String> replayed = new TreeMap<>();
                boolean applies = false;
                for (RecordingSink.Event event : running.sink.events()) {
                    if (fence.equals(event.text())) {
                        break;
                    }
                    if (event.kind().equals("begin")) {
                        applies = !snapshot.contains(event.text(), event.position());
                    } else if (event.relation() != null) {
                        apply(replayed, event);
                        if (applies) {
                            apply(state, event);
                        }
                    }
                }
                assertThat(state).isEqualTo(replayed);
            }
            for (Thread writer : writers) {
                writer.join();
            }
        }
    }

    private static void apply(Map<String, String> state, RecordingSink.Event event) {
        if (event.before() != null) {
            state.remove(id(event.before()));
        }
        if (event.after() != null) {
            state.put(id(event.after()), event.after());
        }
    }

    private static String id(String row) {
        return row.replaceAll(",.*", "");
    }

    private void write(int seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 120; i++) {
            int id = random.nextInt(30);
            database.execute(
                    "BEGIN",
                    "INSERT INTO t VALUES (" + id + ", " + i + ") ON CONFLICT (id) DO UPDATE SET v = " + i,
                    random.nextInt(4) == 0
                            ? "DELETE FROM t WHERE id = " + id
                            : "UPDATE t SET v = v + 1000 WHERE id = " + id,
                    random.nextInt(5) == 0 ? "ROLLBACK" : "COMMIT");
        }
    }

    /** What each column type makes of comparisons: column, comparison, value, ids that match. */
    private record Case(String column, Comparison comparison, String value, Integer... ids) {}

    @Test
    void filtersMeanTheSameInTheDatabase() throws Exception {
        database.execute(
                "CREATE EXTENSION citext",
                "CREATE TYPE mood AS ENUM ('zz', 'aa')",
                "CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
                "CREATE DOMAIN single AS float4",
                "CREATE TABLE t (id int PRIMARY KEY, b bool, i2 int2, i8 int8, f4 float4, d4 single, f8 float8, n numeric,"
                        + " x text, v varchar(9), c char(4), ci citext, lo text COLLATE loose, e mood, u uuid, d date, ti time,"
                        + " ts timestamp, tz timestamptz, by bytea, net inet, iv interval, j jsonb, a int[], \"q?:x\" text)",
                "INSERT INTO t VALUES (1, true, 1, 10, 0.1, 0.1, 'NaN', 1.50, 'a', 'a', 'ab', 'AbC', 'ä', 'zz',"
                        + " '00000000-0000-0000-0000-00000000000a', '2026-01-02', '03:04:05.5', '2026-01-02 03:04:05',"
                        + " '2026-01-02 03:04:05+00', '\\x00ff', '10.0.0.1', '1 day', '{}', '{1}', 'q')",
                "INSERT INTO t VALUES (2, false, 2, 9007199254740993, 2, 2, 2.5, 'NaN', 'B', 'B', 'b', 'abc', 'Ä', 'aa',"
                        + " '00000000-0000-0000-0000-00000000000b', '0044-03-15 BC', '24:00:00', 'infinity',"
                        + " '12026-01-02 03:04:05+00', '\\x01', '10.0.0.0/8', '1 hour', '[]', '{}', 'Q')",
                "INSERT INTO t (id) VALUES (3)");
        List<Case> cases = List.of(
                new Case("b", Comparison.EQUAL, "true", 1),
                new Case("id", Comparison.GREATER, "1", 2, 3),
                new Case("i2", Comparison.LESS_OR_EQUAL, "2", 1, 2),
                new Case("i8", Comparison.EQUAL, "9007199254740993", 2),
                new Case("i8", Comparison.GREATER, "9007199254740992", 2),
                new Case("f4", Comparison.EQUAL, "0.1", 1),
                new Case("d4", Comparison.EQUAL, "0.1", 1),
                new Case("f8", Comparison.GREATER, "1E10", 1),
                new Case("f8", Comparison.EQUAL, "NaN", 1),
                new Case("n", Comparison.EQUAL, "1.5", 1),
                new Case("n", Comparison.GREATER_OR_EQUAL, "1.5", 1, 2),
                new Case("x", Comparison.EQUAL, "a", 1),
                new Case("x", Comparison.GREATER, "B", 1),
                new Case("x", Comparison.LESS, "a", 2),
                new Case("v", Comparison.EQUAL, "B", 2),
                new Case("c", Comparison.EQUAL, "ab", 1),
                new Case("c", Comparison.LESS, "b", 1),
                new Case("ci", Comparison.EQUAL, "abc", 2),
                new Case("ci", Comparison.LESS, "a", 1),
                new Case("lo", Comparison.EQUAL, "ä", 1),
                new Case("e", Comparison.EQUAL, "aa", 2),
                new Case("e", Comparison.EQUAL, "no such word"),
                new Case("u", Comparison.GREATER, "00000000-0000-0000-0000-00000000000a", 2),
                new Case("d", Comparison.EQUAL, "-0043-03-15", 2),
                new Case("d", Comparison.LESS, "2026-01-02", 2),
                new Case("ti", Comparison.EQUAL, "03:04:05.5", 1),
                new Case("ti", Comparison.GREATER, "23:59:59.999999", 2),
                new Case("ts", Comparison.EQUAL, "2026-01-02T03:04:05", 1),
                new Case("ts", Comparison.EQUAL, "infinity", 2),
                new Case("tz", Comparison.EQUAL, "2026-01-02T03:04:05Z", 1),
                new Case("tz", Comparison.GREATER_OR_EQUAL, "+12026-01-02T03:04:05Z", 2),
                new Case("by", Comparison.EQUAL, "AP8=", 1),
                new Case("by", Comparison.GREATER, "AP8=", 2),
                new Case("net", Comparison.EQUAL, "10.0.0.1", 1),
                new Case("iv", Comparison.EQUAL, "PT1H", 2),
                new Case("q?:x", Comparison.EQUAL, "Q", 2));
        try (RunningSource running = RunningSource.start(database.source())) {
            Relation relation = relation(running, "t");
            for (Case each : cases) {
                Filter filter = new Filter.Compare(each.column, each.comparison, each.value);
                List<Integer> expected = List.of(each.ids);
                assertThat(ids(running, relation, filter)).as(each.toString()).isEqualTo(expected);
                List<Integer> others = new ArrayList<>(List.of(1, 2, 3));
                others.removeAll(expected);
                assertThat(ids(running, relation, new Filter.Not(filter)))
                        .as("not " + each)
                        .isEqualTo(others);
            }
            assertThat(ids(running, relation, new Filter.IsNull("a"))).containsExactly(3);
            assertThat(ids(running, relation, new Filter.Not(new Filter.IsNull("j"))))
                    .containsExactly(1, 2);
            assertThat(ids(running, relation, new Filter.In("x", List.of("a", "B", "c"))))
                    .containsExactly(1, 2);
            assertThat(ids(running, relation, new Filter.In("x", List.of()))).isEmpty();
            assertThat(ids(running, relation, new Filter.Or(List.of()))).isEmpty();
            assertThat(ids(
                            running,
                            relation,
                            new Filter.Or(List.of(
                                    new Filter.Compare("id", Comparison.EQUAL, "3"),
                                    new Filter.And(List.of(
                                            new Filter.Compare("x", Comparison.EQUAL, "a"), new Filter.IsNull("x")))))))
                    .containsExactly(3);
            assertThatThrownBy(() -> ids(running, relation, new Filter.Compare("j", Comparison.EQUAL, "{}")))
                    .isInstanceOf(ChangecastException.class)
                    .extracting("code")
                    .isEqualTo(ErrorCode.BAD_FILTER);
            assertThatThrownBy(() -> ids(running, relation, new Filter.IsNull("nothing")))
                    .extracting("code")
                    .isEqualTo(ErrorCode.UNKNOWN_COLUMN);
            assertThatThrownBy(() -> ids(running, relation, new Filter.Compare("u", Comparison.EQUAL, "x")))
                    .extracting("code")
                    .isEqualTo(ErrorCode.BAD_FILTER);
        }
    }

    private static List<Integer> ids(RunningSource running, Relation relation, Filter filter) throws Exception {
        SnapshotQuery query = new SnapshotQuery(relation, filter, List.of(new SnapshotQuery.Order("id", false)), 0);
        return read(running, query).stream()
                .map(row -> Integer.valueOf(row.replaceAll("\\{\"id\":(\\d+),.*", "$1")))
                .toList();
    }

    @Test
    void rowsComeInTheOrderAskedForUpToTheLimit() throws Exception {
        database.execute(
                "CREATE TABLE t (id int PRIMARY KEY, name text)",
                "INSERT INTO t VALUES (1, 'a'), (2, 'B'), (3, 'a'), (4, NULL)");
        try (RunningSource running = RunningSource.start(database.source())) {
            List<SnapshotQuery.Order> order =
                    List.of(new SnapshotQuery.Order("name", false), new SnapshotQuery.Order("id", true));
            assertThat(read(running, new SnapshotQuery(relation(running, "t"), Filter.ALL, order, 3)))
                    .containsExactly(
                            "{\"id\":2,\"name\":\"B\"}", "{\"id\":3,\"name\":\"a\"}", "{\"id\":1,\"name\":\"a\"}");
        }
    }

    @Test
    void onlyRowsThatTheStreamTellsUnderThisTableAreRead() throws Exception {
        database.execute(
                "CREATE TABLE parent (id int PRIMARY KEY)",
                "CREATE TABLE child (PRIMARY KEY (id)) INHERITS (parent)",
                "INSERT INTO parent VALUES (1)",
                "INSERT INTO child VALUES (2)",
                "CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id)",
                "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10)",
                "INSERT INTO p VALUES (3)",
                "CREATE TABLE part (id int PRIMARY KEY)",
                "INSERT INTO part VALUES (1), (2)",
                "CREATE PUBLICATION changecast WITH (publish_via_partition_root = true)");
        boolean rowFilters =
                Integer.parseInt(database.query("SHOW server_version_num").get(0)) >= 150000;
        database.execute("ALTER PUBLICATION changecast ADD TABLE part" + (rowFilters ? " WHERE (id > 1)" : ""));
        try (RunningSource running = RunningSource.start(database.source())) {
            assertThat(read(running, all(running, "parent"))).containsExactly("{\"id\":1}");
            assertThat(read(running, all(running, "child"))).containsExactly("{\"id\":2}");
            assertThat(read(running, all(running, "p"))).containsExactly("{\"id\":3}");
            assertThat(read(running, all(running, "part"))).hasSize(rowFilters ? 1 : 2);
        }
    }

    @Test
    void aLargeTableIsReadInPages() throws Exception {
        database.execute(
                "CREATE TABLE t (id int PRIMARY KEY, v text)",
                "INSERT INTO t SELECT n, repeat('x', 200) FROM generate_series(1, 100000) n");
        try (RunningSource running = RunningSource.start(database.source());
                Snapshot snapshot = reader(running).open(all(running, "t"))) {
            int count = 0;
            while (snapshot.next() != null) {
                if (count++ == 0) {
                    assertThat(database.query("SELECT state FROM pg_stat_activity WHERE query LIKE 'SELECT \"id\"%'"))
                            .containsExactly("idle in transaction");
                }
            }
            assertThat(count).isEqualTo(100_000);
        }
    }

    @Test
    void aNewerShapeIsReadAsItIs() throws Exception {
        database.execute("CREATE TABLE t (id int PRIMARY KEY, v text)", "INSERT INTO t VALUES (1, 'x')");
        try (RunningSource running = RunningSource.start(database.source())) {
            SnapshotQuery old = all(running, "t");
            database.execute("ALTER TABLE t DROP v", "ALTER TABLE t ADD w bool DEFAULT true");
            try (Snapshot snapshot = reader(running).open(old)) {
                assertThat(rows(snapshot)).containsExactly("{\"id\":1,\"w\":true}");
                assertThat(snapshot.relation()).isEqualTo(relation(running, "t"));
            }
        }
    }

    @Test
    void whatCannotBeReadIsRefusedWithACodeForTheClient() throws Exception {
        database.execute("CREATE TABLE t (id int PRIMARY KEY)", "CREATE TABLE hidden (id int PRIMARY KEY)");
        PGSimpleDataSource elsewhere = new PGSimpleDataSource();
        elsewhere.setUrl(TestServer.shared().url("postgres"));
        elsewhere.setUser("postgres");
        try (RunningSource running = RunningSource.start(database.source());
                RunningSource mistaken = RunningSource.start(
                        database.source().slot("x" + database.slot()).tables("public.t"));
                PostgresSource idle = database.source().build()) {
            SnapshotQuery query = all(running, "t");
            assertCode(() -> idle.snapshots().orElseThrow().open(query), ErrorCode.SOURCE_UNAVAILABLE);
            assertCode(() -> reader(mistaken).open(all(running, "hidden")), ErrorCode.UNKNOWN_COLLECTION);
            SnapshotReader lost = new PostgresSnapshotReader(
                    options(),
                    new Database(elsewhere, options()).jdbi(),
                    new LogicalHandOver(
                            options(),
                            new Database(elsewhere, options()).jdbi(),
                            new RelationCatalog(
                                    new Database(elsewhere, options()),
                                    new TypeCatalog(new Database(elsewhere, options()).jdbi(), false),
                                    options()),
                            () -> new ServerIdentity("1", 1, 1, 1, 1, Map.of())));
            assertThatThrownBy(() -> lost.open(query)).extracting("code").isEqualTo(ErrorCode.UNKNOWN_COLLECTION);
            TestServer.shared().execute("postgres", "CREATE TABLE IF NOT EXISTS t (id int)");
            assertThatThrownBy(() -> lost.open(query))
                    .hasMessageContaining("another database")
                    .extracting("code")
                    .isEqualTo(ErrorCode.SOURCE_UNAVAILABLE);
            database.execute("DROP TABLE t");
            assertCode(() -> reader(running).open(query), ErrorCode.UNKNOWN_COLLECTION);
        }
    }

    private PostgresOptions options() {
        return new PostgresOptions(
                CaptureMode.LOGICAL,
                "x",
                database.url(),
                "postgres",
                null,
                List.of(TablePattern.parse("public.*")),
                "s",
                "changecast",
                false,
                Duration.ofSeconds(1),
                true,
                false,
                false,
                1,
                false,
                Duration.ofMillis(50),
                Duration.ofHours(24),
                1L << 30,
                OverBudget.WARN,
                Duration.ofMinutes(1));
    }

    private static void assertCode(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, ErrorCode code) {
        assertThatThrownBy(call)
                .isInstanceOf(ChangecastException.class)
                .extracting("code")
                .isEqualTo(code);
    }

    @Test
    void visibilityIsThatOfTheSnapshotText() {
        SnapshotVisibility visibility = SnapshotVisibility.parse("10:20:12,15");
        assertThat(visibility.contains(9)).isTrue();
        assertThat(visibility.contains(12)).isFalse();
        assertThat(visibility.contains(13)).isTrue();
        assertThat(visibility.contains(20)).isFalse();
        assertThat(SnapshotVisibility.parse("10:10:").contains(9)).isTrue();
    }
}
