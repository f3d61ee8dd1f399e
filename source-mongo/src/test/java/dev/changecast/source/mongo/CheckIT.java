package dev.changecast.source.mongo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.filter.Filter;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.SnapshotQuery;
import dev.changecast.mongo.standin.ReplicaSetStandIn;
import dev.changecast.testing.SourceRun;
import java.time.Duration;
import java.util.List;
import org.bson.BsonDocument;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is said of servers that cannot be captured from. */
class CheckIT {
    private static final Duration SOON = Duration.ofSeconds(30);

    private TestReplicaSet server;
    private ReplicaSetStandIn standIn;
    private MongoSource source;

    @BeforeEach
    void start() {
        server = TestReplicaSet.start();
        standIn = server.standIn();
        source = MongoSource.builder().url(server.url("app")).build();
    }

    @AfterEach
    void stop() {
        source.close();
        server.close();
    }

    @Test
    void aServerThatStandsAloneIsRefusedWithTheWordsThatHelp() {
        standIn.standAlone();
        String set = server.url("app");
        for (String url : List.of(set, set.replaceFirst("replicaSet=rs0&", ""))) {
            try (MongoSource single = MongoSource.builder().url(url).build()) {
                String words = url.equals(set) ? "replicaSet in url" : "rs.initiate()";
                assertThat(single.check().problems()).singleElement().asString().contains("127.0.0.1:", words);
                Throwable failure = SourceRun.starting(single, null, true).failure(SOON);
                assertThat(failure).hasMessageContaining(words).isInstanceOf(ChangecastException.class);
            }
        }
    }

    @Test
    void aServerThatIsTooOldIsRefused() {
        standIn.wireVersion(9);
        assertThat(source.check().problems()).singleElement().asString().contains("too old", "MongoDB 5.0 or later");
    }

    @Test
    void withoutImagesInTheServersVersionEverythingElseWorks() {
        standIn.wireVersion(13);
        try (SourceRun<MongoSource> running = SourceRun.start(source)) {
            server.collection("app", "users").insertOne(BsonDocument.parse("{_id: 'a'}"));
            running.sink().await(event -> event.is("insert"));
            server.collection("app", "users").updateOne(new BsonDocument(), BsonDocument.parse("{$set: {n: 1}}"));
            assertThat(running.sink().await(event -> event.is("update")).after())
                    .contains("\"n\":1");
        }
    }

    @Test
    void aUserWithoutPrivilegesIsToldTheCommandThatHelps() {
        standIn.fail("aggregate", MongoFailure.UNAUTHORIZED, 100);
        assertThat(source.check().problems())
                .singleElement()
                .asString()
                .contains("grantRolesToUser", "{role: \"read\", db: \"app\"}");
    }

    @Test
    void aPatternThatNamesNothingYetIsAWarning() {
        server.collection("app", "users").insertOne(BsonDocument.parse("{_id: 'a'}"));
        try (MongoSource wrong = MongoSource.builder()
                .url(server.url("app"))
                .collections("app.users", "app.usres")
                .build()) {
            assertThat(wrong.check().problems()).isEmpty();
            assertThat(wrong.check().warnings()).singleElement().asString().contains("app.usres");
        }
    }

    @Test
    void aSnapshotThatTookLongerThanTheServerKeepsAStateIsAnErrorAndNoLoop() throws Exception {
        server.collection("app", "users").insertOne(BsonDocument.parse("{_id: 'a'}"));
        try (SourceRun<MongoSource> running = SourceRun.start(source)) {
            Relation relation = running.source().relations().get(0);
            SnapshotQuery all = new SnapshotQuery(relation, Filter.ALL, List.of(), 0);
            standIn.fail("find", 239, 1);
            assertThatThrownBy(() -> source.snapshots().orElseThrow().open(all))
                    .isInstanceOfSatisfying(
                            ChangecastException.class,
                            failure -> assertThat(failure.code()).isEqualTo(ErrorCode.SNAPSHOT_TOO_LARGE))
                    .hasMessageContaining("minSnapshotHistoryWindowInSeconds");
        }
    }
}
