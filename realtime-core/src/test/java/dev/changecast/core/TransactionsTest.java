package dev.changecast.core;

import static dev.changecast.core.TestEngine.DESKS;
import static dev.changecast.core.TestEngine.EVENTS;
import static dev.changecast.core.TestEngine.WORKSTATIONS;
import static dev.changecast.core.TestEngine.follow;
import static dev.changecast.core.TestEngine.isCommit;
import static dev.changecast.core.TestEngine.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.testing.LoopbackClient;
import dev.changecast.testing.Message;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Transactions over several channels of one session. */
class TransactionsTest {
    /** More than one frame of the log. */
    private static final int MANY = 4000;

    private TestEngine engine;
    private LoopbackClient client;

    @BeforeEach
    void start() {
        engine = TestEngine.start();
        client = engine.connect();
    }

    @AfterEach
    void close() {
        engine.close();
    }

    private List<Message> told() {
        return client.received().all().stream()
                .filter(message -> message.isChange() || message.is("commit"))
                .toList();
    }

    @Test
    void aTransactionIsContiguousOverAllChannelsAndHasOneCommit() {
        String workstations = follow(client, "workstations");
        String desks = follow(client, "desks");
        engine.source.commit(tx -> tx.insert(WORKSTATIONS, 1, 1, "a")
                .insert(DESKS, 1, 1, "b")
                .insert(EVENTS, "c")
                .insert(WORKSTATIONS, 2, 1, "d"));
        engine.source.commit(tx -> tx.insert(DESKS, 2, 1, "e"));
        client.await("the last", message -> "e".equals(message.text("data.label")));
        assertThat(told())
                .extracting(message -> message.text("channel"), message -> message.text("tx"), TestEngine::isCommit)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(workstations, "tx1", false),
                        org.assertj.core.groups.Tuple.tuple(desks, "tx1", false),
                        org.assertj.core.groups.Tuple.tuple(workstations, "tx1", false),
                        org.assertj.core.groups.Tuple.tuple(null, "tx1", true),
                        org.assertj.core.groups.Tuple.tuple(desks, "tx2", true));
    }

    @Test
    void oneChangeInTwoChannelsOfASessionHasOneCommitAfterBoth() {
        LoopbackClient other = engine.connect();
        follow(client, "desks");
        follow(client, "desks", "{'floor_number':1}");
        follow(other, "desks");
        engine.source.commit(tx -> tx.insert(DESKS, 1, 1, "both"));
        client.await("commit");
        assertThat(told()).extracting(TestEngine::isCommit).containsExactly(false, false, true);
        assertThat(isCommit(other.awaitChange())).isTrue();

        engine.source.commit(tx -> tx.insert(DESKS, 2, 2, "one"));
        assertThat(isCommit(client.awaitChange())).isTrue();
    }

    @Test
    void aSecondSubscriptionOfTheSameViewIsTheFirstOne() {
        String channel = follow(client, "desks", "{'floor_number':{'$in':[1,2]}}");
        assertThat(follow(client, "desks", "{'floor_number':{'$in':[2,1]}}")).isEqualTo(channel);
        engine.source.commit(tx -> tx.insert(DESKS, 1, 1, "once"));
        engine.source.commit(tx -> tx.insert(DESKS, 2, 1, "last"));
        client.await("the last", message -> "last".equals(message.text("data.label")));
        assertThat(told()).hasSize(2);
        client.send(json("{'type':'unsubscribe','id':'u','channel':'" + channel + "'}"));
        assertThat(client.await("unsubscribed").json())
                .isEqualTo(json("{'type':'unsubscribed','id':'u','channel':'" + channel + "'}"));
        client.send(json("{'type':'unsubscribe','channel':'" + channel + "'}"));
        assertThat(client.await("error").number("code")).isEqualTo(4006);
    }

    @Test
    void nothingComesAfterUnsubscribing() {
        String desks = follow(client, "desks");
        follow(client, "events");
        client.send(json("{'type':'unsubscribe','channel':'" + desks + "'}"));
        client.await("unsubscribed");
        engine.source.commit(tx -> tx.insert(DESKS, 1, 1, "unseen"));
        engine.source.commit(tx -> tx.insert(EVENTS, "seen"));
        assertThat(client.awaitChange().text("data.what")).isEqualTo("seen");
        follow(client, "desks");
        engine.source.commit(tx -> tx.update(DESKS, 1, 1, "seen again"));
        assertThat(client.awaitChange().text("data.label")).isEqualTo("seen again");
    }

    @Test
    void aHugeTransactionComesWholeInOrderWithOneCommit() {
        follow(client, "workstations");
        engine.source.commit(tx -> {
            for (int i = 0; i < MANY; i++) {
                tx.insert(WORKSTATIONS, i, 1, "row " + i);
            }
        });
        client.await("commit");
        List<Message> told = told();
        assertThat(told).hasSize(MANY + 1);
        for (int i = 0; i < MANY; i++) {
            assertThat(told.get(i).number("data.id")).isEqualTo(i);
            assertThat(told.get(i).text("offset")).endsWith(".10-" + (2 * i + 3));
        }
    }

    /** The parts of a transaction that a session does not follow must not make it lose the end or the name. */
    @Test
    void aHugeTransactionThatConcernsASessionInPartIsNamedAndEndedRightly() {
        follow(client, "desks");
        follow(client, "events");
        engine.source.commit(tx -> tx.insert(EVENTS, "before"));
        engine.source.commit(tx -> {
            fill(tx, 0);
            tx.insert(DESKS, 1, 1, "in the middle");
            fill(tx, MANY);
        });
        engine.source.commit(tx -> tx.insert(EVENTS, "after"));
        client.await("after", message -> "after".equals(message.text("data.what")));
        assertThat(told())
                .extracting(message -> message.text("type"), message -> message.text("tx"), TestEngine::isCommit)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("change", "tx1", true),
                        org.assertj.core.groups.Tuple.tuple("change", "tx2", false),
                        org.assertj.core.groups.Tuple.tuple("commit", "tx2", true),
                        org.assertj.core.groups.Tuple.tuple("change", "tx3", true));
        assertThat(told().get(1).text("timestamp")).isEqualTo("2026-01-02T03:04:05.680Z");
    }

    /** Which offsets are told decides from where a client resumes, so none may lie inside a transaction. */
    @Test
    void aNewcomerGetsTheTransactionThatIsOnItsWayWholeOrNotAtAll() {
        follow(client, "desks");
        engine.source.commit(tx -> tx.insert(DESKS, 1, 1, "first"));
        client.awaitChange();
        engine.source.pauseAfter(2 * MANY);
        engine.source.commit(tx -> {
            fill(tx, 0);
            fill(tx, MANY);
            tx.insert(DESKS, 2, 1, "second");
        });
        LoopbackClient other = engine.connect();
        other.send("{\"type\":\"subscribe\",\"collection\":\"desks\",\"snapshot\":false}");
        other.await("subscribed");
        LoopbackClient third = engine.connect();
        assertThat(third.await("welcome").text("sources.pg.offset")).endsWith("-0");
        engine.source.resume();
        assertThat(client.await("commit").text("offset")).endsWith(".25-0");
        String begins = other.await("ready").text("offsets.pg");
        engine.source.commit(tx -> tx.insert(DESKS, 3, 1, "third"));
        other.await("third", message -> "third".equals(message.text("data.label")));
        // It began before the transaction or behind it: it has all of it, with its end, or nothing.
        int whole = begins.endsWith(".15-0") ? 1 : 0;
        assertThat(begins).matches(".*\\.(15|25)-0");
        assertThat(other.received().all("commit")).hasSize(whole);
        assertThat(other.received().all("change")).hasSize(whole + 1);
    }

    private static void fill(dev.changecast.testing.InMemoryTransaction tx, int from) {
        for (int i = from; i < from + MANY; i++) {
            tx.insert(WORKSTATIONS, i, 1, "of the others");
        }
    }
}
