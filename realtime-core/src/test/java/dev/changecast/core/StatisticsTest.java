package dev.changecast.core;

import static dev.changecast.core.TestEngine.DESKS;
import static dev.changecast.core.TestEngine.WORKSTATIONS;
import static dev.changecast.core.TestEngine.follow;
import static dev.changecast.core.TestEngine.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.ResetReason;
import dev.changecast.api.source.SourceFigure;
import dev.changecast.api.source.SourceReport;
import dev.changecast.api.transport.ClientConnection;
import dev.changecast.api.transport.Payload;
import dev.changecast.core.Statistics.RouteFigures;
import dev.changecast.core.Statistics.SourceFigures;
import dev.changecast.core.Statistics.TransportFigures;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.LoopbackClient;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** What the engine tells of itself in numbers. */
class StatisticsTest {
    private static final Limits SMALL_QUEUE =
            new Limits(100, 100, 100, 100, 512 * 1024, 16 * 1024, 100_000, 60_000, Set.of());

    private static Statistics await(TestEngine engine, String what, Predicate<Statistics> condition) {
        Eventually.await(what, () -> condition.test(engine.changecast.statistics()));
        return engine.changecast.statistics();
    }

    private static TransportFigures transport(Statistics statistics) {
        assertThat(statistics.transports()).hasSize(1);
        return statistics.transports().get(0);
    }

    private static SourceFigures source(Statistics statistics) {
        return statistics.sources().get(0);
    }

    @Test
    void anEngineThatWasNotStartedTellsNothingAndDoesNotFail() {
        try (Changecast changecast = Changecast.builder()
                .route(Route.from("pg/public.*").readEveryone())
                .build()) {
            Statistics statistics = changecast.statistics();

            assertThat(statistics.sources()).isEmpty();
            assertThat(statistics.transports()).isEmpty();
            assertThat(statistics.routes()).containsExactly(new RouteFigures("pg/public.*", 0, 0));
            assertThat(statistics.sessions().dispatchSilence()).isZero();
        }
    }

    @Test
    void aChangeIsCountedFromTheSourceToTheConnections() {
        try (TestEngine engine = TestEngine.start(
                builder -> builder.route(Route.from("pg/public.desks").readEveryone()))) {
            LoopbackClient one = engine.connect();
            LoopbackClient other = engine.connect();
            follow(one, "desks");
            follow(other, "desks");
            follow(other, "desks", "{'floor_number':7}");
            engine.source.commit(tx -> tx.insert(DESKS, 1, 1, "one").insert(DESKS, 2, 7, "two"));
            engine.source.commit(tx -> tx.insert(WORKSTATIONS, 1, 1, "followed by nobody"));
            one.await("commit");
            other.await("commit");

            Statistics statistics = await(
                    engine,
                    "both to be told",
                    now -> source(now).latency().count() > 0 && source(now).transactions() == 2);
            SourceFigures pg = source(statistics);
            assertThat(pg.name()).isEqualTo("pg");
            assertThat(pg.changes()).isEqualTo(3);
            assertThat(pg.matches()).isEqualTo(3);
            assertThat(pg.delivered()).isEqualTo(5);
            assertThat(pg.silence()).isLessThan(Duration.ofSeconds(30));
            assertThat(pg.log().bytes()).isPositive();
            assertThat(statistics.routes())
                    .containsExactly(new RouteFigures("pg/public.*", 0, 0), new RouteFigures("pg/public.desks", 3, 5));
            assertThat(statistics.sources()).extracting(SourceFigures::name).containsExactly("pg", "live");
        }
    }

    @Test
    void messagesAndSessionsAreCountedByTransport() {
        try (TestEngine engine = TestEngine.start()) {
            LoopbackClient client = engine.connect();
            client.await("welcome");
            client.send("{\"type\":\"ping\"}");
            client.await("pong");

            TransportFigures open = transport(engine.changecast.statistics());
            assertThat(open.open()).isEqualTo(1);
            assertThat(open.opened()).isEqualTo(1);
            assertThat(open.messagesReceived()).isEqualTo(1);
            assertThat(open.charactersReceived()).isEqualTo("{\"type\":\"ping\"}".length());
            assertThat(open.messagesSent()).isEqualTo(client.received().all().size());
            assertThat(open.bytesSent()).isGreaterThan(100);
            assertThat(open.duration().count()).isZero();

            client.drop();
            Statistics after = await(engine, "the end", now -> now.sessions().ended() == 1);
            assertThat(transport(after).open()).isZero();
            assertThat(transport(after).duration().count()).isEqualTo(1);
            assertThat(after.refusals().closes()).isEmpty();
        }
    }

    @Test
    void whoIsTooSlowIsSeenWhileThatLasts() {
        try (TestEngine engine = TestEngine.start(SMALL_QUEUE)) {
            LoopbackClient slow = engine.connect();
            follow(slow, "desks");
            slow.stopTaking();
            for (int i = 0; i < 1000; i++) {
                int id = i;
                engine.source.commit(tx -> tx.insert(DESKS, id, 1, "desk " + id));
            }
            Statistics behind = await(
                    engine,
                    "one that is behind",
                    now -> now.sessions().behind() == 1 && now.sessions().longestQueueBytes() > 8 * 1024);
            assertThat(behind.sessions().fellBehind()).isEqualTo(1);
            assertThat(behind.sessions().queueBytes())
                    .isEqualTo(behind.sessions().longestQueueBytes());

            slow.startTaking();
            slow.await("the last", message -> message.isChange() && message.number("data.id") == 999);
            await(
                    engine,
                    "none that is behind",
                    now -> now.sessions().behind() == 0 && now.sessions().queueBytes() == 0);
        }
    }

    @Test
    void whatWaitsForASessionThatEndsIsCountedAsDropped() {
        try (TestEngine engine = TestEngine.start(SMALL_QUEUE)) {
            LoopbackClient slow = engine.connect();
            follow(slow, "desks");
            slow.stopTaking();
            engine.source.commit(tx -> tx.insert(DESKS, 0, 1, "on its way"));
            Eventually.await("a write that does not end", slow::isHolding);
            for (int i = 1; i < 1000; i++) {
                int id = i;
                engine.source.commit(tx -> tx.insert(DESKS, id, 1, "desk " + id));
            }
            await(engine, "one that is behind", now -> now.sessions().behind() == 1);
            slow.drop();
            Statistics after = await(engine, "the end", now -> now.sessions().ended() == 1);
            assertThat(after.sessions().droppedMessages()).isPositive();
            assertThat(after.sessions().behind()).isZero();
            assertThat(after.subscriptions().open()).isZero();
        }
    }

    @Test
    void subscriptionsAreCountedWithWhatBecameOfThem() {
        try (TestEngine engine = TestEngine.start()) {
            LoopbackClient client = engine.connect();
            follow(client, "desks");
            engine.source.commit(tx -> tx.insert(DESKS, 1, 1, "one"));
            String offset = client.awaitChange().text("offset");
            LoopbackClient back = engine.connect();
            TestEngine.resume(back, "desks", offset);
            back.await("ready");

            Statistics statistics = engine.changecast.statistics();
            assertThat(statistics.subscriptions().open()).isEqualTo(2);
            assertThat(statistics.subscriptions().preparing()).isZero();
            assertThat(statistics.subscriptions().begun()).isEqualTo(2);
            assertThat(statistics.subscriptions().resumed()).isEqualTo(1);
            assertThat(statistics.subscriptions().readyTime().count()).isEqualTo(2);

            engine.source.loseHistory(ResetReason.SLOT_LOST);
            engine.source.interrupt();
            client.await("reset");
            back.await("reset");
            Statistics after = await(
                    engine,
                    "both to follow again",
                    now -> now.subscriptions().open() == 2
                            && now.subscriptions().preparing() == 0);
            assertThat(after.subscriptions().resets()).containsEntry(ResetReason.SLOT_LOST, 2L);
            assertThat(after.subscriptions().begun()).isEqualTo(4);
            assertThat(source(after).resets()).containsEntry(ResetReason.SLOT_LOST, 1L);
            assertThat(source(after).failures()).isEqualTo(1);
        }
    }

    @Test
    void readsOfRowsAreCountedAndThoseThatWait() {
        try (TestEngine engine = TestEngine.start()) {
            engine.source.commit(tx -> {
                for (int i = 0; i < 2500; i++) {
                    tx.insert(DESKS, i, i % 7, "desk");
                }
            });
            engine.awaitCaptured();
            engine.source.holdSnapshots();
            LoopbackClient client = engine.connect();
            for (int i = 0; i < 6; i++) {
                client.send(json("{'type':'subscribe','collection':'desks','filter':{'floor_number':" + i + "}}"));
            }
            Statistics waiting =
                    await(engine, "two reads to wait", now -> now.snapshots().waiting() == 2);
            assertThat(waiting.snapshots().reading()).isEqualTo(4);
            engine.source.releaseSnapshots();
            Eventually.await(
                    "all to be ready", () -> client.received().all("ready").size() == 6);

            LoopbackClient all = engine.connect();
            all.send(json("{'type':'subscribe','collection':'desks'}"));
            all.await("ready");
            Statistics after = await(
                    engine,
                    "the reads to end",
                    now -> now.snapshots().readTime().count() == 7);
            assertThat(after.snapshots().begun()).isEqualTo(7);
            assertThat(after.snapshots().waitTime().count()).isEqualTo(7);
            assertThat(after.snapshots().rows()).isEqualTo(2500 + 2500 - 357);
            assertThat(after.snapshots().bytes()).isGreaterThan(2500 * 10);
            assertThat(after.snapshots().failed()).isZero();
        }
    }

    @Test
    void changesThatLaterOnesReplaceAreCounted() {
        try (TestEngine engine = TestEngine.start(
                builder -> builder.route(Route.from("pg/public.desks").conflate(Duration.ofMillis(50))))) {
            LoopbackClient client = engine.connect();
            follow(client, "desks");
            engine.source.commit(tx -> {
                tx.insert(DESKS, 1, 1, "first");
                for (int i = 0; i < 1000; i++) {
                    tx.update(DESKS, 1, 1, "state " + i);
                }
            });
            client.await("the last", message -> "state 999".equals(message.text("data.label")));

            assertThat(engine.changecast.statistics().subscriptions().conflated())
                    .isEqualTo(1000);
        }
    }

    @Test
    void whoCannotShowWhoHeIsIsCounted() {
        try (TestEngine engine = TestEngine.start()) {
            LoopbackClient page = engine.client()
                    .header("Origin", "https://app.example.com")
                    .header("Refuse", "1")
                    .connect();
            assertThat(page.awaitCloseCode()).isEqualTo(4401);
            assertThat(engine.changecast
                            .gateway()
                            .admit(engine.client().header("Refuse", "1").handshake()))
                    .isPresent();

            assertThat(engine.changecast.statistics().sessions().authenticationFailures())
                    .isEqualTo(2);
            assertThat(engine.changecast.statistics().sessions().open()).isZero();
        }
    }

    @Test
    void aConnectionThatBlocksItsThreadIsSeenInTheSilenceOfBoth() throws Exception {
        CountDownLatch blocked = new CountDownLatch(1);
        try (TestEngine engine = TestEngine.start()) {
            LoopbackClient client = engine.connect();
            client.await("welcome");
            CountDownLatch reached = new CountDownLatch(1);
            engine.changecast
                    .gateway()
                    .open(engine.client().handshake(), new ClientConnection() {
                        @Override
                        public void write(List<Payload> messages, WriteDone done) {
                            reached.countDown();
                            try {
                                blocked.await();
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                            done.done(false);
                        }

                        @Override
                        public void ping() {}

                        @Override
                        public void close(int code, String reason) {}

                        @Override
                        public void abort() {}
                    })
                    .onAlive();
            reached.await();
            engine.source.progress();

            Statistics stuck = await(
                    engine,
                    "the silence to be longer than a round may be",
                    now -> now.sessions().dispatchSilence().compareTo(Duration.ofMillis(500)) > 0
                            && Objects.requireNonNull(source(now).silence()).compareTo(Duration.ofMillis(400)) > 0);
            assertThat(stuck.sessions().open()).isEqualTo(2);

            blocked.countDown();
            engine.source.progress();
            await(
                    engine,
                    "all threads to come round again",
                    now -> now.sessions().dispatchSilence().compareTo(Duration.ofMillis(400)) < 0
                            && Objects.requireNonNull(source(now).silence()).compareTo(Duration.ofMillis(400)) < 0);
            engine.changecast.openSessions().forEach(session -> engine.changecast.disconnectSession(session.session()));
        } finally {
            blocked.countDown();
        }
    }

    @Test
    void whatASourceReportsIsToldAndWhatIsGoingWrongIsPartOfItsStatus() {
        try (TestEngine engine = TestEngine.start()) {
            SourceFigure figure = new SourceFigure("memory_pages", "How many pages there are.", 3);
            engine.source.reports(new SourceReport(List.of(figure), List.of("it is nearly full")));

            Statistics statistics = await(
                    engine,
                    "the report",
                    now -> source(now).report() != null
                            && source(now).report().figures().contains(figure));
            assertThat(source(statistics).status().problems()).containsExactly("it is nearly full");
            assertThat(engine.status().state()).isEqualTo(SourceStatus.State.STREAMING);
        }
    }
}
