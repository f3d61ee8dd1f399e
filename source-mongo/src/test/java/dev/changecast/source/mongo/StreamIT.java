package dev.changecast.source.mongo;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.MongoNamespace;
import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.RenameCollectionOptions;
import com.mongodb.client.model.Updates;
import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.RecordingSink.Event;
import dev.changecast.testing.SourceRun;
import java.util.List;
import java.util.Objects;
import org.bson.BsonDocument;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the events of a change stream become. */
class StreamIT {
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
    void startSource() {
        database = server.newDatabase();
        users = server.collection(database, "users");
        // Found fields are known from here on, so that one shape serves all of a test.
        users.insertOne(BsonDocument.parse("{_id: 'seed', status: 'x', n: 0}"));
        running = run(database + ".*");
    }

    private SourceRun<MongoSource> run(String collections) {
        return SourceRun.start(MongoSource.builder()
                .url(server.url(database))
                .collections(collections)
                .build());
    }

    @AfterEach
    void stopSource() {
        running.close();
        server.client().getDatabase(database).drop();
    }

    private void awaitCommitted(String text) {
        Event last = running.sink()
                .await(event ->
                        event.isChange() && String.valueOf(event.after()).contains(text));
        running.sink()
                .await(event -> event.is("commit")
                        && Objects.requireNonNull(event.position()).isAfter(Objects.requireNonNull(last.position())));
    }

    private List<String> storyUntil(String marker) {
        server.collection(database, "markers").insertOne(BsonDocument.parse("{_id: '" + marker + "'}"));
        awaitCommitted(marker);
        return running.sink().changes().stream()
                .filter(event ->
                        !Objects.requireNonNull(event.relation()).name().equals("markers"))
                .map(event -> event.toString().replace(database + ".", ""))
                .toList();
    }

    @Test
    void insertUpdateReplaceAndDelete() {
        users.insertOne(BsonDocument.parse("{_id: 'a', status: 'new', n: 1}"));
        awaitChanges(1);
        users.updateOne(Filters.eq("_id", "a"), Updates.set("status", "old"));
        awaitChanges(2);
        users.updateOne(Filters.eq("_id", "a"), Updates.unset("n"));
        awaitChanges(3);
        users.replaceOne(Filters.eq("_id", "a"), BsonDocument.parse("{_id: 'a', n: 7}"));
        awaitChanges(4);
        users.deleteOne(Filters.eq("_id", "a"));
        assertThat(storyUntil("end"))
                .containsExactly(
                        "insert users {\"_id\":\"a\",\"n\":1,\"status\":\"new\"}",
                        "update users {\"_id\":\"a\",\"n\":1,\"status\":\"old\"}",
                        // A field that was taken away has to be told as null, since clients merge.
                        "update users {\"_id\":\"a\",\"n\":null,\"status\":\"old\"}",
                        "update users {\"_id\":\"a\",\"n\":7,\"status\":null}",
                        "delete users was {\"_id\":\"a\"}");
    }

    private void awaitChanges(int count) {
        Eventually.await(
                "so many changes: " + count, () -> running.sink().changes().size() >= count);
    }

    @Test
    void anUpdateShowsTheDocumentAsItIsWhenItIsLookedUp() {
        running.sink().hold(event -> String.valueOf(event.after()).contains("held"));
        users.insertOne(BsonDocument.parse("{_id: 'held'}"));
        running.sink().await(event -> String.valueOf(event.after()).contains("held"));
        // What is read ahead meanwhile is at most one answer.
        users.insertOne(BsonDocument.parse("{_id: 'ahead'}"));
        users.insertOne(BsonDocument.parse("{_id: 'a', n: 1}"));
        users.updateOne(Filters.eq("_id", "a"), Updates.set("n", 2));
        users.updateOne(Filters.eq("_id", "a"), Updates.set("n", 3));
        running.sink().hold(event -> false);
        List<String> story = storyUntil("end");
        assertThat(story.get(story.size() - 1)).contains("update users").contains("\"n\":3");
        assertThat(story).filteredOn(line -> line.contains("\"a\"")).hasSize(3);
    }

    @Test
    void theUpdateOfADocumentThatIsGoneIsLeftToItsDelete() {
        try (ClientSession session = server.client().startSession()) {
            session.withTransaction(() -> {
                users.insertOne(session, BsonDocument.parse("{_id: 'a', n: 1}"));
                return true;
            });
            session.startTransaction();
            users.updateOne(session, Filters.eq("_id", "a"), Updates.set("n", 2));
            users.deleteOne(session, Filters.eq("_id", "a"));
            session.commitTransaction();
        }
        assertThat(storyUntil("end"))
                .filteredOn(line -> line.contains("\"a\""))
                .endsWith("delete users was {\"_id\":\"a\"}");
    }

    @Test
    void aTransactionOverCollectionsIsOneWithOnePosition() {
        MongoCollection<BsonDocument> payments = server.collection(database, "payments");
        payments.insertOne(BsonDocument.parse("{_id: 'seed'}"));
        try (ClientSession session = server.client().startSession()) {
            session.startTransaction();
            users.insertOne(session, BsonDocument.parse("{_id: 'a'}"));
            payments.insertOne(session, BsonDocument.parse("{_id: 'p'}"));
            users.updateOne(session, Filters.eq("_id", "seed"), Updates.inc("n", 1));
            session.commitTransaction();
        }
        storyUntil("end");
        List<Event> changes = running.sink().changes();
        List<Event> together = changes.subList(changes.size() - 4, changes.size() - 1);
        assertThat(together)
                .extracting(event -> Objects.requireNonNull(event.relation()).name())
                .containsExactly("users", "payments", "users");
        Position first = Objects.requireNonNull(together.get(0).position());
        assertThat(together)
                .extracting(Event::position)
                .containsExactly(
                        new Position(first.major(), 2), new Position(first.major(), 4), new Position(first.major(), 6));
        long commits = running.sink().events().stream()
                .filter(event -> event.is("commit")
                        && Objects.requireNonNull(event.position()).major() == first.major())
                .count();
        assertThat(commits).isEqualTo(1);
    }

    @Test
    void aPositionDoesNotHangOnWhatIsCaptured() {
        server.collection(database, "payments").insertOne(BsonDocument.parse("{_id: 'seed'}"));
        try (SourceRun<MongoSource> some = run(database + ".payments")) {
            try (ClientSession session = server.client().startSession()) {
                session.startTransaction();
                users.insertOne(session, BsonDocument.parse("{_id: 'a'}"));
                server.collection(database, "payments").insertOne(session, BsonDocument.parse("{_id: 'p'}"));
                session.commitTransaction();
            }
            Event one = some.sink().await(event -> String.valueOf(event.after()).contains("\"p\""));
            Event same =
                    running.sink().await(event -> String.valueOf(event.after()).contains("\"p\""));
            assertThat(one.position()).isEqualTo(same.position());
            assertThat(some.sink().epoch()).isEqualTo(running.sink().epoch());
        }
    }

    @Test
    void aDropIsATruncateAndTheCollectionIsNamedNoMore() throws Exception {
        users.insertOne(BsonDocument.parse("{_id: 'a'}"));
        awaitChanges(1);
        Relation before = running.source().relations().get(0);
        users.drop();
        running.sink().awaitKind("truncate");
        assertThat(running.source().relations()).isEmpty();
        users.insertOne(BsonDocument.parse("{_id: 'b', status: 'x', n: 0}"));
        Event again =
                running.sink().await(event -> String.valueOf(event.after()).contains("\"b\""));
        assertThat(Objects.requireNonNull(again.relation()).identity()).isNotEqualTo(before.identity());
    }

    @Test
    void aRenameEmptiesTheOldNameAndMakesTheNewOneAnother() throws Exception {
        MongoCollection<BsonDocument> target = server.collection(database, "people");
        target.insertOne(BsonDocument.parse("{_id: 'replaced'}"));
        awaitChanges(1);
        Relation before = running.source().relations().stream()
                .filter(relation -> relation.name().equals("people"))
                .findFirst()
                .orElseThrow();
        users.renameCollection(new MongoNamespace(database, "people"), new RenameCollectionOptions().dropTarget(true));
        List<String> story = storyUntil("end");
        assertThat(story).endsWith("truncate users", "truncate people");
        Relation after = running.source().relations().stream()
                .filter(relation -> relation.name().equals("people"))
                .findFirst()
                .orElseThrow();
        assertThat(after.identity()).isNotEqualTo(before.identity());
        assertThat(running.source().relations())
                .noneMatch(relation -> relation.name().equals("users"));
    }

    @Test
    void aDroppedDatabaseEndsTheStreamAndItGoesOnBehind() {
        users.insertOne(BsonDocument.parse("{_id: 'a'}"));
        awaitChanges(1);
        server.client().getDatabase(database).drop();
        running.sink().awaitKind("truncate");
        users.insertOne(BsonDocument.parse("{_id: 'b'}"));
        awaitCommitted("\"b\"");
        running.close();
        users.insertOne(BsonDocument.parse("{_id: 'c'}"));
        running =
                SourceRun.start(MongoSource.builder().url(server.url(database)).build(), running.end());
        running.sink().await(event -> String.valueOf(event.after()).contains("\"c\""));
        assertThat(running.sink().story()).noneMatch(line -> line.contains("\"b\"") || line.contains("reset"));
    }

    @Test
    void withoutImagesARelationTellsTheKeyOfOldRowsAndTheCommandThatHelps() throws Exception {
        Relation relation = running.source().relations().get(0);
        assertThat(relation.oldRow()).isEqualTo(OldRow.KEY);
        assertThat(relation.remedy()).contains("collMod: \"users\"", "changeStreamPreAndPostImages: {enabled: true}");
        assertThat(relation.qualifiedName()).isEqualTo(database + ".users");
    }

    @Test
    void withImagesChangesCarryTheOldRow() throws Exception {
        server.client()
                .getDatabase(database)
                .runCommand(BsonDocument.parse("{collMod: 'users', changeStreamPreAndPostImages: {enabled: true}}"));
        assertThat(running.source().relations().get(0).oldRow()).isEqualTo(OldRow.FULL);
        users.updateOne(Filters.eq("_id", "seed"), Updates.set("n", 1));
        users.updateOne(Filters.eq("_id", "seed"), Updates.set("n", 2));
        users.deleteOne(Filters.eq("_id", "seed"));
        assertThat(storyUntil("end"))
                .containsExactly(
                        "update users {\"_id\":\"seed\",\"n\":1,\"status\":\"x\"} was {\"_id\":\"seed\",\"n\":0,\"status\":\"x\"}",
                        "update users {\"_id\":\"seed\",\"n\":2,\"status\":\"x\"} was {\"_id\":\"seed\",\"n\":1,\"status\":\"x\"}",
                        "delete users was {\"_id\":\"seed\",\"n\":2,\"status\":\"x\"}");
        assertThat(running.sink().changes().get(0).relation())
                .extracting(Relation::oldRow)
                .isEqualTo(OldRow.FULL);
    }

    @Test
    void aStreamOfTheClusterSeesSeveralDatabases() {
        String other = server.newDatabase();
        try (SourceRun<MongoSource> both = SourceRun.start(MongoSource.builder()
                .url(server.url(database))
                .collections(database + ".users", other + ".users")
                .build())) {
            users.insertOne(BsonDocument.parse("{_id: 'here'}"));
            server.collection(other, "users").insertOne(BsonDocument.parse("{_id: 'there'}"));
            both.sink().await(event -> String.valueOf(event.after()).contains("there"));
            assertThat(both.sink().changes())
                    .extracting(
                            event -> Objects.requireNonNull(event.relation()).namespace())
                    .containsExactly(database, other);
        } finally {
            server.client().getDatabase(other).drop();
        }
    }
}
