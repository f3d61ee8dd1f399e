package dev.changecast.core;

import static dev.changecast.core.TestEngine.DESKS;
import static dev.changecast.core.TestEngine.EVENTS;
import static dev.changecast.core.TestEngine.WORKSTATIONS;
import static dev.changecast.core.TestEngine.follow;
import static dev.changecast.core.TestEngine.json;
import static dev.changecast.core.TestEngine.resume;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.testing.Eventually;
import dev.changecast.testing.LoopbackClient;
import dev.changecast.testing.Message;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Routes that spare their clients a storm of events. */
class ConflatedRouteTest {
    private static final Duration PAUSE = Duration.ofMillis(100);

    private TestEngine engine = start(PAUSE);

    @AfterEach
    void close() {
        engine.close();
    }

    private static TestEngine start(Duration pause) {
        return TestEngine.start(
                builder -> builder.route(Route.from("pg/public.desks").conflate(pause))
                        .route(Route.from("pg/public.events").conflate(pause)));
    }

    private static boolean isDesk(Message message, String label) {
        return message.isChange() && label.equals(message.text("data.label"));
    }

    @Test
    void oneTransactionWithAThousandUpdatesOfARowIsOneMessage() {
        LoopbackClient client = engine.connect();
        follow(client, "desks");
        engine.source.commit(tx -> {
            tx.insert(DESKS, 1, 1, "first");
            for (int i = 0; i < 1000; i++) {
                tx.update(DESKS, 1, 1, "state " + i);
            }
        });
        Message only = client.await("the state", message -> isDesk(message, "state 999"));
        assertThat(only.text("action")).isEqualTo("insert");
        assertThat(client.received().changes()).hasSize(1);
        client.await("its commit mark", message -> message.is("commit"));
    }

    @Test
    void aSingleChangeAfterARestIsSentAtOnceAndTheNextAfterThePause() {
        engine.close();
        engine = start(Duration.ofSeconds(2));
        LoopbackClient client = engine.connect();
        follow(client, "desks");
        long began = System.nanoTime();
        engine.source.commit(tx -> tx.insert(DESKS, 1, 1, "one"));
        client.await("the first", message -> isDesk(message, "one"));
        engine.source.commit(tx -> tx.update(DESKS, 1, 1, "two"));
        engine.source.commit(tx -> tx.update(DESKS, 1, 1, "three"));
        client.await("the last", message -> isDesk(message, "three"));
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofMillis(1900));
        assertThat(client.received().changes()).hasSize(2);
    }

    @Test
    void everyRowIsThereInTheEndAndWhatIsNotConflatedComesWhole() {
        LoopbackClient client = engine.connect();
        String desks = follow(client, "desks");
        String workstations = follow(client, "workstations");
        for (int i = 0; i < 3000; i++) {
            int n = i;
            engine.source.commit(tx -> {
                if (n < 50) {
                    tx.insert(DESKS, n, 1, "0");
                } else {
                    tx.update(DESKS, n % 50, 1, "" + n);
                }
                tx.insert(WORKSTATIONS, n, 1, "free");
            });
        }
        Eventually.await("the last of both", () -> {
            List<Message> all = client.received().changes();
            return all.stream().anyMatch(message -> isDesk(message, "2999"))
                    && all.stream()
                                    .filter(message -> workstations.equals(message.text("channel")))
                                    .count()
                            == 3000;
        });
        List<Message> changes = client.received().changes();
        assertThat(changes.stream()
                        .filter(message -> workstations.equals(message.text("channel")))
                        .map(message -> (int) message.number("data.id")))
                .isEqualTo(IntStream.range(0, 3000).boxed().toList());
        for (int id = 0; id < 50; id++) {
            int wanted = id;
            String last = changes.stream()
                    .filter(message -> desks.equals(message.text("channel")) && message.number("data.id") == wanted)
                    .reduce((earlier, later) -> later)
                    .orElseThrow()
                    .text("data.label");
            assertThat(last).isEqualTo("" + (2950 + id));
        }
    }

    @Test
    void aResumeOverAStormIsConflatedToo() {
        LoopbackClient first = engine.connect();
        follow(first, "desks");
        engine.source.commit(tx -> tx.insert(DESKS, 1, 1, "begin"));
        Message begin = first.await("the first", message -> isDesk(message, "begin"));
        first.drop();
        for (int i = 0; i <= 20_000; i++) {
            String label = "count " + i;
            engine.source.commit(tx -> tx.update(DESKS, 1, 1, label));
        }
        engine.awaitCaptured();
        LoopbackClient second = engine.connect();
        resume(second, "desks", begin.text("offset"));
        second.await("the last state", message -> isDesk(message, "count 20000"));
        second.await("ready");
        assertThat(second.received().changes()).hasSizeLessThan(20);
        engine.source.commit(tx -> tx.update(DESKS, 1, 1, "live"));
        second.await("a live one", message -> isDesk(message, "live"));
    }

    @Test
    void othersBecomeReadyInTheMiddleOfAStorm() throws Exception {
        LoopbackClient client = engine.connect();
        follow(client, "desks");
        engine.source.commit(tx -> tx.insert(DESKS, 1, 1, "begin"));
        var over = new AtomicBoolean();
        Thread storm = new Thread(
                () -> {
                    for (int i = 0; !over.get(); i++) {
                        String label = "count " + i;
                        engine.source.commit(tx -> tx.update(DESKS, 1, 1, label));
                        if (i % 20 == 0) {
                            // Ten thousand per second: without a rest the log in memory would leave everybody behind.
                            LockSupport.parkNanos(2_000_000);
                        }
                    }
                },
                "storm");
        storm.start();
        try {
            client.await("a change of the storm", message -> message.isChange());
            follow(client, "workstations");
            client.send(json("{'type':'subscribe','collection':'desks','filter':{'floor_number':1}}"));
            Message subscribed = client.await("subscribed");
            client.await(
                    "ready with a snapshot",
                    message -> message.is("ready") && subscribed.text("channel").equals(message.text("channel")));
        } finally {
            over.set(true);
            storm.join();
        }
        engine.source.commit(tx -> tx.insert(WORKSTATIONS, 7, 1, "free"));
        client.await("a workstation", message -> message.isChange() && message.number("data.id") == 7);
    }

    @Test
    void leavingInThePauseLeavesTheOthersOn() {
        engine.close();
        engine = start(Duration.ofMillis(500));
        LoopbackClient client = engine.connect();
        String desks = follow(client, "desks");
        follow(client, "workstations");
        engine.source.commit(tx -> tx.insert(DESKS, 1, 1, "one"));
        client.await("the first", message -> isDesk(message, "one"));
        engine.source.commit(tx -> tx.update(DESKS, 1, 1, "two"));
        engine.awaitCaptured();
        client.send(json("{'type':'unsubscribe','channel':'" + desks + "'}"));
        client.await("unsubscribed");
        engine.source.commit(tx -> tx.insert(WORKSTATIONS, 1, 1, "free"));
        client.await("the other channel", message -> message.isChange() && "free".equals(message.text("data.status")));
        client.drop();
        Eventually.await("the session to be gone", () -> engine.changecast.sessions() == 0);
    }

    @Test
    void whatHasNoKeyCannotBeConflatedAndItsRouteIsNamed() {
        LoopbackClient client = engine.connect();
        client.send(json("{'type':'subscribe','collection':'events','snapshot':false}"));
        Message error = client.await("error");
        assertThat(error.number("code")).isEqualTo(4011);
        assertThat(error.text("message")).contains("take 'conflate' out of its route");
        engine.source.commit(tx -> tx.insert(EVENTS, "something"));
    }

    @Test
    void aPauseIsNeitherNothingNorForEver() {
        for (Duration wrong : List.of(Duration.ZERO, Duration.ofMillis(9), Duration.ofSeconds(61))) {
            assertThatThrownBy(() -> Route.from("pg/*").conflate(wrong))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("10 ms to 1 minute");
        }
    }
}
