package dev.changecast.http.grizzly;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.http.grizzly.RecordingGateway.Client;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WebSocketIT {
    private final TestPort port = new TestPort(RecordingGateway.echoing());

    @AfterEach
    void close() {
        port.close();
    }

    @Test
    void whatAClientSendsComesBack() throws Exception {
        LinkedBlockingQueue<String> received = new LinkedBlockingQueue<>();
        WebSocket socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .subprotocols("changecast.v1")
                .buildAsync(
                        URI.create("ws://127.0.0.1:" + port.http.port() + "/ws?token=a%20b&x=1&x=2"),
                        new Collector(received))
                .get(10, TimeUnit.SECONDS);
        assertThat(socket.getSubprotocol()).isEqualTo("changecast.v1");
        socket.sendText("{\"type\":\"ping\"}", true).get(5, TimeUnit.SECONDS);
        assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo("{\"type\":\"ping\"}");
        Client client = port.gateway.next();
        assertThat(client.handshake.parameter("token")).contains("a b");
        assertThat(client.handshake.query().get("x")).containsExactly("1", "2");
        assertThat(client.handshake.remoteAddress()).isEqualTo("127.0.0.1");
        assertThat(client.handshake.path()).isEqualTo("/ws");
        assertThat(client.handshake.header("upgrade")).contains("websocket");
        socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(5, TimeUnit.SECONDS);
        Await.until("told once that the connection is closed", () -> client.closed.get() == 1);
        Await.until("the socket is gone", () -> port.http.webSockets() == 0);
        assertThat(client.outOfTurn).isFalse();
    }

    @Test
    void fiftyThousandMessagesStayInOrder() throws Exception {
        try (RawClient raw = port.raw()) {
            int count = 50_000;
            Thread sender = new Thread(
                    () -> {
                        ByteArrayOutputStream some = new ByteArrayOutputStream();
                        try {
                            for (int i = 0; i < count; i++) {
                                some.writeBytes(raw.frame(RawClient.TEXT, true, ("{\"n\":" + i + "}").getBytes(UTF_8)));
                                if (i % 500 == 499) {
                                    raw.send(some.toByteArray());
                                    some.reset();
                                }
                            }
                        } catch (java.io.IOException e) {
                            throw new java.io.UncheckedIOException(e);
                        }
                    },
                    "sender");
            sender.start();
            for (int i = 0; i < count; i++) {
                assertThat(raw.readFrame().text()).isEqualTo("{\"n\":" + i + "}");
            }
            sender.join();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 124, 125, 126, 127, 65_534, 65_535, 65_536, 65_537, RecordingGateway.MAX_MESSAGE_BYTES})
    void messagesOfEverySizeComeBackWhole(int size) throws Exception {
        try (RawClient raw = port.raw()) {
            String text = "x".repeat(size);
            raw.sendText(text);
            assertThat(raw.readFrame().text()).isEqualTo(text);
        }
    }

    @Test
    void everyKindOfCharacterComesBack() throws Exception {
        try (RawClient raw = port.raw()) {
            String text = "{\"a\":\"ä ß 漢字 \u0000 \uD83D\uDE00 \uFFFD\"}";
            raw.sendText(text);
            assertThat(raw.readFrame().text()).isEqualTo(text);
        }
    }

    @Test
    void aMessageInFragmentsArrivesWholeAlsoWithAPingBetweenAndACharacterCutInTwo() throws Exception {
        try (RawClient raw = port.raw()) {
            byte[] text = "{\"a\":\"\uD83D\uDE00\"}".getBytes(UTF_8);
            for (int i = 0; i < text.length; i++) {
                raw.send(raw.frame(
                        i == 0 ? RawClient.TEXT : RawClient.CONTINUATION, i == text.length - 1, new byte[] {text[i]}));
                if (i == 3) {
                    raw.send(raw.frame(RawClient.PING, true, "hello".getBytes(UTF_8)));
                }
            }
            RawClient.Frame pong = raw.readFrame();
            assertThat(pong.opcode()).isEqualTo(RawClient.PONG);
            assertThat(pong.text()).isEqualTo("hello");
            assertThat(raw.readFrame().payload()).isEqualTo(text);
        }
    }

    @Test
    void aFrameMayArriveByteByByte() throws Exception {
        try (RawClient raw = port.raw()) {
            for (byte b : raw.frame(RawClient.TEXT, true, "y".repeat(300).getBytes(UTF_8))) {
                raw.send(new byte[] {b});
            }
            assertThat(raw.readFrame().text()).hasSize(300);
        }
    }

    @Test
    void aFrameInThePacketOfTheHandshakeIsNotLost() throws Exception {
        try (RawClient raw = RawClient.plain(port.http.port())) {
            ByteArrayOutputStream packet = new ByteArrayOutputStream();
            packet.writeBytes(RawClient.handshake("/ws"));
            packet.writeBytes(raw.frame(RawClient.TEXT, true, "{\"first\":1}".getBytes(UTF_8)));
            packet.writeBytes(raw.frame(RawClient.TEXT, true, "{\"second\":2}".getBytes(UTF_8)));
            raw.send(packet.toByteArray());
            assertThat(raw.readHead()).startsWith("HTTP/1.1 101 ");
            assertThat(raw.readFrame().text()).isEqualTo("{\"first\":1}");
            assertThat(raw.readFrame().text()).isEqualTo("{\"second\":2}");
        }
    }

    @Test
    void binaryIsToldAndDoesNotEndTheSession() throws Exception {
        try (RawClient raw = port.raw()) {
            Client client = port.gateway.next();
            raw.send(raw.frame(RawClient.BINARY, true, new byte[] {1, 2, 3}));
            raw.send(raw.frame(RawClient.BINARY, false, new byte[] {1, 2, 3}));
            raw.send(raw.frame(RawClient.CONTINUATION, true, new byte[] {4}));
            raw.sendText("{}");
            assertThat(raw.readFrame().text()).isEqualTo("{}");
            assertThat(client.badMessages).hasSize(2);
            assertThat(client.badMessages.get(0)).contains("binary");
        }
    }

    @Test
    void aPongIsASignOfLife() throws Exception {
        try (RawClient raw = port.raw()) {
            Client client = port.gateway.next();
            client.connection.ping();
            assertThat(raw.readFrame().opcode()).isEqualTo(RawClient.PING);
            raw.send(raw.frame(RawClient.PONG, true, new byte[0]));
            Await.until("told of the pong", () -> client.alive.get() == 1);
        }
    }

    @Test
    void aPongTellsWhichOfTheMessagesTheClientHasGot() throws Exception {
        try (RawClient raw = port.raw()) {
            Client client = port.gateway.next();
            List<String> confirmed = new CopyOnWriteArrayList<>();
            client.connection.confirm(() -> confirmed.add("first"));
            byte[] first = raw.readFrame().payload();
            client.connection.confirm(() -> confirmed.add("second"));
            byte[] second = raw.readFrame().payload();
            raw.send(raw.frame(RawClient.PONG, true, new byte[0]));
            raw.send(raw.frame(RawClient.PONG, true, new byte[] {127, 0, 0, 0, 0, 0, 0, 0}));
            Await.until("told of two signs of life", () -> client.alive.get() == 2);
            assertThat(confirmed).isEmpty();
            raw.send(raw.frame(RawClient.PONG, true, first));
            Await.until("told of the first", () -> confirmed.equals(List.of("first")));
            raw.send(raw.frame(RawClient.PONG, true, first));
            client.connection.confirm(() -> confirmed.add("third"));
            byte[] third = raw.readFrame().payload();
            assertThat(third).isNotEqualTo(second);
            // Whoever was asked several times may answer the last alone.
            raw.send(raw.frame(RawClient.PONG, true, third));
            Await.until("told of all", () -> confirmed.equals(List.of("first", "second", "third")));
        }
    }

    @Test
    void tooLargeAMessageClosesWith1009BeforeItHasArrived() throws Exception {
        try (RawClient raw = port.raw()) {
            raw.sendText("{\"before\":1}");
            byte[] frame = raw.frame(RawClient.TEXT, true, new byte[RecordingGateway.MAX_MESSAGE_BYTES + 1]);
            raw.send(java.util.Arrays.copyOf(frame, 1000));
            assertThat(raw.readFrame().text()).isEqualTo("{\"before\":1}");
            assertThat(raw.readClose().closeCode()).isEqualTo(1009);
            Client client = port.gateway.next();
            Await.until("told once that the connection is closed", () -> client.closed.get() == 1);
        }
    }

    @Test
    void tooLargeAMessageInFragmentsClosesWith1009() throws Exception {
        try (RawClient raw = port.raw()) {
            byte[] half = new byte[RecordingGateway.MAX_MESSAGE_BYTES / 2];
            java.util.Arrays.fill(half, (byte) 'x');
            raw.send(raw.frame(RawClient.TEXT, false, half));
            raw.send(raw.frame(RawClient.CONTINUATION, false, half));
            raw.send(raw.frame(RawClient.CONTINUATION, true, new byte[] {'x'}));
            assertThat(raw.readClose().closeCode()).isEqualTo(1009);
        }
    }

    @Test
    void brokenUtf8ClosesWith1007() throws Exception {
        try (RawClient raw = port.raw()) {
            raw.send(raw.frame(RawClient.TEXT, true, new byte[] {'a', (byte) 0xC3, '('}));
            assertThat(raw.readClose().closeCode()).isEqualTo(1007);
        }
    }

    @Test
    void framesWithoutAMaskCloseWith1002() throws Exception {
        try (RawClient raw = port.raw()) {
            raw.sendText("{\"before\":1}");
            raw.send(RawClient.unmaskedFrame(RawClient.TEXT, "{}".getBytes(UTF_8)));
            assertThat(raw.readFrame().text()).isEqualTo("{\"before\":1}");
            assertThat(raw.readClose().closeCode()).isEqualTo(1002);
            assertThat(port.gateway.next().messages).containsExactly("{\"before\":1}");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 11})
    void opcodesThatDoNotExistCloseWith1002(int opcode) throws Exception {
        try (RawClient raw = port.raw()) {
            raw.send(raw.frame(opcode, true, new byte[0]));
            assertThat(raw.readClose().closeCode()).isEqualTo(1002);
        }
    }

    @Test
    void aContinuationOfNothingClosesWith1002() throws Exception {
        try (RawClient raw = port.raw()) {
            raw.send(raw.frame(RawClient.CONTINUATION, true, new byte[] {'x'}));
            assertThat(raw.readClose().closeCode()).isEqualTo(1002);
        }
    }

    @Test
    void aClientThatClosesGetsItsCodeBackAndTheSocketIsClosed() throws Exception {
        try (RawClient raw = port.raw()) {
            raw.send(raw.frame(RawClient.CLOSE, true, new byte[] {0x03, (byte) 0xE8}));
            assertThat(raw.readClose().closeCode()).isEqualTo(1000);
            raw.awaitEnd();
            Client client = port.gateway.next();
            Await.until("told once that the connection is closed", () -> client.closed.get() == 1);
            Await.until("the socket is gone", () -> port.http.webSockets() == 0);
        }
    }

    /** Gathers whole messages. */
    private record Collector(LinkedBlockingQueue<String> received) implements WebSocket.Listener {
        @Override
        public @org.jspecify.annotations.Nullable CompletionStage<?> onText(
                WebSocket socket, CharSequence text, boolean last) {
            received.add(text.toString());
            socket.request(1);
            return null;
        }
    }
}
