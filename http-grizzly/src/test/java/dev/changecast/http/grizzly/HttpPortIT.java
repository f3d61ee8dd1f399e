package dev.changecast.http.grizzly;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.http.grizzly.RecordingGateway.Client;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.glassfish.grizzly.http.server.HttpHandler;
import org.glassfish.grizzly.http.server.Request;
import org.glassfish.grizzly.http.server.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HttpPortIT {
    private final RecordingGateway gateway = RecordingGateway.echoing();

    @Test
    void handlersAndEndpointsShareThePort() throws Exception {
        try (TestPort port = new TestPort(gateway, settings -> settings.handler("/echo", new Echo()))) {
            assertThat(post(port, "/echo", "hello ä").body()).isEqualTo("hello ä");
            try (RawClient raw = port.raw()) {
                raw.sendText("{}");
                assertThat(raw.readFrame().text()).isEqualTo("{}");
            }
        }
    }

    @Test
    void aPageBelowAnEndpointsPathDoesNotAnswerForTheEndpoint() throws Exception {
        try (TestPort port = new TestPort(
                gateway, settings -> settings.handler("/ws/page", new Echo()).handler("/one/two/three", new Echo()))) {
            assertThat(post(port, "/ws/page", "hello").body()).isEqualTo("hello");
            assertThat(post(port, "/one/two/three", "hello").body()).isEqualTo("hello");
            assertThat(post(port, "/ws", "hello").statusCode()).isEqualTo(426);
            assertThat(post(port, "/ws/other", "hello").statusCode()).isEqualTo(404);
            assertThat(post(port, "/one", "hello").statusCode()).isEqualTo(404);
            assertThat(post(port, "/one/two", "hello").statusCode()).isEqualTo(404);
            assertThat(post(port, "/one/two/three/four", "hello").statusCode()).isEqualTo(404);
        }
    }

    @Test
    void aConnectionServesMoreThanAThousandRequests() throws Exception {
        try (TestPort port = new TestPort(gateway, settings -> settings.handler("/echo", new Echo()));
                RawClient raw = RawClient.plain(port.http.port())) {
            for (int i = 0; i < 1500; i++) {
                raw.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi".getBytes(UTF_8));
                assertThat(raw.readHead()).startsWith("HTTP/1.1 200 ").doesNotContainIgnoringCase("connection: close");
                assertThat(raw.in.readNBytes(2)).isEqualTo("hi".getBytes(UTF_8));
            }
        }
    }

    @Test
    void aRequestThatAsksForHttp2IsServedAsHttp1() throws Exception {
        try (TestPort port = new TestPort(gateway, settings -> settings.handler("/echo", new Echo()));
                RawClient raw = RawClient.plain(port.http.port())) {
            for (int i = 0; i < 3; i++) {
                raw.send(("POST /echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                                + "HTTP2-Settings: AAMAAABkAAQAAP__\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n")
                        .getBytes(UTF_8));
                assertThat(raw.readHead()).startsWith("HTTP/1.1 200 ").containsIgnoringCase("content-length: 2");
                assertThat(raw.in.readNBytes(2)).isEqualTo("hi".getBytes(UTF_8));
            }
        }
    }

    @Test
    void aHandlerMayAnswerLaterFromAnotherThread() throws Exception {
        Later later = new Later();
        try (TestPort port = new TestPort(gateway, settings -> settings.handler("/poll", later))) {
            var answer = HttpClient.newHttpClient()
                    .sendAsync(
                            HttpRequest.newBuilder(uri(port, "/poll")).build(), HttpResponse.BodyHandlers.ofString());
            Response waiting = later.waiting.poll(10, TimeUnit.SECONDS);
            assertThat(waiting).isNotNull();
            assertThat(answer).isNotDone();
            waiting.getWriter().write("now");
            waiting.resume();
            assertThat(answer.get(10, TimeUnit.SECONDS).body()).isEqualTo("now");
        }
    }

    @Test
    void aPortInUseIsSaidWithWhatToDo() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> new TestPort(gateway, settings -> settings.port(taken.getLocalPort())))
                    .isInstanceOfSatisfying(
                            ChangecastException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BAD_CONFIGURATION))
                    .hasMessageContaining("cannot listen on 127.0.0.1:" + taken.getLocalPort())
                    .hasMessageContaining("in use")
                    .hasMessageContaining("use another port");
        }
    }

    @Test
    void anAddressOfAnotherMachineIsSaid() {
        assertThatThrownBy(() -> new TestPort(gateway, settings -> settings.host("192.0.2.1")))
                .isInstanceOf(ChangecastException.class)
                .hasMessageContaining("cannot listen on 192.0.2.1:0")
                .hasMessageContaining("0.0.0.0");
        assertThatThrownBy(() -> new TestPort(gateway, settings -> settings.host("no-such-host.invalid")))
                .isInstanceOf(ChangecastException.class)
                .hasMessageContaining("no-such-host.invalid")
                .hasMessageContaining("127.0.0.1");
    }

    @Test
    void anIdleConnectionIsClosedButAnIdleWebSocketIsNot() throws Exception {
        try (TestPort port = new TestPort(
                        gateway,
                        settings -> settings.idleTimeout(Duration.ofSeconds(1))
                                .requestTimeout(Duration.ofSeconds(1))
                                .handler("/echo", new Echo()));
                RawClient webSocket = port.raw();
                RawClient idle = RawClient.plain(port.http.port())) {
            idle.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".getBytes(UTF_8));
            assertThat(idle.readHead()).startsWith("HTTP/1.1 200 ");
            idle.awaitEnd();
            // A second one, begun when the first was over, is the measure of how long the WebSocket has been idle by
            // now.
            try (RawClient second = RawClient.plain(port.http.port())) {
                second.awaitEnd();
            }
            webSocket.sendText("{}");
            assertThat(webSocket.readFrame().text()).isEqualTo("{}");
        }
    }

    @Test
    void aRequestThatComesByteByByteIsNotWaitedForLongerThanAllowed() throws Exception {
        try (TestPort port = new TestPort(gateway, settings -> settings.requestTimeout(Duration.ofMillis(500)));
                RawClient slow = RawClient.plain(port.http.port())) {
            long began = System.nanoTime();
            byte[] request = RawClient.handshake("/ws", "X-Long: " + "x".repeat(10_000));
            assertThatThrownBy(() -> {
                        for (byte b : request) {
                            slow.send(new byte[] {b});
                            Await.pause(Duration.ofMillis(20));
                        }
                    })
                    .isInstanceOf(IOException.class);
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(4));
        }
    }

    @Test
    void aBodyThatComesByteByByteIsNotWaitedForLongerThanAllowed() throws Exception {
        try (TestPort port = new TestPort(
                        gateway,
                        settings ->
                                settings.requestTimeout(Duration.ofMillis(500)).handler("/echo", new Echo()));
                RawClient slow = RawClient.plain(port.http.port())) {
            slow.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10000\r\n\r\n".getBytes(UTF_8));
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 10_000; i++) {
                            slow.send(new byte[] {'x'});
                            Await.pause(Duration.ofMillis(20));
                        }
                    })
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    void headersOverTheLimitAreRefused() throws Exception {
        try (TestPort port = new TestPort(gateway, settings -> settings.maxHeaderBytes(4096));
                RawClient raw = RawClient.plain(port.http.port())) {
            raw.send(RawClient.handshake("/ws", "X-Long: " + "x".repeat(5000)));
            assertThat(raw.readHead()).startsWith("HTTP/1.1 400 ");
        }
        assertThat(gateway.opened).isEmpty();
    }

    @Test
    void afterStopAcceptingNobodyConnectsAndOpenConnectionsGoOn() throws Exception {
        try (TestPort port = new TestPort(gateway);
                RawClient raw = port.raw()) {
            port.http.stopAccepting();
            // The kernel stops as soon as the selector has let go of the socket.
            Await.until("connections are refused", () -> isRefused(port.http.port()));
            raw.sendText("{}");
            assertThat(raw.readFrame().text()).isEqualTo("{}");
        }
    }

    @Test
    void closingTellsClientsAndEndsAllThreads() throws Exception {
        Client client;
        try (TestPort port = new TestPort(gateway, settings -> settings.closeTimeout(Duration.ofSeconds(3)));
                RawClient raw = port.raw()) {
            client = gateway.next();
            Thread closing = new Thread(port::close, "closing");
            closing.start();
            assertThat(raw.readClose().closeCode()).isEqualTo(1001);
            raw.awaitEnd();
            closing.join(10_000);
            assertThat(closing.isAlive()).isFalse();
        }
        assertThat(client.closed).hasValue(1);
        Await.until(
                "no thread is left",
                () -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().startsWith("changecast-http")));
    }

    private static boolean isRefused(int port) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return !socket.isConnected();
        } catch (ConnectException e) {
            return true;
        }
    }

    private static HttpResponse<String> post(TestPort port, String path, String body) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(uri(port, path))
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    private static URI uri(TestPort port, String path) {
        return URI.create("http://127.0.0.1:" + port.http.port() + path);
    }

    private static final class Echo extends HttpHandler {
        @Override
        public void service(Request request, Response response) throws IOException {
            byte[] body = request.getInputStream().readAllBytes();
            response.setContentType("text/plain; charset=utf-8");
            response.setContentLength(body.length);
            response.getOutputStream().write(body);
        }
    }

    private static final class Later extends HttpHandler {
        final BlockingQueue<Response> waiting = new LinkedBlockingQueue<>();

        @Override
        public void service(Request request, Response response) {
            response.suspend();
            waiting.add(response);
        }
    }
}
