package dev.changecast.http.grizzly;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.transport.longpoll.LongPollTransport;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.glassfish.grizzly.http.server.HttpHandler;
import org.glassfish.grizzly.http.server.Request;
import org.glassfish.grizzly.http.server.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a proxy tells, and what a request is asked for. */
@Timeout(60)
class ProxiedIT {
    private static final UnaryOperator<HttpPort.Builder> BEHIND_A_PROXY = settings ->
            settings.trustedProxies(TrustedProxies.of(List.of("127.0.0.0/8"))).handler("/page", new Page());

    private final RecordingGateway gateway = RecordingGateway.echoing();

    @Test
    void theHandshakeTellsTheClientsAddressWhenAProxyIsTrusted() throws Exception {
        try (TestPort port = new TestPort(gateway, BEHIND_A_PROXY);
                RawClient raw = RawClient.plain(port.http.port())) {
            raw.upgraded("/ws", "X-Forwarded-For: 1.1.1.1", "x-forwarded-for: 198.51.100.1");
            assertThat(gateway.next().handshake.remoteAddress()).isEqualTo("198.51.100.1");
        }
    }

    @Test
    void nobodyElseIsBelieved() throws Exception {
        try (TestPort port = new TestPort(gateway);
                RawClient raw = RawClient.plain(port.http.port())) {
            raw.upgraded("/ws", "X-Forwarded-For: 198.51.100.1", "Forwarded: for=198.51.100.1");
            assertThat(gateway.next().handshake.remoteAddress()).isEqualTo("127.0.0.1");
        }
    }

    @Test
    void servletsAreToldTheSame() throws Exception {
        BlockingQueue<String> addresses = new LinkedBlockingQueue<>();
        gateway.onOpen = (handshake, connection) -> addresses.add(handshake.remoteAddress());
        LongPollTransport poll = new LongPollTransport();
        poll.start(gateway);
        try (TestPort port = new TestPort(
                        gateway, settings -> BEHIND_A_PROXY.apply(settings).servlet("/poll", poll.servlet()));
                RawClient raw = RawClient.plain(port.http.port())) {
            raw.send(
                    ("POST /poll HTTP/1.1\r\nHost: app.example.com\r\nForwarded: for=\"[2001:db8::7]:1\";proto=https\r\n"
                                    + "Content-Length: 12\r\n\r\n{\"wait_s\":0}")
                            .getBytes(UTF_8));
            assertThat(raw.readHead())
                    .startsWith("HTTP/1.1 200 ")
                    .containsIgnoringCase("X-Content-Type-Options: nosniff")
                    .containsIgnoringCase("Strict-Transport-Security: max-age=31536000");
            assertThat(addresses.poll(10, TimeUnit.SECONDS)).isEqualTo("2001:db8:0:0:0:0:0:7");
        } finally {
            poll.close();
        }
    }

    @Test
    void encryptionIsRequiredForTheFutureWhereItIsThereAndANameIsOurs() throws Exception {
        try (TestPort port = new TestPort(gateway, BEHIND_A_PROXY)) {
            assertThat(get(port, "app.example.com", "X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https"))
                    .containsIgnoringCase("Strict-Transport-Security")
                    .containsIgnoringCase("nosniff");
            assertThat(get(port, "app.example.com", "X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: http"))
                    .doesNotContainIgnoringCase("Strict-Transport-Security");
            // Every server of this machine would have to speak TLS.
            assertThat(get(port, "localhost", "X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-Proto: https"))
                    .doesNotContainIgnoringCase("Strict-Transport-Security");
        }
        try (TestPort port = new TestPort(gateway, settings -> settings.handler("/page", new Page()))) {
            assertThat(get(port, "app.example.com", "X-Forwarded-Proto: https"))
                    .doesNotContainIgnoringCase("Strict-Transport-Security");
        }
    }

    @Test
    void requestsForOthersAreMisdirected() throws Exception {
        try (TestPort port = new TestPort(
                gateway,
                settings -> settings.allowedHosts(Set.of("app.example.com")).handler("/page", new Page()))) {
            assertThat(get(port, "app.example.com", "X-Any: 1")).startsWith("HTTP/1.1 200 ");
            assertThat(get(port, "evil.example", "X-Any: 1")).startsWith("HTTP/1.1 421 ");
            try (RawClient raw = RawClient.plain(port.http.port())) {
                raw.send(new String(RawClient.handshake("/ws"), UTF_8)
                        .replace("Host: localhost", "Host: evil.example")
                        .getBytes(UTF_8));
                assertThat(raw.readHead()).startsWith("HTTP/1.1 421 ");
            }
            port.raw().close();
            gateway.next();
            assertThat(gateway.opened).isEmpty();
        }
    }

    private static String get(TestPort port, String host, String header) throws Exception {
        try (RawClient raw = RawClient.plain(port.http.port())) {
            raw.send(("GET /page HTTP/1.1\r\nHost: " + host + "\r\n" + header + "\r\n\r\n").getBytes(UTF_8));
            return raw.readHead();
        }
    }

    private static final class Page extends HttpHandler {
        @Override
        public void service(Request request, Response response) throws Exception {
            response.getWriter().write("page");
        }
    }
}
