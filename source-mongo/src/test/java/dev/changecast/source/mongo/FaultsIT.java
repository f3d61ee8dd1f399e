package dev.changecast.source.mongo;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.client.MongoCollection;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.StartPoint;
import dev.changecast.mongo.standin.ReplicaSetStandIn;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.RecordingSink.Event;
import dev.changecast.testing.SourceRun;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What goes wrong with a server and its oplog; the stand-in does it when told to. */
class FaultsIT {
    private static final Duration SOON = Duration.ofSeconds(30);

    private TestReplicaSet server;
    private ReplicaSetStandIn standIn;
    private String database;
    private MongoCollection<BsonDocument> users;
    private SourceRun<MongoSource> running;

    @BeforeEach
    void start() {
        server = TestReplicaSet.start();
        database = server.newDatabase();
        users = server.collection(database, "users");
        standIn = server.standIn();
        running = run(null);
        insert(0);
        awaitRow(0);
    }

    private SourceRun<MongoSource> run(@Nullable StartPoint start) {
        return SourceRun.start(
                MongoSource.builder()
                        .url(server.url(database))
                        .fields(database + ".users._id number")
                        .build(),
                start);
    }

    @AfterEach
    void stop() {
        if (running != null) {
            running.close();
        }
        server.close();
    }

    private void insert(int id) {
        users.insertOne(new BsonDocument("_id", new BsonInt32(id)));
    }

    private void awaitRow(int id) {
        Event row = running.sink().await(event -> event.isChange() && id(event) == id, SOON);
        running.sink()
                .await(event -> event.is("commit")
                        && Objects.requireNonNull(event.position()).isAfter(Objects.requireNonNull(row.position())));
    }

    private static int id(Event event) {
        return Integer.parseInt(Objects.requireNonNull(event.after()).replaceAll("\\D", ""));
    }

    private List<Integer> ids() {
        return running.sink().changes().stream().map(FaultsIT::id).toList();
    }

    private Event opening() {
        return running.sink().await(event -> event.is("opened") || event.is("reset"));
    }

    /** As the engine does: the same source again from where the log ends. */
    private Throwable runAgain() {
        Throwable failure = running.failure(SOON);
        running = SourceRun.start(running.source(), running.end());
        return failure;
    }

    @Test
    void aStreamThatIsKilledGoesOnByItself() {
        for (int round = 1; round <= 3; round++) {
            standIn.killStreams();
            insert(round);
            awaitRow(round);
        }
        assertThat(running.hasEnded()).isFalse();
        assertThat(ids()).containsExactly(0, 1, 2, 3);
    }

    @Test
    void historyThatIsLostUnderAStreamIsAReset() {
        running.sink().hold(event -> event.isChange() && id(event) == 1);
        insert(1);
        running.sink().await(event -> event.isChange() && id(event) == 1);
        // Of what is read ahead only a part was there; the rest has left the oplog.
        insert(2);
        standIn.fail("getMore", MongoFailure.HISTORY_LOST, 1);
        standIn.fail("aggregate", MongoFailure.HISTORY_LOST, 1);
        standIn.killStreams();
        running.sink().hold(event -> false);
        Throwable failure = runAgain();
        assertThat(failure).hasMessageContaining("has left the oplog");
        assertThat(opening().kind()).isEqualTo("reset");
        assertThat(opening().text()).isEqualTo("SLOT_LOST");
        insert(3);
        awaitRow(3);
    }

    @Test
    void aStreamThatFailsForGoodIsAResetInAnotherEpoch() {
        String epoch = running.sink().epoch();
        standIn.fail("getMore", MongoFailure.STREAM_FATAL, 1);
        runAgain();
        assertThat(opening().text()).isEqualTo("EPOCH_CHANGED");
        assertThat(running.sink().epoch()).startsWith(epoch + "_g");
        insert(1);
        awaitRow(1);
        StartPoint end = running.end();
        running.close();
        running = run(end);
        assertThat(opening().kind()).as("goes on in the new epoch").isEqualTo("opened");
    }

    @Test
    void aTokenThatIsRejectedIsAReset() {
        running.close();
        StartPoint end = running.end();
        Checkpoint garbled = new Checkpoint(end.checkpoint().position(), "{\"event\": {\"_data\": \"8212\"}}");
        running = run(new StartPoint(end.epoch(), garbled));
        assertThat(opening().text()).isEqualTo("EPOCH_CHANGED");
        insert(1);
        awaitRow(1);
    }

    @Test
    void aRestoredBackupThatLacksWhatWasGivenIsAReset() {
        insert(1);
        awaitRow(1);
        String epoch = running.sink().epoch();
        running.close();
        standIn.restoreBackup(1);
        insert(2);
        running = run(running.end());
        assertThat(opening().text()).isEqualTo("EPOCH_CHANGED");
        assertThat(running.sink().epoch()).isNotEqualTo(epoch);
    }

    @Test
    void aRestoredBackupIsNoticedThoughTheLastTokenIsOfAQuietTime() {
        insert(1);
        awaitRow(1);
        standIn.passTime();
        running.sink()
                .await(event -> event.is("progress")
                        && Objects.requireNonNull(event.text()).contains("latest"));
        running.close();
        standIn.restoreBackup(1);
        running = run(running.end());
        assertThat(opening().text()).isEqualTo("EPOCH_CHANGED");
    }

    @Test
    void aQuietStreamKeepsATokenThatIsStillInTheOplog() {
        // Others write, and what the stream has last given leaves the oplog.
        server.collection("somebody_else", "noise").insertOne(new BsonDocument());
        standIn.loseHistory();
        long lost = standIn.time();
        Eventually.await(
                "progress past the oplog's beginning",
                SOON,
                () -> running.end().checkpoint().position().major() >= lost);
        running.close();
        insert(1);
        running = run(running.end());
        assertThat(opening().kind()).isEqualTo("opened");
        awaitRow(1);
        assertThat(ids()).containsExactly(1);
    }

    @Test
    void aServerThatIsDownAndBackLosesNothing() {
        standIn.stop();
        Throwable failure = running.failure(SOON);
        assertThat(failure).hasMessageContaining(server.url(database).replaceAll(".*//([^/]*)/.*", "$1"));
        StartPoint end = running.end();
        running = SourceRun.starting(running.source(), end, true);
        assertThat(running.failure(SOON)).hasMessageContaining("no primary or router answers");
        standIn.start();
        assertThat(running.source().relations())
                .as("a stand-in that comes back has what it had")
                .isNotEmpty();
        insertAgain(1);
        running = SourceRun.start(running.source(), end);
        assertThat(opening().kind()).isEqualTo("opened");
        awaitRow(1);
        assertThat(ids()).containsExactly(1);
    }

    /** The writers' connections are broken. */
    private void insertAgain(int id) {
        server.client().getDatabase(database).listCollectionNames().first();
        insert(id);
    }

    @Test
    void connectionsThatAreCutInTheMiddleOfMuchLoseNothing() {
        int rows = 2000;
        users.insertMany(IntStream.rangeClosed(1, rows)
                .mapToObj(id -> new BsonDocument("_id", new BsonInt32(id)))
                .toList());
        List<Integer> given = new ArrayList<>();
        for (int cut = 0; cut < 5; cut++) {
            server.proxy().cut();
        }
        Eventually.await("all rows, or the end of the run", SOON, () -> running.hasEnded() || ids().contains(rows));
        if (running.hasEnded()) {
            given.addAll(ids());
            runAgain();
            awaitRow(rows);
        }
        given.addAll(ids());
        assertThat(given).doesNotHaveDuplicates().hasSize(rows + 1).isSorted();
    }
}
