package dev.changecast.source.postgres;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Relation;
import dev.changecast.testing.RecordingSink;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class RelationsIT {
    private final TestDatabase database = TestServer.shared().database();

    @Test
    void theCatalogTellsRelationsExactlyAsTheStreamDoes() throws Exception {
        database.execute(
                "CREATE SCHEMA other",
                "CREATE TABLE by_default (b text, id int, a int, PRIMARY KEY (id, a))",
                "CREATE TABLE by_index (id int NOT NULL, code text NOT NULL)",
                "CREATE UNIQUE INDEX by_index_code ON by_index (code) INCLUDE (id)",
                "ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_index_code",
                "CREATE TABLE including (id int, x int, v int, PRIMARY KEY (id) INCLUDE (x))",
                "CREATE TABLE full_with_key (v text, id int PRIMARY KEY)",
                "ALTER TABLE full_with_key REPLICA IDENTITY FULL",
                "CREATE TABLE full_without_key (v text, w int)",
                "ALTER TABLE full_without_key REPLICA IDENTITY FULL",
                "CREATE TABLE dropped (gone int, id int PRIMARY KEY, gone_too text, v int[])",
                "ALTER TABLE dropped DROP COLUMN gone, DROP COLUMN gone_too",
                "CREATE TABLE generated (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED, v int)",
                "CREATE TABLE parted (id int, day date, v text, PRIMARY KEY (id, day)) PARTITION BY RANGE (day)",
                "CREATE TABLE parted_1 (v text, day date NOT NULL, id int NOT NULL, PRIMARY KEY (id, day))",
                "ALTER TABLE parted ATTACH PARTITION parted_1 FOR VALUES FROM ('2026-01-01') TO ('2026-02-01')",
                "CREATE DOMAIN price AS numeric(8, 3)",
                "CREATE TABLE modified (id int PRIMARY KEY, n numeric(10, 2), v varchar(7), c char(3), t timestamp(3),"
                        + " b bit(4), i interval(2), a numeric(5, 1)[], d price)",
                "CREATE TABLE other.by_default (id int PRIMARY KEY)");
        try (RunningSource running = RunningSource.start(database.source().tables("*.*"))) {
            database.execute(
                    "INSERT INTO by_default VALUES ('x', 1, 2)",
                    "INSERT INTO by_index VALUES (1, 'c')",
                    "INSERT INTO including VALUES (1, 2, 3)",
                    "INSERT INTO full_with_key VALUES ('x', 1)",
                    "INSERT INTO full_without_key VALUES ('x', 1)",
                    "INSERT INTO dropped VALUES (1, '{1}')",
                    "INSERT INTO generated VALUES (1, DEFAULT, 3)",
                    "INSERT INTO parted VALUES (1, '2026-01-02', 'x')",
                    "INSERT INTO modified VALUES (1)",
                    "INSERT INTO other.by_default VALUES (1)");
            running.sink.await(event -> event.toString().startsWith("insert other.by_default"));

            Map<String, Relation> streamed = new LinkedHashMap<>();
            running.sink
                    .changes()
                    .forEach(change -> streamed.put(change.relation().qualifiedName(), change.relation()));
            assertThat(running.source.relations().stream()
                            .collect(Collectors.toMap(Relation::qualifiedName, relation -> relation)))
                    .isEqualTo(streamed);
            assertThat(keys(streamed))
                    .containsExactlyInAnyOrderEntriesOf(Map.ofEntries(
                            entry("public.by_default", List.of("id", "a")),
                            entry("public.by_index", List.of("code")),
                            entry("public.including", List.of("id")),
                            entry("public.full_with_key", List.of("id")),
                            entry("public.full_without_key", List.of()),
                            entry("public.dropped", List.of("id")),
                            entry("public.generated", List.of("id")),
                            entry("public.parted", List.of("id", "day")),
                            entry("public.modified", List.of("id")),
                            entry("other.by_default", List.of("id"))));
            assertThat(streamed.get("public.full_without_key").oldRow()).isEqualTo(OldRow.FULL);
            assertThat(streamed.get("public.full_without_key").remedy()).isNull();
            assertThat(streamed.get("public.by_index").oldRow()).isEqualTo(OldRow.KEY);
            assertThat(streamed.get("other.by_default").remedy())
                    .isEqualTo("ALTER TABLE \"other\".\"by_default\" REPLICA IDENTITY FULL");
            assertThat(streamed.get("public.generated").columns()).hasSize(2);
        }
    }

    @Test
    void aTableWithoutIdentityThatSomeonePublishedIsToldWithoutKey() throws Exception {
        database.execute(
                "CREATE TABLE log (line text)",
                "CREATE TABLE nothing (id int PRIMARY KEY)",
                "ALTER TABLE nothing REPLICA IDENTITY NOTHING",
                "CREATE PUBLICATION changecast FOR TABLE log, nothing WITH (publish = 'insert, truncate')");
        try (RunningSource running = RunningSource.start(database.source())) {
            database.execute("INSERT INTO log VALUES ('x')", "INSERT INTO nothing VALUES (1)");
            running.sink.awaitMarker("nothing");
            for (RecordingSink.Event change : running.sink.changes()) {
                assertThat(change.relation().key()).isEmpty();
                assertThat(change.relation().oldRow()).isEqualTo(OldRow.NONE);
            }
            assertThat(running.source.relations())
                    .containsExactlyElementsOf(running.sink.changes().stream()
                            .map(RecordingSink.Event::relation)
                            .toList());
        }
    }

    @Test
    void oldRowsTellTheKeyOrEverything() {
        database.execute(
                "CREATE TABLE k (a int, v text, b int, PRIMARY KEY (a, b))",
                "CREATE TABLE i (id int NOT NULL UNIQUE, v text)",
                "ALTER TABLE i REPLICA IDENTITY USING INDEX i_id_key",
                "CREATE TABLE f (id int PRIMARY KEY, v text)",
                "ALTER TABLE f REPLICA IDENTITY FULL",
                "INSERT INTO k VALUES (1, 'x', 2)",
                "INSERT INTO i VALUES (1, 'x')",
                "INSERT INTO f VALUES (1, NULL)");
        try (RunningSource running = RunningSource.start(database.source())) {
            database.execute(
                    "UPDATE k SET v = 'y'",
                    "UPDATE k SET b = 3",
                    "DELETE FROM k",
                    "UPDATE i SET v = 'y'",
                    "UPDATE i SET id = 2",
                    "DELETE FROM i",
                    "UPDATE f SET v = 'y'",
                    "UPDATE f SET id = 2",
                    "DELETE FROM f");
            running.sink.await(event -> event.toString().startsWith("delete public.f"));
            assertThat(running.sink.changes().stream().map(Object::toString))
                    .containsExactly(
                            "update public.k {\"a\":1,\"v\":\"y\",\"b\":2}",
                            "update public.k {\"a\":1,\"v\":\"y\",\"b\":3} was {\"a\":1,\"b\":2}",
                            "delete public.k was {\"a\":1,\"b\":3}",
                            "update public.i {\"id\":1,\"v\":\"y\"}",
                            "update public.i {\"id\":2,\"v\":\"y\"} was {\"id\":1}",
                            "delete public.i was {\"id\":2}",
                            "update public.f {\"id\":1,\"v\":\"y\"} was {\"id\":1,\"v\":null}",
                            "update public.f {\"id\":2,\"v\":\"y\"} was {\"id\":1,\"v\":\"y\"}",
                            "delete public.f was {\"id\":2,\"v\":\"y\"}");
        }
    }

    @Test
    void theSameShapeIsTheSameObject() {
        database.execute("CREATE TABLE t (id int PRIMARY KEY)");
        try (RunningSource running = RunningSource.start(database.source())) {
            database.execute(
                    "INSERT INTO t VALUES (1)",
                    "CREATE INDEX ON t (id)",
                    "ANALYZE t",
                    "INSERT INTO t VALUES (2)",
                    "ALTER TABLE t ADD v int",
                    "ALTER TABLE t DROP v",
                    "INSERT INTO t VALUES (3)");
            running.sink.await(event -> event.toString().endsWith("{\"id\":3}"));
            Relation first = running.sink.changes().get(0).relation();
            assertThat(running.sink.changes())
                    .hasSize(3)
                    .allSatisfy(change -> assertThat(change.relation()).isSameAs(first));
        }
    }

    private static Map<String, List<String>> keys(Map<String, Relation> relations) {
        return relations.values().stream()
                .collect(Collectors.toMap(
                        Relation::qualifiedName,
                        relation -> relation.key().stream()
                                .map(index -> relation.columns().get(index).name())
                                .toList()));
    }
}
