package dev.changecast.ingress.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.testing.Eventually;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** From reading to the sink: in order, bounded, and past what cannot be published. */
class DeliveryTest {
    private static final Channels CHANNELS = new Channels("websocket:");
    private static final byte[] BROADCAST = "websocket:broadcast".getBytes(StandardCharsets.UTF_8);

    private final FakeSink sink = new FakeSink();
    private final LogLines log = LogLines.open();
    private Delivery<String> delivery = new Delivery<>(sink, 1 << 20);

    @AfterEach
    void close() {
        delivery.close(Duration.ofMillis(100));
        log.close();
    }

    private void receive(String payload) {
        delivery.receive(CHANNELS, BROADCAST, payload.getBytes(StandardCharsets.UTF_8), 1000);
    }

    private void receiveNumbers(int from, int to) {
        for (int i = from; i < to; i++) {
            receive("{\"content\":" + i + "}");
        }
    }

    private static String number(int number) {
        return "{\"to\":\"broadcast\",\"type\":\"broadcast\",\"content\":" + number + "}";
    }

    private void awaitCounts(RedisIngress.Counts counts) {
        Eventually.assertEventually(() -> assertThat(delivery.counts()).isEqualTo(counts));
    }

    @Test
    void whatWaitsIsTakenTogetherAndInOrder() {
        receiveNumbers(0, 1500);
        delivery.start();
        awaitCounts(new RedisIngress.Counts(1500, 1500, 0, 0, 0));
        assertThat(sink.batches()).extracting(List::size).containsExactly(1000, 500);
        assertThat(sink.taken()).startsWith(number(0), number(1)).endsWith(number(1499));
    }

    @Test
    void whatIsMalformedIsCountedAndToldOnceAndStopsNobody() {
        delivery.start();
        receive("{\"content\":1");
        receive("{\"type\":\"bad\",\"content\":1}");
        receive("{\"type\":\"fault\",\"content\":1}");
        receive("{\"content\":\"" + "x".repeat(2000) + "\"}");
        receiveNumbers(0, 1);
        awaitCounts(new RedisIngress.Counts(5, 1, 4, 0, 0));
        assertThat(log.all()).singleElement().asString().contains("on websocket:broadcast", "not JSON");
    }

    @Test
    void withoutRoomTheNewestIsDroppedAndThatIsTold() {
        CompletableFuture<Void> disk = new CompletableFuture<>();
        sink.answer(batch -> disk);
        delivery = new Delivery<>(sink, 10_000);
        delivery.start();
        receiveNumbers(0, 1);
        Eventually.await("the first to be given", () -> !sink.batches().isEmpty());
        receiveNumbers(1, 100);
        RedisIngress.Counts counts = delivery.counts();
        assertThat(counts.received()).isEqualTo(100);
        assertThat(counts.waiting()).isBetween(10, 20);
        assertThat(counts.dropped()).isEqualTo(99 - counts.waiting());
        assertThat(log.all()).singleElement().asString().contains("WARN", "dropped", "1 were dropped so far");
        disk.complete(null);
        awaitCounts(new RedisIngress.Counts(100, 1 + counts.waiting(), 0, counts.dropped(), 0));
        // Those that came first, without a gap between them.
        assertThat(sink.batches().get(1)).startsWith(number(1), number(2)).endsWith(number(counts.waiting()));
    }

    @Test
    void whatCannotBeTakenNowIsTriedAgainAndNothingOvertakesIt() {
        AtomicInteger tries = new AtomicInteger();
        sink.answer(batch -> tries.incrementAndGet() < 3
                ? CompletableFuture.failedFuture(new IllegalStateException("no room"))
                : CompletableFuture.completedFuture(null));
        delivery.start();
        receiveNumbers(0, 1);
        Eventually.await("a try", () -> tries.get() > 0);
        receiveNumbers(1, 3);
        awaitCounts(new RedisIngress.Counts(3, 3, 0, 0, 0));
        assertThat(sink.taken()).containsExactly(number(0), number(1), number(2));
        assertThat(log.all()).singleElement().asString().contains("no room", "tried again");
    }

    @Test
    void whatCanNeverBePublishedIsFoundAmongTheOthers() {
        sink.answer(batch -> batch.contains(number(1))
                ? CompletableFuture.failedFuture(new IllegalArgumentException("too long"))
                : CompletableFuture.completedFuture(null));
        receiveNumbers(0, 3);
        delivery.start();
        awaitCounts(new RedisIngress.Counts(3, 2, 1, 0, 0));
        assertThat(sink.taken()).containsExactly(number(0), number(2));
        assertThat(log.containing("too long")).hasSize(1);
    }

    @Test
    void theEndLeavesTimeForWhatWaitsAndSaysWhatIsLost() {
        receiveNumbers(0, 3);
        delivery.start();
        delivery.close(Duration.ofSeconds(10));
        assertThat(delivery.counts()).isEqualTo(new RedisIngress.Counts(3, 3, 0, 0, 0));
        assertThat(log.all()).isEmpty();

        sink.answer(batch -> new CompletableFuture<>());
        delivery = new Delivery<>(sink, 1 << 20);
        delivery.start();
        receiveNumbers(0, 1);
        Eventually.await("it to be given", () -> sink.batches().size() == 2);
        receiveNumbers(1, 3);
        delivery.close(Duration.ofMillis(50));
        assertThat(log.all()).singleElement().asString().contains("2 messages from Redis are lost");
    }

    @Test
    void aWarningIsSaidOnceInTenSecondsAndCountsTheOthers() {
        long[] now = {0};
        RareWarning warning = new RareWarning(org.slf4j.LoggerFactory.getLogger(RedisIngress.class), () -> now[0]);
        warning.say("first");
        warning.say("second");
        warning.say("third");
        now[0] = 10_000_000_000L;
        warning.say("fourth");
        assertThat(log.all()).containsExactly("WARN first", "WARN fourth (and 2 more since the last such line)");
    }
}
