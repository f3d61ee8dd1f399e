package dev.changecast.core;

import static dev.changecast.core.TestEngine.DESKS;
import static dev.changecast.core.TestEngine.follow;
import static dev.changecast.core.TestEngine.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.testing.Eventually;
import dev.changecast.testing.LoopbackClient;
import dev.changecast.testing.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Snapshots to the letter: pages, limits, who shares a read and who is too many; and messages that wait for others. */
class SnapshotsTest {
    /** How many are read at once. */
    private static final int READS = 4;

    private TestEngine engine;

    @BeforeEach
    void start() {
        engine = TestEngine.start();
    }

    @AfterEach
    void stop() {
        engine.source.releaseSnapshots();
        engine.close();
    }

    private void fill(int rows) {
        engine.source.commit(tx -> {
            for (int i = 0; i < rows; i++) {
                tx.insert(DESKS, i, i % 3, "desk " + i);
            }
        });
        engine.awaitCaptured();
    }

    private static void subscribe(LoopbackClient client, int id, String fields) {
        client.send(json("{'type':'subscribe','id':" + id + ",'collection':'desks'" + fields + "}"));
    }

    @Test
    void rowsComeInPagesBeforeReadyAndChangesAfterThem() {
        fill(2500);
        LoopbackClient client = engine.connect();
        subscribe(client, 1, "");
        client.await("ready");
        List<Message> pages = client.received().all("snapshot");
        assertThat(pages)
                .extracting(page -> page.list("rows").size(), page -> page.text("more"))
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(1000, "true"),
                        org.assertj.core.groups.Tuple.tuple(1000, "true"),
                        org.assertj.core.groups.Tuple.tuple(500, "false"));
        assertThat(client.received().changes()).isEmpty();
        engine.source.commit(tx -> tx.insert(DESKS, 9999, 1, "new"));
        assertThat(client.awaitChange().text("data.label")).isEqualTo("new");
    }

    @Test
    void aTableWithoutRowsIsOneEmptyPage() {
        LoopbackClient client = engine.connect();
        subscribe(client, 1, "");
        client.await("ready");
        assertThat(client.received().all("snapshot"))
                .singleElement()
                .satisfies(page -> assertThat(page.list("rows")).isEmpty());
    }

    @Test
    void moreRowsThanTheLimitAreRefusedAndTheSubscriptionEnds() {
        engine.close();
        Limits limits = new Limits(100, 100, 100, 100, 512 * 1024, 1024 * 1024, 10, 60_000, Set.of());
        engine = TestEngine.start(limits);
        fill(11);
        LoopbackClient client = engine.connect();
        subscribe(client, 1, "");
        Message error = client.await("error");
        assertThat(error.number("code")).isEqualTo(4013);
        assertThat(error.text("message")).contains("more than 10 rows");
        subscribe(client, 2, ",'filter':{'id':{'$lt':10}}");
        client.await("ready");
    }

    @Test
    void aColumnToOrderByMustExist() {
        LoopbackClient client = engine.connect();
        subscribe(client, 1, ",'snapshot':{'order_by':['-colour'],'limit':3}");
        assertThat(client.await("error").number("code")).isEqualTo(4004);
    }

    @Test
    void aHerdSharesOneRead() {
        fill(100);
        engine.source.holdSnapshots();
        List<LoopbackClient> herd = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            LoopbackClient client = engine.connect();
            subscribe(client, 1, ",'filter':{'floor_number':1}");
            client.send(json("{'type':'ping'}"));
            herd.add(client);
        }
        // Answered when all that was sent before has been done.
        herd.forEach(client -> client.await("pong"));
        engine.source.commit(tx -> tx.insert(DESKS, 5000, 1, "meanwhile"));
        engine.source.releaseSnapshots();
        for (LoopbackClient client : herd) {
            client.await("ready");
            int rows = client.received().all("snapshot").get(0).list("rows").size();
            int changes = client.received().changes().size();
            assertThat(rows + changes).isEqualTo(34);
        }
        assertThat(engine.source.snapshotQueries()).hasSize(1);
    }

    @Test
    void oneWhoWantsMuchKeepsNobodyWaitingForLongerThanATurn() {
        engine.source.holdSnapshots();
        LoopbackClient greedy = engine.connect();
        for (int i = 0; i < 50; i++) {
            subscribe(greedy, i, ",'filter':{'id':" + i + "}");
        }
        greedy.await("the last", message -> message.is("subscribed") && "49".equals(message.text("id")));
        awaitQueries(READS);
        List<LoopbackClient> modest = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            LoopbackClient client = engine.connect();
            subscribe(client, 1, ",'filter':{'floor_number':" + i + "}");
            client.await("subscribed");
            // What it subscribes to afterwards, and nobody before, is ready: so what it wants first stands in line.
            TestEngine.follow(client, "desks", "{'label':'of " + i + "'}");
            modest.add(client);
        }
        // One read at a time ends, and lets the next begin: that of whoever has waited longest since its last.
        for (int ended = 1; ended <= 1 + modest.size(); ended++) {
            engine.source.releaseSnapshot();
            awaitQueries(READS + ended);
        }
        assertThat(engine.source.snapshotQueries())
                .extracting(query -> query.filter().toString())
                .filteredOn(filter -> filter.contains("floor_number"))
                .hasSize(modest.size());
        engine.source.releaseSnapshots();
        modest.forEach(client -> client.await("ready"));
        Eventually.await("the others", () -> greedy.received().all("ready").size() == 50);
    }

    private void awaitQueries(int count) {
        Eventually.await(count + " reads", () -> engine.source.snapshotQueries().size() == count);
    }

    @Test
    void whoComesWhenTooManyWaitIsToldToTryAgain() {
        engine.source.holdSnapshots();
        int id = 0;
        List<LoopbackClient> clients = new ArrayList<>();
        for (int i = 0; i < 11; i++) {
            LoopbackClient client = engine.connect();
            clients.add(client);
            for (int k = 0; k < 92; k++) {
                subscribe(client, k, ",'filter':{'id':" + id++ + "}");
            }
            client.await("the last", message -> message.is("subscribed") && "91".equals(message.text("id")));
        }
        Eventually.await(
                "an error for each that is too many",
                () -> clients.stream()
                                .mapToInt(
                                        client -> client.received().all("error").size())
                                .sum()
                        == 11 * 92 - 1004);
        Message error = clients.stream()
                .flatMap(client -> client.received().all("error").stream())
                .findFirst()
                .orElseThrow();
        assertThat(error.number("code")).isEqualTo(4009);
        assertThat(error.text("retry")).isEqualTo("true");
        assertThat(error.text("message")).contains("4 snapshots are being read and 1000 wait");
    }

    @Test
    void messagesOfABatchWaitUntilThereAreEnough() {
        // What was on its way would take those that wait along when it ends.
        LoopbackClient gathered = engine.opened(engine.client().takingAtOnce().connect());
        subscribe(gathered, 1, ",'snapshot':false,'batch':{'max':3,'delay_ms':60000}");
        gathered.await("ready");
        LoopbackClient other = engine.connect();
        follow(other, "desks");
        for (int i = 0; i < 2; i++) {
            int id = i;
            engine.source.commit(tx -> tx.insert(DESKS, id, 1, "desk"));
        }
        Eventually.await("both at the other", () -> other.received().changes().size() == 2);
        assertThat(gathered.received().changes()).isEmpty();
        engine.source.commit(tx -> tx.insert(DESKS, 2, 1, "desk"));
        Eventually.await("all three", () -> gathered.received().changes().size() == 3);
    }

    @Test
    void messagesOfABatchWaitNoLongerThanTheDelay() {
        LoopbackClient gathered = engine.connect();
        subscribe(gathered, 1, ",'snapshot':false,'batch':{'max':1000,'delay_ms':20}");
        gathered.await("ready");
        engine.source.commit(tx -> tx.insert(DESKS, 1, 1, "desk"));
        assertThat(gathered.awaitChange().text("commit")).isEqualTo("true");
    }
}
