package dev.changecast.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.transport.Payload;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ContainerFrameWriterTest {
    private final FakeSession session = new FakeSession();
    private final ContainerFrameWriter writer = new ContainerFrameWriter(session.session());
    private final List<Boolean> done = new ArrayList<>();

    @Test
    void oneMessageIsInFlightAtATime() {
        writer.write(List.of(Payload.of("a"), Payload.of("bb"), Payload.of("ccc")), done::add);
        assertThat(session.sent).containsExactly("a");
        assertThat(writer.pendingBytes()).isEqualTo(6);
        session.end(true);
        assertThat(session.sent).containsExactly("a", "bb");
        assertThat(writer.pendingBytes()).isEqualTo(5);
        session.end(true);
        assertThat(done).isEmpty();
        session.end(true);
        assertThat(done).containsExactly(true);
        assertThat(writer.pendingBytes()).isZero();
        assertThat(session.sent).containsExactly("a", "bb", "ccc");
    }

    @Test
    void aLostMessageEndsTheBatchOnce() {
        writer.write(List.of(Payload.of("a"), Payload.of("bb")), done::add);
        session.end(false);
        assertThat(done).containsExactly(false);
        assertThat(session.sent).containsExactly("a");
        assertThat(writer.pendingBytes()).isZero();
    }

    @Test
    void aContainerThatEndsEverySendAtOnceDoesNotGrowTheStack() {
        session.endsAtOnce = true;
        List<Payload> many =
                IntStream.range(0, 100_000).mapToObj(n -> Payload.of("x")).toList();
        writer.write(many, done::add);
        assertThat(done).containsExactly(true);
        assertThat(session.sent).hasSize(100_000);
    }

    @Test
    void theNextBatchMayBeWrittenFromWithinTheEndOfTheLast() {
        session.endsAtOnce = true;
        writer.write(List.of(Payload.of("a")), delivered -> writer.write(List.of(Payload.of("b")), done::add));
        assertThat(session.sent).containsExactly("a", "b");
        assertThat(done).containsExactly(true);
    }

    @Test
    void whatIsToComeAfterTheBatchWaitsForItAndNothingIsWrittenAfterwards() {
        List<String> order = new ArrayList<>();
        writer.write(List.of(Payload.of("a")), delivered -> order.add("written"));
        writer.afterPending(() -> order.add("closed"));
        assertThat(order).isEmpty();
        session.end(true);
        assertThat(order).containsExactly("written", "closed");
        writer.write(List.of(Payload.of("b")), done::add);
        assertThat(done).containsExactly(false);
        assertThat(session.sent).containsExactly("a");
    }
}
