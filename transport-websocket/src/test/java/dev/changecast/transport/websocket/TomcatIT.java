package dev.changecast.transport.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.transport.ClientConnection;
import dev.changecast.api.transport.ConnectionListener;
import dev.changecast.api.transport.Handshake;
import dev.changecast.api.transport.Payload;
import dev.changecast.api.transport.Refusal;
import dev.changecast.api.transport.SessionGateway;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServlet;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerContainer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.websocket.server.WsSci;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The transport in a container that knows nothing of it, as an embedder would host it. */
@Timeout(60)
class TomcatIT {
    private static final int MAX_MESSAGE_BYTES = 1000;

    @TempDir
    private Path directory;

    private final WebSocketTransport transport = new WebSocketTransport();
    private final Gateway gateway = new Gateway();
    private final Tomcat tomcat = new Tomcat();
    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();

    @BeforeEach
    void start() throws Exception {
        tomcat.setBaseDir(directory.toString());
        tomcat.setPort(0);
        tomcat.setSilent(true);
        Context context = tomcat.addContext("", directory.toString());
        context.addServletContainerInitializer(
                (classes, servlets) -> {
                    new WsSci().onStartup(null, servlets);
                    addEndpoint(servlets);
                    // Tomcat asks its WebSocket filter only where a servlet could answer.
                    servlets.addServlet("nothing", new Nothing()).addMapping("/");
                },
                null);
        tomcat.getConnector();
        transport.start(gateway);
        tomcat.start();
    }

    @AfterEach
    void stop() throws Exception {
        transport.close();
        tomcat.stop();
        tomcat.destroy();
    }

    @Test
    void messagesPassBothWaysInOrderAndTheHandshakeIsTold() throws Exception {
        WebSocket socket = connect();
        Client client = gateway.next();
        assertThat(client.handshake.parameter("token")).contains("a b");
        assertThat(client.handshake.header("X-Test")).contains("here");
        assertThat(client.handshake.path()).isEqualTo("/ws");
        assertThat(socket.getSubprotocol()).isEqualTo("changecast.v1");
        socket.sendText("{\"n\":", false).get(5, TimeUnit.SECONDS);
        socket.sendText("1}", true).get(5, TimeUnit.SECONDS);
        assertThat(client.events.poll(10, TimeUnit.SECONDS)).isEqualTo("{\"n\":1}");
        client.connection.write(
                IntStream.range(0, 500)
                        .mapToObj(n -> Payload.of("{\"n\":" + n + "}"))
                        .toList(),
                delivered -> client.events.add("done " + delivered));
        for (int n = 0; n < 500; n++) {
            assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo("{\"n\":" + n + "}");
        }
        assertThat(client.events.poll(10, TimeUnit.SECONDS)).isEqualTo("done true");
    }

    @Test
    void binaryPingAndClose() throws Exception {
        WebSocket socket = connect();
        Client client = gateway.next();
        socket.sendBinary(ByteBuffer.wrap(new byte[] {1}), true).get(5, TimeUnit.SECONDS);
        assertThat(client.events.poll(10, TimeUnit.SECONDS)).startsWith("bad a binary message");
        client.connection.ping();
        assertThat(client.events.poll(10, TimeUnit.SECONDS)).isEqualTo("alive");
        client.connection.write(List.of(Payload.of("last")), delivered -> {});
        client.connection.close(4501, "draining");
        assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo("last");
        assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo("closed 4501 draining");
        assertThat(client.events.poll(10, TimeUnit.SECONDS)).isEqualTo("closed");
    }

    @Test
    void aConnectionRefusedByOpenIsClosedWithTheReason() throws Exception {
        gateway.refuse = true;
        connect();
        assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo("no");
        assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo("closed 4403 refused");
        assertThat(gateway.next().events.poll(10, TimeUnit.SECONDS)).isEqualTo("closed");
    }

    @Test
    void tooLargeAMessageClosesWith1009() throws Exception {
        WebSocket socket = connect();
        socket.sendText("x".repeat(MAX_MESSAGE_BYTES + 1), true);
        assertThat(received.poll(10, TimeUnit.SECONDS)).startsWith("closed 1009");
        assertThat(gateway.next().events.poll(10, TimeUnit.SECONDS)).isEqualTo("closed");
    }

    @Test
    void aConnectionThatDropsIsTold() throws Exception {
        connect().abort();
        assertThat(gateway.next().events.poll(10, TimeUnit.SECONDS)).isEqualTo("closed");
    }

    private void addEndpoint(ServletContext servlets) {
        ServerContainer container = (ServerContainer) servlets.getAttribute(ServerContainer.class.getName());
        try {
            container.addEndpoint(transport.endpointConfig());
        } catch (DeploymentException e) {
            throw new IllegalStateException(e);
        }
    }

    private WebSocket connect() throws Exception {
        return HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .header("X-Test", "here")
                .subprotocols(WebSocketTransport.SUBPROTOCOL)
                .buildAsync(
                        URI.create("ws://127.0.0.1:" + tomcat.getConnector().getLocalPort() + "/ws?token=a%20b"),
                        new Collector(received))
                .get(10, TimeUnit.SECONDS);
    }

    private static final class Nothing extends HttpServlet {
        private static final long serialVersionUID = 1L;
    }

    private static final class Gateway implements SessionGateway {
        private final BlockingQueue<Client> opened = new LinkedBlockingQueue<>();
        volatile boolean refuse;

        Client next() throws InterruptedException {
            Client client = opened.poll(10, TimeUnit.SECONDS);
            if (client == null) {
                throw new AssertionError("no session was opened");
            }
            return client;
        }

        @Override
        public Optional<Refusal> admit(Handshake handshake) {
            return Optional.empty();
        }

        @Override
        public ConnectionListener open(Handshake handshake, ClientConnection connection) {
            Client client = new Client(handshake, connection, new LinkedBlockingQueue<>());
            if (refuse) {
                connection.write(List.of(Payload.of("no")), delivered -> {});
                connection.close(4403, "refused");
            }
            opened.add(client);
            return client;
        }

        @Override
        public int maxMessageBytes() {
            return MAX_MESSAGE_BYTES;
        }
    }

    private record Client(Handshake handshake, ClientConnection connection, BlockingQueue<String> events)
            implements ConnectionListener {
        @Override
        public void onMessage(String json) {
            events.add(json);
        }

        @Override
        public void onBadMessage(String what) {
            events.add("bad " + what);
        }

        @Override
        public void onAlive() {
            events.add("alive");
        }

        @Override
        public void onClosed() {
            events.add("closed");
        }
    }

    private record Collector(BlockingQueue<String> received) implements WebSocket.Listener {
        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
            received.add(text.toString());
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            received.add("closed " + code + " " + reason);
            return null;
        }
    }
}
