package dev.changecast.http.grizzly;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.transport.Payload;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** permessage-deflate on the wire. */
@Timeout(60)
class CompressionIT {
    private static final String OFFER = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits";

    private static RawClient offering(TestPort port) throws Exception {
        RawClient client = RawClient.plain(port.http.port());
        client.send(RawClient.handshake("/ws", OFFER));
        String head = client.readHead();
        assertThat(head).startsWith("HTTP/1.1 101 ").contains(DeflateOffer.HEADER + ": " + DeflateOffer.ANSWER);
        return client;
    }

    @Test
    void largeMessagesGoOutCompressedAndSmallOnesDoNot() throws Exception {
        try (TestPort port = new TestPort(new RecordingGateway());
                RawClient client = offering(port)) {
            String large = "{\"text\":\"" + "grün 漢字 ".repeat(5000) + "\"}";
            port.gateway.next().send("{\"small\":1}", large, "{\"small\":2}");
            RawClient.Frame first = client.readFrame();
            assertThat(first.compressed()).isFalse();
            assertThat(first.text()).isEqualTo("{\"small\":1}");
            RawClient.Frame second = client.readFrame();
            assertThat(second.compressed()).isTrue();
            assertThat(second.payload().length).isLessThan(large.length() / 20);
            assertThat(Deflated.text(second.payload())).isEqualTo(large);
            assertThat(client.readFrame().text()).isEqualTo("{\"small\":2}");
        }
    }

    @Test
    void allWhoNegotiatedItGetTheSameBytesAndOthersTheMessageAsItIs() throws Exception {
        try (TestPort port = new TestPort(new RecordingGateway());
                RawClient one = offering(port);
                RawClient two = offering(port);
                RawClient plain = port.raw()) {
            Payload shared = Payload.of("x".repeat(5000));
            for (int i = 0; i < 3; i++) {
                port.gateway.next().connection.write(List.of(shared), delivered -> {});
            }
            byte[] compressed = one.readFrame().payload();
            assertThat(two.readFrame().payload()).isEqualTo(compressed);
            RawClient.Frame uncompressed = plain.readFrame();
            assertThat(uncompressed.compressed()).isFalse();
            assertThat(uncompressed.text()).isEqualTo(Deflated.text(compressed));
        }
    }

    @Test
    void aClientsCompressedMessagesArrive() throws Exception {
        try (TestPort port = new TestPort(RecordingGateway.echoing());
                RawClient client = offering(port)) {
            byte[] compressed = Deflated.of("{\"large\":\"" + "y".repeat(50_000) + "\"}");
            client.send(client.frame(0x40 | RawClient.TEXT, false, java.util.Arrays.copyOf(compressed, 20)));
            client.send(client.frame(RawClient.PING, true, new byte[] {1}));
            client.send(client.frame(
                    RawClient.CONTINUATION, true, java.util.Arrays.copyOfRange(compressed, 20, compressed.length)));
            client.sendText("{\"plain\":1}");
            assertThat(client.readFrame().opcode()).isEqualTo(RawClient.PONG);
            assertThat(Deflated.text(client.readFrame().payload()))
                    .isEqualTo("{\"large\":\"" + "y".repeat(50_000) + "\"}");
            assertThat(client.readFrame().text()).isEqualTo("{\"plain\":1}");
        }
    }

    @Test
    void aCompressionBombClosesWith1009AndIsNeverUnpacked() throws Exception {
        try (TestPort port = new TestPort(new RecordingGateway());
                RawClient client = offering(port)) {
            RecordingGateway.Client session = port.gateway.next();
            byte[] bomb = Deflated.of("z".repeat(60_000_000));
            assertThat(bomb.length).isLessThan(RecordingGateway.MAX_MESSAGE_BYTES);
            client.send(client.frame(0x40 | RawClient.TEXT, true, bomb));
            RawClient.Frame close = client.readClose();
            assertThat(close.closeCode()).isEqualTo(1009);
            assertThat(close.closeReason()).contains("at most " + RecordingGateway.MAX_MESSAGE_BYTES);
            client.send(client.frame(RawClient.CLOSE, true, new byte[] {0x03, (byte) 0xF1}));
            client.awaitEnd();
            Await.until("the end is told", () -> session.closed.get() == 1);
            assertThat(session.messages).isEmpty();
        }
    }

    @Test
    void aCompressedMessageThatIsNoneClosesWith1007() throws Exception {
        try (TestPort port = new TestPort(new RecordingGateway());
                RawClient client = offering(port)) {
            client.send(client.frame(0x40 | RawClient.TEXT, true, new byte[] {(byte) 0xFF, 1, 2}));
            assertThat(client.readClose().closeCode()).isEqualTo(1007);
        }
    }

    @Test
    void aCompressedMessageOfWhoDidNotNegotiateItClosesWith1002() throws Exception {
        try (TestPort port = new TestPort(new RecordingGateway());
                RawClient client = port.raw()) {
            client.send(client.frame(0x40 | RawClient.TEXT, true, Deflated.of("{}")));
            assertThat(client.readClose().closeCode()).isEqualTo(1002);
        }
    }

    @Test
    void itCanBeTurnedOff() throws Exception {
        try (TestPort port = new TestPort(new RecordingGateway(), builder -> builder.compression(false));
                RawClient client = RawClient.plain(port.http.port())) {
            client.send(RawClient.handshake("/ws", OFFER));
            assertThat(client.readHead()).startsWith("HTTP/1.1 101 ").doesNotContain(DeflateOffer.HEADER);
            port.gateway.next().send("x".repeat(5000));
            RawClient.Frame frame = client.readFrame();
            assertThat(frame.compressed()).isFalse();
            assertThat(new String(frame.payload(), StandardCharsets.UTF_8)).isEqualTo("x".repeat(5000));
        }
    }
}
