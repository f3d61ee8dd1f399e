package dev.changecast.core;

import static dev.changecast.core.TestEngine.DESKS;
import static dev.changecast.core.TestEngine.EVENTS;
import static dev.changecast.core.TestEngine.WORKSTATIONS;
import static dev.changecast.core.TestEngine.follow;
import static dev.changecast.core.TestEngine.isCommit;
import static dev.changecast.core.TestEngine.json;
import static dev.changecast.core.TestEngine.resume;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.ResetReason;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.InMemorySource;
import dev.changecast.testing.InMemoryTransaction;
import dev.changecast.testing.LoopbackClient;
import dev.changecast.testing.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Resuming with {@code since}. */
class ResumeTest {
    private static final int MANY = 4000;

    private TestEngine engine;
    private LoopbackClient first;

    @BeforeEach
    void start() {
        engine = TestEngine.start();
        first = connected();
    }

    @AfterEach
    void close() {
        engine.close();
    }

    private LoopbackClient connected() {
        LoopbackClient client = engine.connect();
        client.await("welcome");
        return client;
    }

    private String offsetAtTheBeginning() {
        return first.received().all("welcome").get(0).text("sources.pg.offset");
    }

    private static List<String> told(LoopbackClient client) {
        return client.received().all().stream()
                .filter(message -> message.isChange() || message.is("commit"))
                .map(Message::json)
                .toList();
    }

    /** A history of transactions small and large, of one relation and of both, of no interest and of much. */
    private void makeHistory(Random random) {
        int next = 1;
        for (int i = 0; i < 40; i++) {
            int from = next;
            int size = random.nextInt(10) == 0 ? 1500 : 1 + random.nextInt(3);
            int kind = random.nextInt(4);
            engine.source.commit(tx -> {
                for (int j = 0; j < size; j++) {
                    if (kind == 0) {
                        tx.insert(EVENTS, "not followed");
                    } else if (kind == 1) {
                        tx.insert(DESKS, from + j, j % 3, "desk");
                    } else if (kind == 2 && j % 2 == 0) {
                        tx.insert(DESKS, from + j, j % 3, "desk");
                    } else {
                        tx.insert(WORKSTATIONS, from + j, j % 3, "workstation");
                    }
                }
            });
            next += size;
            if (random.nextInt(5) == 0) {
                engine.source.progress();
            }
        }
        engine.source.commit(tx -> tx.insert(WORKSTATIONS, 0, 0, "end").insert(DESKS, 0, 0, "end"));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void whatFollowsAnyCommitIsWhatTheFullStreamHasBehindIt(long seed) {
        follow(first, "workstations");
        follow(first, "desks");
        makeHistory(new Random(seed));
        first.await(
                "the end", message -> isCommit(message) && engine.source.end().major() == major(message));
        List<Message> full = first.received().all().stream()
                .filter(message -> message.isChange() || message.is("commit"))
                .toList();
        int resumed = 0;
        for (int i = 0; i < full.size() - 1; i++) {
            if (!isCommit(full.get(i)) || full.size() > 500 && i % 3 != 0 && i < full.size() - 50) {
                continue;
            }
            String offset = full.get(i).text("offset");
            for (String collection : List.of("workstations", "desks")) {
                LoopbackClient client = engine.connect();
                resume(client, collection, offset);
                client.await("ready");
                List<String> wanted = full.subList(i + 1, full.size()).stream()
                        .filter(message -> collection.equals(message.text("collection")))
                        .map(message -> message.text("offset"))
                        .toList();
                assertThat(client.received().changes())
                        .as("%s behind %s", collection, offset)
                        .extracting(message -> message.text("offset"))
                        .isEqualTo(wanted);
                assertCommitsAreWhole(client.received().all());
                client.drop();
                resumed++;
            }
        }
        assertThat(resumed).isGreaterThan(10);
    }

    private static long major(Message message) {
        String offset = message.text("offset");
        return Long.parseLong(offset.substring(offset.indexOf('.') + 1, offset.indexOf('-')));
    }

    /** Each run of changes of one transaction is followed by its commit, and no commit stands alone. */
    private static void assertCommitsAreWhole(List<Message> messages) {
        String open = null;
        for (Message message : messages) {
            if (message.isChange()) {
                assertThat(open == null || open.equals(message.text("tx")))
                        .as("%s inside %s", message, open)
                        .isTrue();
                open = isCommit(message) ? null : message.text("tx");
            } else if (message.is("commit")) {
                assertThat(message.text("tx")).isEqualTo(open);
                open = null;
            }
        }
        assertThat(open).isNull();
    }

    @Test
    void aClientMayResumeInsideAHugeTransactionAtAnyOfItsChanges() {
        follow(first, "workstations");
        engine.source.commit(tx -> fill(tx, MANY));
        engine.source.commit(tx -> tx.updateKey(WORKSTATIONS, 0, MANY, 1, "moved"));
        first.await("the end", message -> isCommit(message) && "tx2".equals(message.text("tx")));
        List<Message> full = first.received().all().stream()
                .filter(message -> message.isChange() || message.is("commit"))
                .toList();
        for (int i = 0; i < full.size(); i += i > full.size() - 6 ? 1 : 977) {
            LoopbackClient client = engine.connect();
            resume(client, "workstations", full.get(i).text("offset"));
            client.await("ready");
            assertThat(client.received().changes())
                    .as("behind %s", full.get(i).text("offset"))
                    .extracting(Message::json)
                    .isEqualTo(full.subList(i + 1, full.size()).stream()
                            .filter(Message::isChange)
                            .map(Message::json)
                            .toList());
        }
    }

    private static InMemoryTransaction fill(InMemoryTransaction tx, int count) {
        for (int i = 0; i < count; i++) {
            tx.insert(WORKSTATIONS, i, 1, "row " + i);
        }
        return tx;
    }

    @Test
    void liveChangesFollowWhatWasMissedWithoutGapOrRepeat() {
        String offset = offsetAtTheBeginning();
        engine.source.commit(tx -> fill(tx, MANY));
        Thread writer = new Thread(
                () -> {
                    for (int i = 0; i < 500; i++) {
                        int id = MANY + i;
                        engine.source.commit(tx -> tx.insert(WORKSTATIONS, id, 1, "later"));
                    }
                },
                "writer");
        writer.start();
        LoopbackClient client = engine.connect();
        resume(client, "workstations", offset);
        client.await("the last", message -> message.isChange() && message.number("data.id") == MANY + 499);
        assertThat(client.received().changes())
                .extracting(message -> (int) message.number("data.id"))
                .isEqualTo(
                        java.util.stream.IntStream.range(0, MANY + 500).boxed().toList());
        assertCommitsAreWhole(client.received().all());
        assertThat(client.received().all("reset")).isEmpty();
    }

    @Test
    void aClientThatIsAheadOfTheLogHearsNothingUntilTheLogIsThere() {
        String ahead = offsetAtTheBeginning().replaceFirst("\\.5-0$", ".25-0");
        LoopbackClient client = engine.connect();
        resume(client, "desks", ahead);
        client.await("subscribed");
        follow(first, "desks");
        engine.source.commit(tx -> tx.insert(DESKS, 1, 1, "had it"));
        engine.source.commit(tx -> tx.insert(DESKS, 2, 1, "had it too"));
        engine.source.commit(tx -> tx.insert(DESKS, 3, 1, "new"));
        assertThat(client.awaitChange().text("data.label")).isEqualTo("new");
        assertThat(client.received().changes()).hasSize(1);
    }

    @Test
    void anOffsetThatHasLeftTheLogIsResetAndTheSubscriptionGoesOn() {
        engine.close();
        engine = TestEngine.start(builder -> builder.history(History.inMemory().bytes(1024 * 1024)));
        first = connected();
        String offset = offsetAtTheBeginning();
        String filling = "x".repeat(1000);
        for (int i = 0; i < 40; i++) {
            int from = i * 100;
            engine.source.commit(tx -> {
                for (int j = 0; j < 100; j++) {
                    tx.insert(WORKSTATIONS, from + j, 1, filling);
                }
            });
        }
        engine.awaitCaptured();
        Eventually.await(
                "all to be handed out",
                () -> String.valueOf(engine.connect().await("welcome").text("sources.pg.offset"))
                        .endsWith(".405-0"));
        LoopbackClient client = engine.connect();
        resume(client, "workstations", offset);
        assertThat(client.await("reset").text("reason")).isEqualTo("window_passed");
        String ready = client.await("ready").text("offsets.pg");
        engine.source.commit(tx -> tx.insert(WORKSTATIONS, 100_000, 1, "new"));
        assertThat(client.awaitChange().text("data.status")).isEqualTo("new");
        assertThat(ready).endsWith(".405-0");
    }

    @Test
    void anOffsetOfAnotherEpochIsReset() {
        LoopbackClient client = engine.connect();
        resume(client, "desks", "other.10-3");
        Message reset = client.await("reset");
        assertThat(reset.text("reason")).isEqualTo("epoch_changed");
        assertThat(reset.text("offsets.pg")).isEqualTo(offsetAtTheBeginning());
        client.await("ready");
    }

    @Test
    void anOffsetOfAnEarlierRunWithItsLogInMemoryIsReset() {
        String offset = offsetAtTheBeginning();
        engine.close();
        engine = TestEngine.start();
        first = connected();
        // Two runs within one millisecond would have one epoch.
        LoopbackClient client = engine.connect();
        resume(client, "desks", offset.replaceFirst("_r[0-9a-z]+\\.", "_r1."));
        assertThat(client.await("reset").text("reason")).isEqualTo("restarted");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "x",
                "e1.10",
                "e1.-3",
                "e1.10-3x",
                "e1.99999999999999999999-0",
                "e1.9223372036854775808-0",
                ".1-1",
                "é.1-1"
            })
    void whatIsNoOffsetIsRefusedAndTheSessionLivesOn(String offset) {
        resume(first, "desks", offset);
        Message error = first.await("error");
        assertThat(error.number("code")).isEqualTo(4012);
        assertThat(error.text("context")).isEqualTo("subscribe");
        first.send(json("{'type':'ping'}"));
        first.await("pong");
    }

    @Test
    void sinceNeedsAnOffsetOfTheCollectionsSource() {
        first.send(json("{'type':'subscribe','id':4,'collection':'desks','since':{'other':'e1.1-1'}}"));
        Message error = first.await("error");
        assertThat(error.number("code")).isEqualTo(4012);
        assertThat(error.number("id")).isEqualTo(4);
        assertThat(error.text("message")).contains("'pg'");
    }

    @Test
    void aChannelThatIsNoLongerWhatItWasIsReset() {
        first.send(json("{'type':'subscribe','collection':'desks','snapshot':false,'channel':'old','since':{'pg':'"
                + offsetAtTheBeginning() + "'}}"));
        String channel = first.await("subscribed").text("channel");
        Message reset = first.await("reset");
        assertThat(reset.text("reason")).isEqualTo("access_changed");
        assertThat(reset.text("channel")).isEqualTo("old");
        assertThat(first.await("ready").text("channel")).isEqualTo(channel);
    }

    @Test
    void whoWasAwayWhenHistoryWasLostIsToldThatAndNotThatTheWindowHasPassed() {
        LoopbackClient stays = connected();
        follow(first, "desks");
        follow(stays, "desks");
        engine.source.commit(tx -> tx.insert(DESKS, 1, 1, "seen"));
        String offset = first.awaitChange().text("offset");
        first.drop();
        engine.source.commit(tx -> tx.insert(DESKS, 2, 1, "missed"));
        engine.awaitCaptured();
        engine.source.loseHistory(ResetReason.SLOT_LOST);
        stays.await("reset");
        LoopbackClient back = connected();
        resume(back, "desks", offset);
        assertThat(back.await("reset").text("reason")).isEqualTo("slot_lost");
        back.await("ready");
    }

    @Test
    void aLostHistoryResetsEverySubscriptionThatIsOpen() {
        String desks = follow(first, "desks");
        String workstations = follow(first, "workstations", "{'id':1}");
        engine.source.loseHistory(ResetReason.SLOT_LOST);
        List<String> channels = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Message reset = first.await("reset");
            assertThat(reset.text("reason")).isEqualTo("slot_lost");
            channels.add(reset.text("channel"));
        }
        assertThat(channels).containsExactlyInAnyOrder(desks, workstations);
        first.await("ready");
        if (first.received().all("ready").size() < 4) {
            first.await("ready");
        }
        engine.source.commit(tx -> tx.insert(DESKS, 1, 1, "new"));
        assertThat(first.awaitChange().text("data.label")).isEqualTo("new");
        assertThat(first.received().all("reset")).hasSize(2);
    }

    @Test
    void aChangeOfEpochResetsEverySubscriptionThatIsOpen() {
        follow(first, "desks");
        engine.source.commit(tx -> tx.insert(DESKS, 1, 1, "old"));
        first.awaitChange();
        engine.source.changeEpoch("e2");
        Message reset = first.await("reset");
        assertThat(reset.text("reason")).isEqualTo("epoch_changed");
        assertThat(reset.text("offsets.pg")).startsWith("e2");
        first.await("ready");
        engine.source.commit(tx -> tx.insert(DESKS, 2, 1, "new"));
        Message change = first.awaitChange();
        assertThat(change.text("data.label")).isEqualTo("new");
        assertThat(change.text("offset")).startsWith("e2");
        assertThat(first.received().all("reset")).hasSize(1);
    }

    @Test
    void anEpochMayHoldUnderscoresAndBeLong() {
        engine.close();
        InMemorySource source = new InMemorySource(DESKS);
        String epoch = "system_7_database_with_a_name_of_forty__";
        source.changeEpoch(epoch);
        engine = TestEngine.start(source, builder -> builder).awaitStreaming();
        first = connected();
        follow(first, "desks");
        String offset = first.received().all("ready").get(0).text("offsets.pg");
        source.interrupt();
        Eventually.await("a second run", () -> source.runs() == 2 && source.isRunning());
        source.commit(tx -> tx.insert(DESKS, 1, 1, "after the interruption"));
        first.awaitChange();
        assertThat(first.received().all("reset")).isEmpty();
        LoopbackClient client = engine.connect();
        resume(client, "desks", offset);
        client.awaitChange();
        assertThat(client.received().all("reset")).isEmpty();
    }

    @Test
    void aResumeTakesNoMoreThanItNeedsFromOtherCollections() {
        String offset = offsetAtTheBeginning();
        engine.source.commit(tx -> fill(tx, MANY).insert(DESKS, 1, 1, "last"));
        engine.source.commit(tx -> tx.insert(WORKSTATIONS, MANY, 1, "other"));
        engine.awaitCaptured();
        LoopbackClient client = engine.connect();
        resume(client, "desks", offset);
        assertThat(client.awaitChange().text("tx")).isEqualTo("tx1");
        assertThat(client.await("commit").text("offset")).endsWith(".15-0");
        assertThat(client.await("ready").text("offsets.pg")).endsWith(".25-0");
        assertThat(told(client)).hasSize(2);
    }
}
