package dev.changecast.server.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.filter.Filter;
import dev.changecast.api.filter.Filter.Comparison;
import dev.changecast.api.setting.SettingValues;
import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.ChangeSourceProvider;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.Snapshot;
import dev.changecast.api.source.SnapshotQuery;
import dev.changecast.core.filter.RowPredicate;
import dev.changecast.mongo.standin.ReplicaSetStandIn;
import dev.changecast.testing.SourceRun;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.ServiceLoader;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A snapshot of MongoDB, for which a stand-in answers, has the rows that the engine itself would choose. */
class MongoFilterParityIT {
    private static final List<String> KINDS =
            List.of("string", "number", "bool", "date", "objectId", "uuid", "binData", "any");

    /** Values of all types that mongo-java-server can ask for, and such that look like ones of another type. */
    private static final List<String> VALUES = List.of(
            "0",
            "5",
            "-5",
            "NumberLong('5')",
            "5.0",
            "0.1",
            "0.30000000000000004",
            "NumberDecimal('0.1')",
            "NumberDecimal('5.00')",
            "NumberDecimal('1E+40')",
            "NumberLong('9007199254740993')",
            "9007199254740992.0",
            "NumberDecimal('NaN')",
            "{$numberDouble: 'Infinity'}",
            "1e-320",
            "''",
            "'5'",
            "'5.0'",
            "'abc'",
            "'ä'",
            "'true'",
            "'2026-01-01T00:00:00Z'",
            "'65a1b2c3d4e5f60718293a4b'",
            "ObjectId('65a1b2c3d4e5f60718293a4b')",
            "ObjectId('75a1b2c3d4e5f60718293a4b')",
            "true",
            "false",
            "ISODate('2026-01-01T00:00:00Z')",
            "ISODate('2026-01-01T00:00:00.5Z')",
            "ISODate('1969-12-31T23:59:59.999Z')",
            "{a: 5}",
            "[5]",
            "['abc']",
            "[]",
            "[null]",
            "null",
            "{$binary: {base64: 'AQL/', subType: '00'}}",
            "{$binary: {base64: 'AQ==', subType: '00'}}",
            "{$uuid: '123e4567-e89b-12d3-a456-426614174000'}",
            "{$timestamp: {t: 5, i: 1}}");

    private static final Map<String, List<String>> CONSTANTS = Map.of(
            "string", List.of("", "5", "abc", "true", "ä", "65a1b2c3d4e5f60718293a4b"),
            "objectId", List.of("65a1b2c3d4e5f60718293a4b", "75a1b2c3d4e5f60718293a4b", "5"),
            "number",
                    List.of(
                            "0",
                            "5",
                            "0.1",
                            "0.30000000000000004",
                            "0.3",
                            "9007199254740993",
                            "9007199254740992",
                            "NaN",
                            "Infinity",
                            "10000000000000000000000000000000000000000"),
            "bool", List.of("true", "false"),
            "date", List.of("2026-01-01T00:00:00Z", "2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00.0004Z", "infinity"),
            "uuid", List.of("123e4567-e89b-12d3-a456-426614174000"),
            "binData", List.of("AQL/", "AQ=="),
            "any", List.of());

    private ReplicaSetStandIn mongo;

    @BeforeEach
    void start() {
        mongo = ReplicaSetStandIn.started();
        for (int i = 0; i < VALUES.size(); i++) {
            mongo.run("app", "{insert: 'values', documents: [{_id: " + i + ", v: " + VALUES.get(i) + "}]}");
        }
        mongo.run("app", "{insert: 'values', documents: [{_id: -1}]}");
    }

    @AfterEach
    void stop() {
        mongo.close();
    }

    @Test
    void aFilterMeansTheSameInTheDatabaseAndHere() throws Exception {
        int compared = 0;
        for (String kind : KINDS) {
            try (SourceRun<ChangeSource> running = SourceRun.start(source(kind))) {
                Relation relation = running.source().relations().get(0);
                List<Filter> filters = filters(kind);
                List<TreeSet<String>> expected = new ArrayList<>();
                filters.forEach(filter -> expected.add(new TreeSet<>()));
                List<RowPredicate> predicates = filters.stream()
                        .map(filter -> RowPredicate.compile(filter, relation))
                        .toList();
                try (Snapshot all = open(running, relation, Filter.ALL)) {
                    for (Row row = all.next(); row != null; row = all.next()) {
                        for (int i = 0; i < predicates.size(); i++) {
                            if (predicates.get(i).test(row)) {
                                expected.get(i).add(id(row));
                            }
                        }
                    }
                }
                for (int i = 0; i < filters.size(); i++) {
                    TreeSet<String> found = new TreeSet<>();
                    try (Snapshot some = open(running, relation, filters.get(i))) {
                        for (Row row = some.next(); row != null; row = some.next()) {
                            found.add(id(row));
                        }
                    }
                    assertThat(found).as(kind + " " + filters.get(i)).isEqualTo(expected.get(i));
                    compared++;
                }
            }
        }
        assertThat(compared).isGreaterThan(300);
    }

    private ChangeSource source(String kind) {
        ChangeSourceProvider provider = ServiceLoader.load(ChangeSourceProvider.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(each -> each.type().equals("mongodb"))
                .findFirst()
                .orElseThrow();
        Map<String, Object> values = Map.of(
                "url",
                mongo.url("app"),
                "bigint",
                "number",
                "fields",
                List.of("app.values._id number", "app.values.v " + kind));
        return provider.create("mongo", new SettingValues(provider.settings(), values));
    }

    private static Snapshot open(SourceRun<ChangeSource> running, Relation relation, Filter filter) throws Exception {
        return running.source().snapshots().orElseThrow().open(new SnapshotQuery(relation, filter, List.of(), 0));
    }

    private static String id(Row row) {
        return Objects.requireNonNull(row.text(0));
    }

    private static List<Filter> filters(String kind) {
        List<Filter> filters = new ArrayList<>(List.of(new Filter.IsNull("v"), new Filter.Not(new Filter.IsNull("v"))));
        List<String> constants = Objects.requireNonNull(CONSTANTS.get(kind));
        for (String constant : constants) {
            for (Comparison comparison : Comparison.values()) {
                Filter filter = new Filter.Compare("v", comparison, constant);
                filters.add(filter);
                filters.add(new Filter.Not(filter));
                filters.add(new Filter.And(List.of(filter, new Filter.Compare("_id", Comparison.LESS, "20"))));
                filters.add(new Filter.Or(List.of(filter, new Filter.IsNull("v"))));
            }
            filters.add(new Filter.In("v", constants));
        }
        return filters;
    }
}
