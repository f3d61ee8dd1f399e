package dev.changecast.core;

import static dev.changecast.core.TestEngine.DESKS;
import static dev.changecast.core.TestEngine.WORKSTATIONS;
import static dev.changecast.core.TestEngine.follow;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.testing.Eventually;
import dev.changecast.testing.LoopbackClient;
import dev.changecast.testing.Message;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Clients that do not take what is sent to them as fast as it comes. */
class SlowClientsTest {
    private static final Limits SMALL_QUEUE =
            new Limits(100, 100, 100, 100, 512 * 1024, 16 * 1024, 100_000, 60_000, Set.of());

    private TestEngine engine;

    @AfterEach
    void close() {
        engine.close();
    }

    private static List<Integer> ids(LoopbackClient client) {
        return client.received().changes().stream()
                .map(message -> (int) message.number("data.id"))
                .toList();
    }

    private void insert(int from, int to) {
        for (int i = from; i < to; i++) {
            int id = i;
            engine.source.commit(tx -> tx.insert(DESKS, id, id % 2, "desk " + id));
        }
    }

    private static boolean isDesk(Message message, int id) {
        return message.isChange() && message.number("data.id") == id;
    }

    @Test
    void aClientThatStopsTakingMissesNothingAndDelaysNobody() {
        engine = TestEngine.start(SMALL_QUEUE);
        LoopbackClient slow = engine.connect();
        LoopbackClient fast = engine.connect();
        follow(slow, "desks");
        follow(slow, "desks", "{'floor_number':1}");
        follow(fast, "desks");
        slow.stopTaking();
        insert(0, 3000);
        fast.await("the last while the other takes nothing", message -> isDesk(message, 2999));
        assertThat(slow.received().changes()).isEmpty();
        slow.startTaking();
        slow.await("the last", message -> isDesk(message, 2999));
        insert(3000, 3001);
        slow.await("a live one", message -> isDesk(message, 3000));
        fast.await("the same at the other", message -> isDesk(message, 3000));
        assertThat(ids(fast)).isEqualTo(IntStream.range(0, 3001).boxed().toList());
        List<Message> changes = slow.received().changes();
        String all = changes.get(0).text("channel");
        assertThat(changes.stream().filter(message -> all.equals(message.text("channel"))))
                .extracting(message -> (int) message.number("data.id"))
                .isEqualTo(IntStream.range(0, 3001).boxed().toList());
        assertThat(changes).hasSize(3001 + 1500);
        assertThat(slow.received().all("commit")).hasSize(1500);
    }

    @Test
    void aClientThatTakesOneBatchAtATimeMissesNothingWhileChangesGoOn() {
        engine = TestEngine.start(SMALL_QUEUE);
        LoopbackClient slow = engine.connect();
        follow(slow, "desks");
        slow.stopTaking();
        for (int i = 0; i < 100; i++) {
            insert(i * 50, i * 50 + 50);
            slow.takeOne();
        }
        slow.startTaking();
        slow.await("the last", message -> isDesk(message, 4999));
        assertThat(ids(slow)).isEqualTo(IntStream.range(0, 5000).boxed().toList());
        assertThat(slow.received().all("commit")).isEmpty();
    }

    @Test
    void aClientThatFallsBehindInsideATransactionGetsItWholeWithOneCommit() {
        engine = TestEngine.start(SMALL_QUEUE);
        LoopbackClient slow = engine.connect();
        follow(slow, "desks");
        engine.source.pauseAfter(3000);
        engine.source.commit(tx -> {
            for (int i = 0; i < 6000; i++) {
                tx.insert(i < 4000 ? DESKS : WORKSTATIONS, i, 1, "row " + i);
            }
        });
        slow.awaitChange();
        slow.stopTaking();
        engine.source.pauseAfter(1500);
        Eventually.await("a write to wait", slow::isHolding);
        engine.source.resume();
        insert(10_000, 10_001);
        engine.awaitCaptured();
        slow.startTaking();
        slow.await("the next transaction", message -> isDesk(message, 10_000));
        assertThat(ids(slow))
                .isEqualTo(IntStream.concat(IntStream.range(0, 4000), IntStream.of(10_000))
                        .boxed()
                        .toList());
        assertThat(slow.received().all("commit")).hasSize(1);
        List<Message> all = slow.received().all();
        assertThat(all.get(all.size() - 2).text("type")).isEqualTo("commit");
    }

    @Test
    void aTransactionThatIsLargerThanTheQueueManyTimesComesWhole() {
        engine = TestEngine.start(SMALL_QUEUE);
        LoopbackClient one = engine.connect();
        LoopbackClient other = engine.opened(engine.client().takingAtOnce().connect());
        follow(one, "desks");
        follow(other, "desks", "{'floor_number':1}");
        int rows = 200_000;
        engine.source.commit(tx -> {
            for (int i = 0; i < rows; i++) {
                tx.insert(DESKS, i, i % 2, "row");
            }
        });
        engine.source.commit(tx -> tx.insert(DESKS, rows, 1, "after"));
        for (LoopbackClient client : List.of(one, other)) {
            client.received()
                    .await(
                            "the transaction after the huge one",
                            Duration.ofSeconds(60),
                            message -> isDesk(message, rows));
            assertThat(client.received().all("commit")).hasSize(1);
        }
        assertThat(ids(one)).isEqualTo(IntStream.rangeClosed(0, rows).boxed().toList());
        assertThat(ids(other)).hasSize(rows / 2 + 1).isSorted();
    }

    @Test
    void aClientWithManySubscriptionsThatFallsBehindGetsOnEachWhatTheOthersGet() {
        engine = TestEngine.start(SMALL_QUEUE);
        LoopbackClient slow = engine.connect();
        LoopbackClient fast = engine.connect();
        for (LoopbackClient client : List.of(slow, fast)) {
            for (int floor = 0; floor < 40; floor++) {
                follow(client, "desks", "{'floor_number':" + floor + "}");
                follow(client, "workstations", "{'id':" + 70 * floor + "}");
            }
            follow(client, "desks", "{'floor_number':{'$gte':35}}");
            follow(client, "desks", "{'floor_number':{'$ne':3}}");
        }
        slow.stopTaking();
        Random random = new Random(1);
        Set<Integer> present = new HashSet<>();
        for (int i = 0; i < 3000; i++) {
            int number = i;
            int id = random.nextInt(40);
            int floor = random.nextInt(60);
            String label = "x".repeat(300) + i;
            engine.source.commit(tx -> {
                tx.insert(WORKSTATIONS, number, floor, label);
                if (random.nextInt(300) == 0) {
                    tx.truncate(DESKS);
                    present.clear();
                } else if (present.add(id)) {
                    tx.insert(DESKS, id, floor, label);
                } else if (random.nextInt(4) == 0) {
                    tx.delete(DESKS, id);
                    present.remove(id);
                } else {
                    tx.update(DESKS, id, floor, label);
                }
            });
        }
        engine.source.commit(tx -> tx.insert(DESKS, 100, 0, "last"));
        Predicate<Message> last = message -> message.isChange() && "last".equals(message.text("data.label"));
        fast.await("the last while the other takes nothing", last);
        slow.startTaking();
        for (LoopbackClient client : List.of(fast, slow)) {
            Eventually.await("the last on both channels", () -> {
                return client.received().changes().stream().filter(last).count() == 2;
            });
        }
        assertThat(byChannel(slow)).isEqualTo(byChannel(fast));
    }

    private static Map<String, List<String>> byChannel(LoopbackClient client) {
        return client.received().changes().stream()
                .collect(Collectors.groupingBy(
                        message -> String.valueOf(message.text("channel")),
                        Collectors.mapping(
                                message -> message.get("action") + " " + message.get("key") + " " + message.get("data"),
                                Collectors.toList())));
    }

    @Test
    void aClientThatTheLogHasLeftBehindIsClosedAsTooSlow() {
        engine = TestEngine.start(builder ->
                builder.limits(SMALL_QUEUE).history(History.inMemory().bytes(1024 * 1024)));
        LoopbackClient slow = engine.connect();
        LoopbackClient fast = engine.connect();
        follow(slow, "desks");
        follow(fast, "desks");
        slow.stopTaking();
        String filling = "x".repeat(1000);
        for (int i = 0; i < 4000; i++) {
            int id = i;
            engine.source.commit(tx -> tx.insert(DESKS, id, 1, filling));
            if (id % 100 == 99) {
                fast.await("change " + id, message -> isDesk(message, id));
            }
        }
        slow.startTaking();
        assertThat(slow.awaitCloseCode()).isEqualTo(4508);
        assertThat(ids(fast)).hasSize(4000);
        List<Integer> got = ids(slow);
        assertThat(got).isEqualTo(IntStream.range(0, got.size()).boxed().toList());
        Eventually.await("the session to be gone", () -> engine.changecast.sessions() == 1);
    }

    @Test
    void unsubscribingWhileBehindEndsTheChannelAndKeepsTheOther() {
        engine = TestEngine.start(SMALL_QUEUE);
        LoopbackClient slow = engine.connect();
        String desks = follow(slow, "desks");
        String workstations = follow(slow, "workstations");
        slow.stopTaking();
        insert(0, 2000);
        engine.source.commit(tx -> tx.insert(WORKSTATIONS, 1, 1, "kept"));
        engine.awaitCaptured();
        slow.send("{\"type\":\"unsubscribe\",\"channel\":\"" + desks + "\"}");
        slow.startTaking();
        slow.await("unsubscribed");
        Message kept = slow.await("the other channel", message -> workstations.equals(message.text("channel")));
        assertThat(kept.text("data.status")).isEqualTo("kept");
        List<Message> all = slow.received().all();
        int unsubscribed = all.indexOf(slow.received().all("unsubscribed").get(0));
        assertThat(all.subList(unsubscribed, all.size()))
                .noneMatch(message -> desks.equals(message.text("channel")) && message.isChange());
    }
}
