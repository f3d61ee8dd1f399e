package dev.changecast.core;

import static dev.changecast.core.TestEngine.DESKS;
import static dev.changecast.core.TestEngine.follow;
import static dev.changecast.core.TestEngine.resume;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.testing.Eventually;
import dev.changecast.testing.InMemorySource;
import dev.changecast.testing.LoopbackClient;
import dev.changecast.testing.Message;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Heartbeats, clients that are dead, and the end of the server. */
class SessionLifeTest {
    private static final Limits QUICK = new Limits(100, 100, 100, 100, 512 * 1024, 1024 * 1024, 100_000, 300, Set.of());

    @Test
    void heartbeatsTellOffsetsThatAreSafeToResumeFrom() {
        try (TestEngine engine = TestEngine.start(QUICK)) {
            LoopbackClient client = engine.connect();
            assertThat(client.await("heartbeat").has("offsets.pg")).isFalse();
            follow(client, "desks");
            engine.source.commit(tx -> tx.insert(DESKS, -1, 1, "first"));
            client.awaitChange();
            client.await(
                    "a heartbeat behind the change",
                    message -> message.is("heartbeat")
                            && message.text("offsets.pg").endsWith(".15-0"));
            engine.source.pauseAfter(4000);
            engine.source.commit(tx -> {
                for (int i = 0; i < 5000; i++) {
                    tx.insert(DESKS, i, 1, "row");
                }
            });
            client.await("a part of the transaction", Message::isChange);
            Message heartbeat = client.await("heartbeat");
            assertThat(heartbeat.text("offsets.pg")).endsWith(".15-0");
            client.await("heartbeat");
            LoopbackClient again = engine.connect();
            resume(again, "desks", heartbeat.text("offsets.pg"));
            engine.source.resume();
            client.await("commit");
            again.await("commit");
            assertThat(again.received().changes()).hasSize(5000);
            client.await(
                    "a heartbeat behind the transaction",
                    message -> message.is("heartbeat")
                            && message.text("offsets.pg").endsWith(".25-0"));
            String progress = engine.source.progress().toString();
            client.await(
                    "a heartbeat at the progress",
                    message -> message.is("heartbeat")
                            && message.text("offsets.pg").endsWith(progress));
        }
    }

    @Test
    void aHeartbeatOfASessionThatIsBehindNamesOnlyWhatWasSent() {
        Limits limits = new Limits(100, 100, 100, 100, 512 * 1024, 16 * 1024, 100_000, 300, Set.of());
        try (TestEngine engine = TestEngine.start(limits)) {
            LoopbackClient client = engine.connect();
            follow(client, "desks");
            client.stopTaking();
            for (int i = 0; i < 3000; i++) {
                int id = i;
                engine.source.commit(tx -> tx.insert(DESKS, id, 1, "row"));
            }
            engine.awaitCaptured();
            int pings = client.pings();
            Eventually.await("heartbeats while behind", () -> client.pings() > pings + 1);
            client.startTaking();
            client.await("the last", message -> message.isChange() && message.number("data.id") == 2999);
            long reached = 0;
            int checked = 0;
            for (Message message : client.received().all()) {
                if (message.isChange()) {
                    reached = message.number("data.id") + 1;
                } else if (message.is("heartbeat") && message.has("offsets.pg")) {
                    String offset = message.text("offsets.pg");
                    long major = Long.parseLong(offset.substring(offset.indexOf('.') + 1, offset.indexOf('-')));
                    assertThat(major / 10).as(message.json()).isLessThanOrEqualTo(reached);
                    checked++;
                }
            }
            assertThat(checked).isPositive();
        }
    }

    @Test
    void aClientThatGivesNoSignForThreeHeartbeatsIsAborted() {
        try (TestEngine engine = TestEngine.start(QUICK)) {
            LoopbackClient dead = engine.connect();
            LoopbackClient alive = engine.connect();
            dead.ignorePings();
            assertThat(dead.awaitCloseCode()).isEqualTo(1006);
            assertThat(dead.isAborted()).isTrue();
            assertThat(dead.pings()).isBetween(2, 5);
            Eventually.await("only the other to be left", () -> engine.changecast.sessions() == 1);
            assertThat(alive.received().close()).isNull();
        }
    }

    @Test
    void messagesAreASignOfLifeToo() {
        try (TestEngine engine = TestEngine.start(QUICK)) {
            LoopbackClient client = engine.connect();
            client.ignorePings();
            for (int i = 0; i < 8; i++) {
                client.send("{\"type\":\"ping\"}");
                client.await("heartbeat");
            }
            assertThat(client.received().close()).isNull();
        }
    }

    @Test
    void aServerThatGoesTellsItsClientsAndLetsThemFinish() {
        TestEngine engine = TestEngine.start();
        List<LoopbackClient> clients = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            LoopbackClient client =
                    engine.opened(LoopbackClient.to(engine.changecast.gateway()).connect());
            follow(client, "desks");
            clients.add(client);
        }
        engine.source.commit(tx -> tx.insert(DESKS, 1, 1, "last words"));
        clients.forEach(LoopbackClient::awaitChange);
        engine.changecast.close();
        for (LoopbackClient client : clients) {
            assertThat(client.await("going_away").number("reconnect_in_ms")).isBetween(0L, 3000L);
            assertThat(client.awaitCloseCode()).isEqualTo(4501);
            List<Message> all = client.received().all();
            assertThat(all.get(all.size() - 1).type()).isEqualTo("going_away");
        }
        assertThat(engine.changecast.sessions()).isZero();
        assertThat(engine.source.isClosed()).isTrue();
        assertThat(engine.source.isRunning()).isFalse();
    }

    @Test
    void clientsAreToldOneAfterTheOtherWhileCaptureGoesOnAndNobodyComesIn() {
        try (TestEngine engine = TestEngine.start()) {
            List<LoopbackClient> clients = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                LoopbackClient client = engine.opened(
                        LoopbackClient.to(engine.changecast.gateway()).connect());
                follow(client, "desks");
                clients.add(client);
            }
            // An hour for four: only the first is told at once.
            Thread draining = new Thread(() -> engine.changecast.drain(Duration.ofHours(1)), "drain");
            draining.start();
            Eventually.await("the first to be gone", () -> engine.changecast.sessions() == 3);
            LoopbackClient late = LoopbackClient.to(engine.changecast.gateway()).connect();
            assertThat(late.awaitCloseCode()).isEqualTo(4501);
            engine.source.commit(tx -> tx.insert(DESKS, 1, 1, "still here"));
            List<LoopbackClient> left = clients.stream()
                    .filter(client -> client.received().close() == null)
                    .toList();
            assertThat(left).hasSize(3);
            left.forEach(LoopbackClient::awaitChange);

            engine.changecast.drain(Duration.ZERO);

            assertThat(engine.changecast.sessions()).isZero();
            clients.forEach(client -> assertThat(client.awaitCloseCode()).isEqualTo(4501));
            Eventually.await("the slower one to be over, too", () -> !draining.isAlive());
        }
    }

    @Test
    void aClientThatTakesNothingDoesNotHoldUpTheEnd() {
        TestEngine engine = TestEngine.start();
        LoopbackClient stuck = engine.connect();
        stuck.await("welcome");
        stuck.stopTaking();
        long began = System.nanoTime();
        engine.changecast.close();
        assertThat(System.nanoTime() - began).isLessThan(15_000_000_000L);
        assertThat(engine.changecast.sessions()).isZero();
        assertThat(stuck.received().close()).isNotNull();
    }

    @Test
    void anEngineThatWasNeverStartedClosesItsSources() {
        InMemorySource source = new InMemorySource(DESKS);
        Changecast.builder().source("pg", source).build().close();
        assertThat(source.isClosed()).isTrue();
    }

    @Test
    void noThreadOutlivesItsEngine() {
        TestEngine engine = TestEngine.start();
        LoopbackClient client = engine.connect();
        follow(client, "desks");
        client.send("{\"type\":\"subscribe\",\"collection\":\"desks\",\"filter\":{\"id\":1}}");
        client.await("snapshot");
        engine.close();
        Eventually.await(
                "all threads to end",
                () -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().startsWith("changecast-") && !thread.isDaemon()));
    }
}
