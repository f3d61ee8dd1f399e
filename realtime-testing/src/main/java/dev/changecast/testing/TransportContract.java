package dev.changecast.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.transport.Handshake;
import dev.changecast.api.transport.Payload;
import dev.changecast.api.transport.SessionGateway;
import dev.changecast.api.transport.Transport;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What the engine may rely on with every transport. Extend it in a test, host the transport as it will be hosted, and say
 * how a client connects; a test of its own fails where the transport breaks the contract.
 */
@Timeout(25)
public abstract class TransportContract {
    /** The gateway's {@link SessionGateway#maxMessageBytes}. */
    protected static final int MAX_MESSAGE_BYTES = 20_000;

    /** The engine of this test. */
    protected final FakeGateway gateway = new FakeGateway(MAX_MESSAGE_BYTES);

    private final List<ProtocolClient> clients = new ArrayList<>();
    private Transport transport;

    /**
     * The transport under test, new for each test. Where it waits before it takes a client for gone, it waits 5 s at
     * most.
     */
    protected abstract Transport transport();

    /** Makes it reachable; it was started. */
    protected abstract void host(Transport transport) throws Exception;

    /** Undoes {@link #host}. */
    protected abstract void unhost() throws Exception;

    /** A new client of the hosted transport, with the query parameter {@code test} saying {@code a b}. */
    protected abstract ProtocolClient connect(Map<String, String> headers) throws Exception;

    /** Whether clients can send messages. */
    protected boolean takesMessages() {
        return true;
    }

    @BeforeEach
    final void startTransport() throws Exception {
        transport = transport();
        transport.start(gateway);
        host(transport);
    }

    @AfterEach
    final void stopTransport() throws Exception {
        clients.forEach(ProtocolClient::close);
        transport.close();
        unhost();
    }

    private ProtocolClient client() throws Exception {
        ProtocolClient client = connect(Map.of("X-Test", "here"));
        clients.add(client);
        return client;
    }

    @Test
    void theHandshakeTellsOfTheRequest() throws Exception {
        client();
        Handshake handshake = gateway.next().handshake();
        assertThat(handshake.transport()).isEqualTo(transport.name());
        assertThat(handshake.path()).isEqualTo(transport.components().get(0).path());
        assertThat(handshake.header("x-test")).contains("here");
        assertThat(handshake.parameter("test")).contains("a b");
        assertThat(handshake.toString()).doesNotContain("here").doesNotContain("a b");
    }

    @Test
    void tenThousandMessagesArriveInOrderAndEachBatchEndsOnce() throws Exception {
        ProtocolClient client = client();
        FakeGateway.Opened opened = gateway.next();
        List<FakeGateway.Written> all = new ArrayList<>();
        for (int batch = 0; batch < 100; batch++) {
            int from = batch * 100;
            FakeGateway.Written written = opened.write(IntStream.range(from, from + 100)
                    .mapToObj(n -> Payload.of("{\"type\":\"n\",\"n\":" + n + ",\"text\":\"grün 漢字 \\n\"}"))
                    .toList());
            assertThat(written.await()).isTrue();
            all.add(written);
        }
        client.await("the last", message -> message.number("n") == 9_999);
        assertThat(client.received().all())
                .extracting(message -> message.number("n"))
                .containsExactlyElementsOf(
                        IntStream.range(0, 10_000).mapToObj(n -> (long) n).toList());
        assertThat(client.received().all().get(0).text("text")).isEqualTo("grün 漢字 \n");
        assertThat(all).allSatisfy(written -> assertThat(written.delivered()).isTrue());
        assertThat(opened.timesClosed()).isZero();
    }

    @Test
    void aLargeMessageArrives() throws Exception {
        ProtocolClient client = client();
        String large = "x".repeat(3_000_000);
        FakeGateway.Written written = gateway.next().write("{\"type\":\"large\",\"text\":\"" + large + "\"}");
        assertThat(client.await("large").text("text")).isEqualTo(large);
        assertThat(written.await()).isTrue();
    }

    @Test
    void messagesOfAClientArriveInOrder() throws Exception {
        ProtocolClient client = client();
        FakeGateway.Opened opened = gateway.next();
        if (!takesMessages()) {
            assertThatThrownBy(() -> client.send("{}")).isInstanceOf(UnsupportedOperationException.class);
            return;
        }
        opened.write("{\"type\":\"hello\"}");
        client.await("hello");
        for (int n = 0; n < 200; n++) {
            client.send("{\"n\":" + n + "}");
        }
        List<Long> numbers = new ArrayList<>();
        for (int n = 0; n < 200; n++) {
            numbers.add(new Message(opened.nextMessage()).number("n"));
        }
        assertThat(numbers).isSorted();
        assertThat(opened.timesClosed()).isZero();
    }

    @Test
    void aCloseTellsItsCodeAndReasonAfterWhatWasWritten() throws Exception {
        ProtocolClient client = client();
        FakeGateway.Opened opened = gateway.next();
        assertThat(opened.write("{\"type\":\"last\"}").await()).isTrue();
        opened.connection().close(4501, "draining \"soon\"");
        client.await("last");
        assertThat(client.received().awaitClose()).isEqualTo(new Received.Close(4501, "draining \"soon\""));
        Eventually.await("the end to be told", () -> opened.timesClosed() == 1);
        assertThat(opened.write("{\"type\":\"late\"}").await()).isFalse();
        opened.connection().close(1000, "again");
        opened.connection().abort();
        opened.connection().ping();
        assertThat(opened.timesClosed()).isEqualTo(1);
    }

    @Test
    void whoIsRefusedWhenOpenedIsToldWhy() throws Exception {
        gateway.onOpen(connection -> connection.write(
                List.of(Payload.of("{\"type\":\"error\",\"code\":4003}")), delivered -> connection.close(4403, "no")));
        ProtocolClient client = client();
        assertThat(client.await("error").number("code")).isEqualTo(4003);
        assertThat(client.received().awaitClose()).isEqualTo(new Received.Close(4403, "no"));
        FakeGateway.Opened opened = gateway.next();
        Eventually.await("the end to be told", () -> opened.timesClosed() == 1);
    }

    @Test
    void whatIsWrittenWhileItIsOpenedArrives() throws Exception {
        gateway.onOpen(connection -> connection.write(List.of(Payload.of("{\"type\":\"welcome\"}")), delivered -> {}));
        client().await("welcome");
    }

    @Test
    void aMessageOverTheLimitIsRefusedAndNotDelivered() throws Exception {
        if (!takesMessages()) {
            return;
        }
        ProtocolClient client = client();
        FakeGateway.Opened opened = gateway.next();
        opened.write("{\"type\":\"hello\"}");
        client.await("hello");
        client.send("{\"text\":\"" + "x".repeat(MAX_MESSAGE_BYTES) + "\"}");
        assertThat(client.awaitCloseCode()).isEqualTo(1009);
        assertThat(opened.hasNoMessage()).isTrue();
    }

    @Test
    void aClientThatGoesIsNoticedOnce() throws Exception {
        ProtocolClient client = client();
        FakeGateway.Opened opened = gateway.next();
        opened.write("{\"type\":\"hello\"}");
        client.await("hello");
        client.drop();
        // Where a container watches no sockets that it does not read from, writing finds it out.
        Eventually.await("the end to be told", () -> {
            if (opened.timesClosed() == 0) {
                opened.write("{\"type\":\"anybody there?\"}");
            }
            return opened.timesClosed() == 1;
        });
        assertThat(opened.write("{\"type\":\"late\"}").await()).isFalse();
        assertThat(opened.timesClosed()).isEqualTo(1);
    }

    @Test
    void anAbortEndsTheConnectionForBothSides() throws Exception {
        ProtocolClient client = client();
        FakeGateway.Opened opened = gateway.next();
        opened.write("{\"type\":\"hello\"}");
        client.await("hello");
        opened.connection().abort();
        opened.connection().abort();
        // The JDK's WebSocket does not always notice an end without a close frame until it writes.
        Eventually.await("the client to know the end", () -> {
            if (takesMessages() && client.received().close() == null) {
                client.send("{}");
            }
            return client.received().close() != null;
        });
        Eventually.await("the end to be told", () -> opened.timesClosed() == 1);
        assertThat(opened.write("{\"type\":\"late\"}").await()).isFalse();
    }

    @Test
    void aPingFindsALivingClient() throws Exception {
        ProtocolClient client = client();
        FakeGateway.Opened opened = gateway.next();
        opened.write("{\"type\":\"hello\"}");
        client.await("hello");
        opened.connection().ping();
        Eventually.await("a sign of life", () -> opened.signsOfLife() > 0);
    }

    @Test
    void whatALivingClientHasGotIsKnownInTheEnd() throws Exception {
        ProtocolClient client = client();
        FakeGateway.Opened opened = gateway.next();
        AtomicInteger confirmed = new AtomicInteger();
        opened.connection().confirm(confirmed::incrementAndGet);
        assertThat(opened.write("{\"type\":\"hello\"}").await()).isTrue();
        opened.connection().confirm(confirmed::incrementAndGet);
        client.await("hello");
        Eventually.await("both", () -> confirmed.get() == 2);
        opened.connection().ping();
        opened.connection().confirm(confirmed::incrementAndGet);
        Eventually.await("another one", () -> confirmed.get() == 3);
    }
}
