package dev.changecast.http.grizzly;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.transport.Payload;
import dev.changecast.http.grizzly.RecordingGateway.Client;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SlowClientIT {
    private static final Duration CLOSE_TIMEOUT = Duration.ofMillis(600);

    private final TestPort port =
            new TestPort(new RecordingGateway(), settings -> settings.closeTimeout(CLOSE_TIMEOUT));

    @AfterEach
    void close() {
        port.close();
    }

    @Test
    void aBatchGoesOutWithOneWriteAndIsFramedOnceForAll() throws Exception {
        List<Payload> batch = IntStream.range(0, 16)
                .mapToObj(n -> Payload.of("{\"n\":" + n + "}"))
                .toList();
        try (RawClient raw = port.raw()) {
            Client client = port.gateway.next();
            SocketFrameWriter writer = port.writers().get(0);
            for (int i = 0; i < 3; i++) {
                long before = writer.writes();
                client.connection.write(batch, delivered -> {});
                for (int n = 0; n < 16; n++) {
                    assertThat(raw.readFrame().text()).isEqualTo("{\"n\":" + n + "}");
                }
                assertThat(writer.writes()).isEqualTo(before + 1);
            }
        }
        byte[] framed = batch.get(0).framed(TextFraming.TEXT);
        assertThat(batch.get(0).framed(TextFraming.TEXT)).isSameAs(framed);
    }

    @Test
    void whatTheClientDoesNotTakeIsCountedToTheByteAndArrivesWhenItReads() throws Exception {
        try (RawClient raw = RawClient.withSmallBuffer(port.http.port())) {
            Client client = port.gateway.next();
            SocketFrameWriter writer = port.writers().get(0);
            Queue<Boolean> done = new ConcurrentLinkedQueue<>();
            List<Payload> batch = Stream.generate(() -> Payload.of("x".repeat(99_996)))
                    .limit(100)
                    .toList();
            client.connection.write(batch, done::add);
            assertThat(done).isEmpty();
            long pending = writer.pendingBytes();
            assertThat(pending).isBetween(1L, 10_000_000L);
            long received = 0;
            // Of what was read at most a socket's buffers are not accounted for by what is still pending.
            for (int i = 0; i < 100; i++) {
                RawClient.Frame frame = raw.readFrame();
                assertThat(frame.payload()).hasSize(99_996);
                received += 10 + frame.payload().length;
                long pendingAtMost = 10_000_600L - received;
                // What is on its way to the socket is taken off a moment after the client may have it.
                Await.until("what was received is not pending", () -> writer.pendingBytes() <= pendingAtMost);
            }
            Await.until("the write is done", () -> !done.isEmpty());
            assertThat(done).containsExactly(true);
            assertThat(writer.pendingBytes()).isZero();
        }
    }

    @Test
    void anAbortFreesTheSocketAndWhatItHeldAndTellsTheWrite() throws Exception {
        try (RawClient raw = RawClient.withSmallBuffer(port.http.port())) {
            Client client = port.gateway.next();
            SocketFrameWriter writer = port.writers().get(0);
            Queue<Boolean> done = new ConcurrentLinkedQueue<>();
            client.connection.write(large(), done::add);
            assertThat(writer.pendingBytes()).isPositive();
            client.connection.abort();
            Await.until("told of the lost write", () -> !done.isEmpty());
            assertThat(done).containsExactly(false);
            assertThat(writer.pendingBytes()).isZero();
            Await.until("told once that the connection is closed", () -> client.closed.get() == 1);
            Await.until("the socket is gone", () -> port.http.webSockets() == 0);
            raw.awaitEnd();
            client.connection.write(large(), done::add);
            assertThat(done).containsExactly(false, false);
            assertThat(client.closed).hasValue(1);
        }
    }

    @Test
    void aClientThatNeverReadsIsCutOffWithinTheBoundOfAClose() throws Exception {
        try (RawClient raw = RawClient.withSmallBuffer(port.http.port())) {
            Client client = port.gateway.next();
            Queue<Boolean> done = new ConcurrentLinkedQueue<>();
            client.connection.write(large(), done::add);
            long began = System.nanoTime();
            client.connection.close(4501, "draining");
            Await.until("the socket is gone", () -> port.http.webSockets() == 0);
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .isBetween(CLOSE_TIMEOUT.dividedBy(2), Duration.ofSeconds(3));
            Await.until("told of the lost write", () -> !done.isEmpty());
            assertThat(done).containsExactly(false);
            assertThat(client.closed).hasValue(1);
            raw.awaitEnd();
        }
    }

    @Test
    void aClientThatReadsButNeverAnswersTheCloseIsCutOffToo() throws Exception {
        try (RawClient raw = port.raw()) {
            Client client = port.gateway.next();
            client.connection.close(4501, "draining");
            assertThat(raw.readClose().closeCode()).isEqualTo(4501);
            raw.sendText("{\"too\":\"late\"}");
            raw.awaitEnd();
            Await.until("the socket is gone", () -> port.http.webSockets() == 0);
            assertThat(client.messages).isEmpty();
        }
    }

    @Test
    void theCloseComesAfterWhatWasWritten() throws Exception {
        try (RawClient raw = port.raw()) {
            Client client = port.gateway.next();
            client.connection.write(large(), delivered -> {});
            client.connection.close(4508, "too slow, " + "ä".repeat(100));
            for (Payload payload : large()) {
                assertThat(raw.readFrame().payload()).hasSize(payload.size());
            }
            RawClient.Frame close = raw.readFrame();
            assertThat(close.opcode()).isEqualTo(RawClient.CLOSE);
            assertThat(close.closeCode()).isEqualTo(4508);
            assertThat(close.closeReason()).startsWith("too slow, ää").doesNotContain("\uFFFD");
        }
    }

    @Test
    void aClientThatStopsSendingHalfwayIsGoneOnceItsSocketCloses() throws Exception {
        try (RawClient raw = port.raw()) {
            Client client = port.gateway.next();
            raw.send(new byte[] {(byte) 0x81, (byte) 0x85, 1, 2});
            raw.socket.shutdownOutput();
            Await.until("told once that the connection is closed", () -> client.closed.get() == 1);
            Await.until("the socket is gone", () -> port.http.webSockets() == 0);
        }
    }

    @Test
    void aCloseAndAnAbortAtOnceAreToldOnce() throws Exception {
        for (int i = 0; i < 200; i++) {
            try (RawClient raw = port.raw()) {
                Client client = port.gateway.next();
                Queue<Boolean> done = new ConcurrentLinkedQueue<>();
                Thread closer = new Thread(() -> client.connection.close(1000, "bye"), "closer");
                Thread aborter = new Thread(client.connection::abort, "aborter");
                closer.start();
                client.connection.write(List.of(Payload.of("{}")), done::add);
                aborter.start();
                raw.socket.close();
                closer.join();
                aborter.join();
                Await.until("told once that the connection is closed", () -> client.closed.get() == 1);
                Await.until("told of the write", () -> done.size() == 1);
                assertThat(client.outOfTurn).isFalse();
            }
        }
        Await.until("all sockets are gone", () -> port.http.webSockets() == 0);
    }

    private static List<Payload> large() {
        return Stream.generate(() -> Payload.of("x".repeat(100_000))).limit(100).toList();
    }
}
