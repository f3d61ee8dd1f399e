package dev.changecast.core;

import static dev.changecast.core.TestEngine.DESKS;
import static dev.changecast.core.TestEngine.follow;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.CheckResult;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Replay;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.StartPoint;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.LoopbackClient;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A source that only delivers again, whose connection breaks in the middle of a transaction that is several chunks. */
class BrokenOffTransactionTest {
    private static final int ROW_BYTES = 50_000;

    @Test
    void itComesOnceAndWholeThoughItHasOtherPositionsThen() {
        try (Fixture fixture = new Fixture(10)) {
            fixture.client.await("commit");
            assertThat(fixture.rows()).isEqualTo(numbers(10));
            assertThat(fixture.client.received().all("reset")).isEmpty();
        }
    }

    @Test
    void oneThatIsTooLargeToBeHeldBackIsToldAsALossAndStopsNothing() {
        // More than the log holds back.
        int rows = 17 * 1024 * 1024 / ROW_BYTES;
        try (Fixture fixture = new Fixture(rows)) {
            Position end = new Position(20, 2L * rows + 1);
            Eventually.await(
                    "all of it in the log",
                    Duration.ofSeconds(30),
                    () -> end.equals(fixture.changecast.sources().get(0).position()));
            assertThat(fixture.source.runs).isEqualTo(2);
            // Who had got a part of it is told, or was too slow for so much and has to come back.
            Eventually.await(
                    "the client to be told",
                    () -> fixture.client.received().all("reset").stream()
                                    .anyMatch(reset -> "slot_lost".equals(reset.text("reason")))
                            || fixture.client.received().close() != null);
        }
    }

    private static List<Integer> numbers(int count) {
        return IntStream.range(0, count).boxed().toList();
    }

    /** An engine over a source that breaks once, and a client that was there before. */
    private static final class Fixture implements AutoCloseable {
        private final Redelivering source;
        private final Changecast changecast;
        final LoopbackClient client;

        Fixture(int rows) {
            source = new Redelivering(rows);
            changecast = Changecast.builder()
                    .source("queue", source)
                    .limits(TestEngine.LIMITS)
                    .authenticator(handshake -> Optional.of(Identity.anonymous()))
                    .route(Route.from("queue/*").readEveryone())
                    .build();
            changecast.start();
            Eventually.await(
                    "the source to stream", () -> changecast.sources().get(0).delivered() != null);
            client = LoopbackClient.to(changecast.gateway()).connect();
            follow(client, "desks");
            source.followed.countDown();
        }

        List<Integer> rows() {
            return client.received().changes().stream()
                    .map(message -> (int) message.number("data.id"))
                    .toList();
        }

        @Override
        public void close() {
            client.drop();
            changecast.close();
        }
    }

    /** Gives one transaction: the first time up to its last row, and again under later positions. */
    private static final class Redelivering implements ChangeSource {
        private final int rows;
        final CountDownLatch followed = new CountDownLatch(1);
        private final CountDownLatch closing = new CountDownLatch(1);
        volatile int runs;

        Redelivering(int rows) {
            this.rows = rows;
        }

        @Override
        public Replay replay() {
            return Replay.REDELIVERY;
        }

        @Override
        public void run(@Nullable StartPoint start, ChangeSink sink) throws Exception {
            int run = runs + 1;
            runs = run;
            sink.opened("e1", start == null ? Checkpoint.at(new Position(1, 0)) : start.checkpoint());
            followed.await();
            if (run <= 2) {
                long major = 10L * run;
                sink.begin(null, new Position(major, 0), Instant.EPOCH);
                for (int i = 0; i < rows; i++) {
                    while (!sink.awaitRoom(Duration.ofMillis(100))) {
                        if (closing.getCount() == 0) {
                            return;
                        }
                    }
                    sink.change(2L * i + 2, DESKS, Operation.INSERT, Row.of(i, 1, "x".repeat(ROW_BYTES)), null);
                }
                if (run == 1) {
                    throw new IllegalStateException("the connection is gone");
                }
                sink.commit(Checkpoint.at(new Position(major, 2L * rows + 1)));
            }
            closing.await();
        }

        @Override
        public void acknowledge(Checkpoint durable) {}

        @Override
        public CheckResult check() {
            return CheckResult.OK;
        }

        @Override
        public List<Relation> relations() {
            return List.of(DESKS);
        }

        @Override
        public void close() {
            closing.countDown();
            followed.countDown();
        }
    }
}
