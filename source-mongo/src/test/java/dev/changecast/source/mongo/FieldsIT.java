package dev.changecast.source.mongo;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.client.MongoCollection;
import dev.changecast.api.filter.Filter;
import dev.changecast.api.filter.Filter.Comparison;
import dev.changecast.api.source.Column;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.Snapshot;
import dev.changecast.api.source.SnapshotQuery;
import dev.changecast.testing.RecordedRow;
import dev.changecast.testing.RecordingSink.Event;
import dev.changecast.testing.SourceRun;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which columns a collection has, and what filters mean for values of all kinds. */
class FieldsIT {
    private static TestReplicaSet server;

    private String database;
    private MongoCollection<BsonDocument> users;
    private SourceRun<MongoSource> running;

    @BeforeAll
    static void startServer() {
        server = TestReplicaSet.start();
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @BeforeEach
    void prepare() {
        database = server.newDatabase();
        users = server.collection(database, "users");
    }

    @AfterEach
    void stop() {
        if (running != null) {
            running.close();
        }
        server.client().getDatabase(database).drop();
    }

    private void insert(String... documents) {
        for (String document : documents) {
            users.insertOne(BsonDocument.parse(document));
        }
    }

    private void run(String... fields) {
        String[] full = new String[fields.length];
        for (int i = 0; i < full.length; i++) {
            full[i] = database + ".users." + fields[i];
        }
        running = SourceRun.start(
                MongoSource.builder().url(server.url(database)).fields(full).build());
    }

    private Relation relation() throws Exception {
        return running.source().relations().get(0);
    }

    private static List<String> columns(Relation relation) {
        return relation.columns().stream()
                .map(column -> column.name() + " " + column.type())
                .toList();
    }

    private Event awaitId(String id) {
        return running.sink().await(event -> String.valueOf(event.after()).contains("\"_id\":\"" + id + "\""));
    }

    @Test
    void fieldsAreFoundWithTheKindThatMostOfTheirValuesHave() throws Exception {
        insert(
                "{_id: 'a', status: 'x', n: 1, at: ISODate('2026-01-01T00:00:00Z'), mixed: 1, never: null}",
                "{_id: 'b', n: NumberDecimal('1.5'), mixed: 'text', tags: ['t']}",
                "{_id: 'c', n: NumberLong(3), mixed: 'text', address: {city: 'Ulm'}, ok: true}");
        run();
        assertThat(columns(relation()))
                .containsExactly(
                        "_id string",
                        "address object",
                        "at date",
                        "mixed string",
                        "n number",
                        "never any",
                        "ok bool",
                        "status string",
                        "tags array");
        assertThat(relation().key()).containsExactly(0);
    }

    @Test
    void aNewFieldIsANewShapeAndAnOldOneKeepsItsKind() throws Exception {
        insert("{_id: 'a', n: 1}");
        run();
        Relation before = relation();
        insert("{_id: 'b', n: 'not a number'}", "{_id: 'c', n: 2, status: 'new'}");
        assertThat(awaitId("b").relation()).isEqualTo(before);
        Event grown = awaitId("c");
        assertThat(columns(Objects.requireNonNull(grown.relation())))
                .containsExactly("_id string", "n number", "status string");
        assertThat(grown.relation()).isEqualTo(relation());
        assertThat(awaitId("b").after()).isEqualTo("{\"_id\":\"b\",\"n\":\"not a number\"}");
    }

    @Test
    void moreFieldsThanAreBearableAreNotShown() throws Exception {
        BsonDocument wide = new BsonDocument("_id", new BsonInt32(1));
        for (int i = 0; i < 2 * CapturedCollection.MOST_FOUND_FIELDS; i++) {
            wide.append("visitor" + i, new BsonInt32(i));
        }
        users.insertOne(wide);
        run();
        assertThat(relation().columns()).hasSize(CapturedCollection.MOST_FOUND_FIELDS);
    }

    @Test
    void ofACollectionWithDeclaredFieldsNothingElseIsGiven() throws Exception {
        run("email string", "address.city string", "_id string");
        insert("{_id: 'a', email: 'a@example.com', password: 'hidden', address: {city: 'Ulm', street: 'hidden'}}");
        Event event = awaitId("a");
        assertThat(event.after()).isEqualTo("{\"_id\":\"a\",\"email\":\"a@example.com\",\"address.city\":\"Ulm\"}");
        assertThat(relation().columns()).extracting(Column::name).containsExactly("_id", "email", "address.city");
        assertThat(rows(Filter.ALL))
                .singleElement()
                .asString()
                .doesNotContain("hidden")
                .contains("Ulm");
    }

    private List<String> rows(Filter filter) throws Exception {
        List<String> rows = new ArrayList<>();
        SnapshotQuery query = new SnapshotQuery(relation(), filter, List.of(), 0);
        try (Snapshot snapshot = running.source().snapshots().orElseThrow().open(query)) {
            for (Row row = snapshot.next(); row != null; row = snapshot.next()) {
                rows.add(RecordedRow.of(row).json(snapshot.relation()));
            }
        }
        return rows;
    }

    private List<String> ids(Filter filter) throws Exception {
        return rows(filter).stream()
                .map(row -> row.replaceAll(".*\"_id\":\"([^\"]*)\".*", "$1"))
                .sorted()
                .toList();
    }

    private static Filter compare(String column, Comparison comparison, String value) {
        return new Filter.Compare(column, comparison, value);
    }

    @Test
    void aFilterGoesByTheTextOfAValueWhateverItsType() throws Exception {
        insert(
                "{_id: 'int', v: 5}",
                "{_id: 'long', v: NumberLong(5)}",
                "{_id: 'double', v: 5.0}",
                "{_id: 'decimal', v: NumberDecimal('5.00')}",
                "{_id: 'string', v: '5'}",
                "{_id: 'array', v: [5, 6]}",
                "{_id: 'object', v: {x: 5}}",
                "{_id: 'tenth', v: 0.1}",
                "{_id: 'null', v: null}",
                "{_id: 'missing'}");
        run("_id string", "v number");
        List<String> fives = List.of("decimal", "double", "int", "long", "string");
        assertThat(ids(compare("v", Comparison.EQUAL, "5"))).isEqualTo(fives);
        assertThat(ids(new Filter.In("v", List.of("5", "0.1"))))
                .containsExactly("decimal", "double", "int", "long", "string", "tenth");
        assertThat(ids(compare("v", Comparison.GREATER, "0.1"))).isEqualTo(fives);
        assertThat(ids(compare("v", Comparison.GREATER_OR_EQUAL, "0.1")))
                .contains("tenth")
                .hasSize(6);
        assertThat(ids(compare("v", Comparison.LESS, "5"))).containsExactly("tenth");
        assertThat(ids(new Filter.IsNull("v"))).containsExactly("missing", "null");
        assertThat(ids(new Filter.Not(compare("v", Comparison.EQUAL, "5"))))
                .containsExactly("array", "missing", "null", "object", "tenth");
        assertThat(ids(new Filter.Or(
                        List.of(compare("v", Comparison.EQUAL, "0.1"), compare("_id", Comparison.EQUAL, "object")))))
                .containsExactly("object", "tenth");
    }

    @Test
    void datesIdsFlagsAndTextAreFoundByTheirText() throws Exception {
        insert(
                "{_id: 'a', at: ISODate('2026-01-01T00:00:00.5Z'), ref: ObjectId('65a1b2c3d4e5f60718293a4b'), ok: true, s: 'b'}",
                "{_id: 'b', at: ISODate('2027-01-01T00:00:00Z'), ref: ObjectId('75a1b2c3d4e5f60718293a4b'), ok: false, s: 'ä'}");
        run("_id string", "at date", "ref objectId", "ok bool", "s string");
        assertThat(ids(compare("at", Comparison.EQUAL, "2026-01-01T00:00:00.5Z")))
                .containsExactly("a");
        assertThat(ids(compare("at", Comparison.LESS_OR_EQUAL, "2026-06-01T00:00:00Z")))
                .containsExactly("a");
        assertThat(ids(compare("ref", Comparison.EQUAL, "75a1b2c3d4e5f60718293a4b")))
                .containsExactly("b");
        assertThat(ids(compare("ref", Comparison.GREATER, "65a1b2c3d4e5f60718293a4b")))
                .containsExactly("b");
        assertThat(ids(compare("ok", Comparison.EQUAL, "true"))).containsExactly("a");
        assertThat(ids(compare("s", Comparison.GREATER, "z"))).as("by bytes").containsExactly("b");
    }
}
