package dev.changecast.core;

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
import dev.changecast.testing.Message;
import dev.changecast.testing.RelationBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A million updates of one counter, as fast as they are taken, become a few messages, and nothing gathers in memory. */
class CounterStormTest {
    private static final int UPDATES = 1_000_000;
    private static final Duration PAUSE = Duration.ofMillis(100);
    private static final long MIB = 1 << 20;

    private static final Relation COUNTERS =
            RelationBuilder.table("counters").key("id").integer("value").build();

    @TempDir
    private Path directory;

    /** Keeps nothing of what it gives. */
    private static final class Counter implements ChangeSource {
        private final CountDownLatch storm = new CountDownLatch(1);
        private final CountDownLatch closed = new CountDownLatch(1);

        @Override
        public Replay replay() {
            return Replay.FROM_POSITION;
        }

        @Override
        public void run(@Nullable StartPoint start, ChangeSink sink) throws Exception {
            Checkpoint from = start == null ? Checkpoint.at(new Position(5, 0)) : start.checkpoint();
            sink.opened("e1", from);
            storm.await();
            for (long n = from.position().major() / 10 + 1; n <= UPDATES && closed.getCount() > 0; n++) {
                while (!sink.awaitRoom(Duration.ofMillis(50)) && closed.getCount() > 0) {
                    // Until there is some, or nobody wants any more.
                }
                sink.begin("tx" + n, new Position(10 * n, 0), Instant.EPOCH);
                sink.change(2, COUNTERS, Operation.UPDATE, Row.of(1, n), null);
                sink.commit(Checkpoint.at(new Position(10 * n + 5, 0)));
            }
            closed.await();
        }

        @Override
        public void acknowledge(Checkpoint durable) {}

        @Override
        public CheckResult check() {
            return CheckResult.OK;
        }

        @Override
        public List<Relation> relations() {
            return List.of(COUNTERS);
        }

        @Override
        public void close() {
            storm.countDown();
            closed.countDown();
        }
    }

    @Test
    void aMillionUpdatesOfOneCounterBecomeAFewMessages() {
        Counter counter = new Counter();
        Changecast changecast = Changecast.builder()
                .source("pg", counter)
                .route(Route.from("pg/*").readEveryone().conflate(PAUSE))
                .authenticator(Authenticator.anonymous())
                .history(History.in(directory).memoryBytes(8 * MIB))
                .build();
        changecast.start();
        try {
            Eventually.await(
                    "the engine to capture", () -> changecast.sources().get(0).delivered() != null);
            LoopbackClient one = LoopbackClient.connect(changecast.gateway());
            LoopbackClient other =
                    LoopbackClient.to(changecast.gateway()).takingAtOnce().connect();
            follow(one, "counters");
            follow(other, "counters");
            long before = usedAfterCollection();
            long began = System.nanoTime();
            counter.storm.countDown();
            for (LoopbackClient client : List.of(one, other)) {
                client.received()
                        .await(
                                "the last state",
                                Duration.ofMinutes(3),
                                message -> message.isChange() && message.number("data.value") == UPDATES);
            }
            long pauses = (System.nanoTime() - began) / PAUSE.toNanos();
            for (LoopbackClient client : List.of(one, other)) {
                List<Message> changes = client.received().changes();
                // A part of the log of 4 MiB each is read without a pause, so that nobody falls ever further behind.
                assertThat(changes).hasSizeLessThan((int) pauses + 100).hasSizeLessThan(UPDATES / 500);
                assertThat(changes)
                        .extracting(message -> message.number("data.value"))
                        .as("never backwards")
                        .isSorted();
            }
            Eventually.await(
                    "memory to be what it was, but for the newest part of the log",
                    () -> usedAfterCollection() - before < 48 * MIB);
            one.drop();
            other.drop();
        } finally {
            changecast.close();
        }
    }

    private static long usedAfterCollection() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }
}
