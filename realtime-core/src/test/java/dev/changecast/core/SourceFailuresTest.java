package dev.changecast.core;

import static dev.changecast.core.TestEngine.DESKS;
import static dev.changecast.core.TestEngine.WORKSTATIONS;
import static dev.changecast.core.TestEngine.follow;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.CheckResult;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Replay;
import dev.changecast.api.source.StartPoint;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.InMemorySource;
import dev.changecast.testing.LoopbackClient;
import dev.changecast.testing.Message;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Sources that fail, and come back. */
class SourceFailuresTest {
    /** So many small rows are several chunks of the log. */
    private static final int MANY = 4000;

    @Test
    void aSourceThatFailsInsideATransactionAndGivesItAgainIsSeenOnce() {
        try (TestEngine engine = TestEngine.start()) {
            LoopbackClient client = engine.connect();
            follow(client, "desks");
            engine.source.overlap(2);
            engine.source.commit(tx -> tx.insert(DESKS, -2, 1, "before"));
            engine.source.commit(tx -> tx.insert(DESKS, -1, 1, "before"));
            engine.source.interruptAfter(3000);
            engine.source.commit(tx -> {
                for (int i = 0; i < 5000; i++) {
                    tx.insert(DESKS, i, 1, "row " + i);
                }
            });
            Message commit = client.await("commit");
            assertThat(commit.text("tx")).isEqualTo("tx3");
            assertThat(client.received().changes())
                    .extracting(message -> (int) message.number("data.id"))
                    .isEqualTo(IntStream.range(-2, 5000).boxed().toList());
            assertThat(client.received().all("reset")).isEmpty();
            assertThat(engine.source.runs()).isEqualTo(2);
        }
    }

    @Test
    void aSourceThatCannotBeReachedIsTriedAgainAndShown() {
        InMemorySource source = new InMemorySource(DESKS);
        source.unreachable("connection refused at db.example.com");
        try (TestEngine engine = TestEngine.start(source, builder -> builder)) {
            Eventually.await("the failure to be shown", () -> engine.status().state() == SourceStatus.State.FAILED);
            assertThat(engine.status().detail()).isEqualTo("connection refused at db.example.com");
            LoopbackClient client = engine.connect();
            assertThat(client.await("welcome").text("sources.pg.state")).isEqualTo("failed");
            client.send("{\"type\":\"subscribe\",\"collection\":\"desks\",\"snapshot\":false}");
            Message error = client.await("error");
            assertThat(error.number("code")).isEqualTo(4010);
            assertThat(error.get("retry")).isEqualTo(true);
            source.reachable();
            engine.awaitStreaming();
            follow(client, "desks");
        }
    }

    @Test
    void oneSourceThatFailsDoesNotStopAnother() {
        InMemorySource broken = new InMemorySource(WORKSTATIONS);
        broken.unreachable("gone");
        try (TestEngine engine = TestEngine.start(
                        new InMemorySource(DESKS),
                        builder -> builder.source("other", broken)
                                .route(Route.from("other/*").readEveryone()))
                .awaitStreaming()) {
            LoopbackClient client = engine.connect();
            follow(client, "desks");
            engine.source.commit(tx -> tx.insert(DESKS, 1, 1, "alive"));
            assertThat(client.awaitChange().text("source")).isEqualTo("pg");
            broken.reachable();
            Eventually.await(
                    "the other source",
                    () -> engine.changecast.sources().get(1).state() == SourceStatus.State.STREAMING);
            Eventually.await(
                    "its beginning to be told",
                    () -> engine.changecast.sources().get(1).delivered() != null);
            follow(client, "workstations");
            broken.commit(tx -> tx.insert(WORKSTATIONS, 1, 1, "alive too"));
            assertThat(client.awaitChange().text("source")).isEqualTo("other");
        }
    }

    @Test
    void everythingDurableIsAcknowledgedAndNothingElse() {
        try (TestEngine engine = TestEngine.start()) {
            engine.source.commit(tx -> tx.insert(DESKS, 1, 1, "a"));
            Eventually.await(
                    "the first transaction to be acknowledged",
                    () -> engine.source
                            .acknowledged()
                            .contains(new Checkpoint(new dev.changecast.api.source.Position(15, 0), "after tx1")));
            LoopbackClient client = engine.connect();
            follow(client, "desks");
            engine.source.pauseAfter(MANY);
            engine.source.commit(tx -> {
                for (int i = 0; i < 2 * MANY; i++) {
                    tx.insert(DESKS, 2 + i, 1, "b");
                }
            });
            client.await("the first part", message -> message.is("change"));
            assertThat(engine.source.acknowledged())
                    .noneMatch(checkpoint -> checkpoint.position().major() > 15);
            engine.source.resume();
            engine.source.progress();
            Eventually.await(
                    "the progress to be acknowledged",
                    () -> engine.source
                            .acknowledged()
                            .contains(Checkpoint.at(new dev.changecast.api.source.Position(25, 1))));
        }
    }

    /** A plug-in that was built against another version of something fails with an error, not an exception. */
    @Test
    void aSourceThatDiesOfAnErrorIsTriedAgainLikeAnyOther() {
        Dying source = new Dying(new NoClassDefFoundError("org/example/Driver"));
        assertTriedAgain(source, "org/example/Driver");
    }

    @Test
    void aSourceThatSaysItWasInterruptedThoughNobodyDidIsTriedAgain() {
        Dying source = new Dying(new InterruptedException("the driver gave up"));
        assertTriedAgain(source, "the driver gave up");
    }

    @Test
    void aSourceThatReturnsWithoutBeingClosedIsTriedAgain() {
        Dying source = new Dying(null);
        assertTriedAgain(source, "the source ended without being closed");
    }

    private static void assertTriedAgain(Dying source, String detail) {
        Changecast changecast = Changecast.builder().source("pg", source).build();
        changecast.start();
        try {
            Eventually.await("a second run", () -> source.runs.get() >= 2);
            Eventually.await("the failure to be shown", () -> {
                SourceStatus status = changecast.sources().get(0);
                return status.state() == SourceStatus.State.FAILED
                        && status.detail().contains(detail);
            });
        } finally {
            changecast.close();
        }
        assertThat(changecast.sources().get(0).state()).isEqualTo(SourceStatus.State.STOPPED);
    }

    /** Ends each run in the same way. */
    private static final class Dying implements ChangeSource {
        private final AtomicInteger runs = new AtomicInteger();
        private final @Nullable Throwable failure;

        Dying(@Nullable Throwable failure) {
            this.failure = failure;
        }

        @Override
        public Replay replay() {
            return Replay.NONE;
        }

        @Override
        public void run(@Nullable StartPoint start, ChangeSink sink) throws Exception {
            runs.incrementAndGet();
            if (failure instanceof Error error) {
                throw error;
            }
            if (failure instanceof Exception exception) {
                throw exception;
            }
        }

        @Override
        public void acknowledge(Checkpoint durable) {}

        @Override
        public CheckResult check() {
            return CheckResult.OK;
        }

        @Override
        public List<Relation> relations() {
            return List.of();
        }

        @Override
        public void close() {}
    }
}
