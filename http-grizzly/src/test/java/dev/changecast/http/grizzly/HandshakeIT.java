package dev.changecast.http.grizzly;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.transport.Payload;
import dev.changecast.api.transport.Refusal;
import dev.changecast.http.grizzly.RecordingGateway.Client;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class HandshakeIT {
    private final TestPort port = new TestPort(RecordingGateway.echoing());

    @AfterEach
    void close() {
        port.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403, 429, 503})
    void whatTheGateRefusesIsAnsweredAsPlainHttpAndOpensNothing(int status) throws Exception {
        port.gateway.admit = handshake -> handshake.parameter("token").isPresent()
                ? Optional.empty()
                : Optional.of(new Refusal(status, "say \"please\""));
        try (RawClient raw = RawClient.plain(port.http.port())) {
            raw.send(RawClient.handshake("/ws"));
            Answer refused = Answer.read(raw);
            assertThat(refused.head())
                    .startsWith("HTTP/1.1 " + status + " ")
                    .containsIgnoringCase("content-type: application/json");
            assertThat(refused.body()).contains("\"message\":\"say \\\"please\\\"\"");
            assertThat(refused.head()).containsIgnoringCase("connection: close");
            raw.awaitEnd();
        }
        assertThat(port.gateway.opened).isEmpty();
        assertThat(port.http.webSockets()).isZero();
        try (RawClient polite = RawClient.plain(port.http.port())) {
            polite.upgraded("/ws?token=1");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/ws?a=%zz", "/ws?a={b}", "/ws?a=|", "/ws?a=b\\c", "/ws?a=%4"})
    void aQueryWithIllegalCharactersIsABadRequest(String target) throws Exception {
        try (RawClient raw = RawClient.plain(port.http.port())) {
            raw.send(RawClient.handshake(target));
            assertThat(raw.readHead()).startsWith("HTTP/1.1 400 ");
        }
        assertThat(port.gateway.opened).isEmpty();
    }

    @Test
    void anOrdinaryRequestForTheEndpointIsToldToUpgrade() throws Exception {
        HttpResponse<String> get = get("/ws");
        assertThat(get.statusCode()).isEqualTo(426);
        assertThat(get.headers().firstValue("Upgrade")).contains("websocket");
        assertThat(get.body()).contains("upgrade_required");
        HttpResponse<String> post = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(uri("/ws"))
                                .POST(HttpRequest.BodyPublishers.ofString("x".repeat(100_000)))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(post.statusCode()).isEqualTo(426);
    }

    @Test
    void anUnknownAddressIsNotFoundAlsoForAWebSocket() throws Exception {
        HttpResponse<String> response = get("/nowhere");
        assertThat(response.statusCode()).isEqualTo(404);
        assertThat(response.body())
                .isEqualTo("{\"error\":\"not_found\",\"message\":\"there is nothing at this address\"}");
        assertThat(response.headers()
                        .firstValue("Content-Type")
                        .orElse(response.headers().map().toString()))
                .startsWith("application/json");
        assertThat(response.headers().map().toString()).doesNotContainIgnoringCase("grizzly");
        for (String target : List.of("/nowhere", "/ws/", "/ws/more", "/WS")) {
            try (RawClient raw = RawClient.plain(port.http.port())) {
                raw.send(RawClient.handshake(target));
                assertThat(raw.readHead()).as(target).startsWith("HTTP/1.1 404 ");
            }
        }
    }

    @Test
    void anotherVersionOfTheProtocolIsToldWhichOneIsSpoken() throws Exception {
        try (RawClient raw = RawClient.plain(port.http.port())) {
            raw.send(new String(RawClient.handshake("/ws"), UTF_8)
                    .replace("Version: 13", "Version: 99")
                    .getBytes(UTF_8));
            assertThat(raw.readHead()).startsWith("HTTP/1.1 426 ").containsIgnoringCase("Sec-WebSocket-Version: 13");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Sec-WebSocket-Key", "Connection"})
    void aHandshakeWithoutOneOfItsHeadersOpensNoSession(String header) throws Exception {
        try (RawClient raw = RawClient.plain(port.http.port())) {
            raw.send(new String(RawClient.handshake("/ws"), UTF_8)
                    .replace(header + ":", "X-Other:")
                    .getBytes(UTF_8));
            assertThat(raw.readHead()).startsWith("HTTP/1.1 4");
        }
        assertThat(port.gateway.opened).isEmpty();
    }

    @Test
    void headersArriveAsTheyWereSentAndEachSessionHasItsOwn() throws Exception {
        try (RawClient one = RawClient.plain(port.http.port());
                RawClient two = RawClient.plain(port.http.port())) {
            one.upgraded(
                    "/ws", "Authorization: Bearer a.b.c", "Origin: https://one.example", "X-Date: Mon, 2 Feb, 2026");
            two.upgraded("/ws", "Origin: https://two.example");
            Client either = port.gateway.next();
            Client other = port.gateway.next();
            // A client may have its answer before its session is open.
            boolean inOrder = either.handshake.header("authorization").isPresent();
            Client first = inOrder ? either : other;
            Client second = inOrder ? other : either;
            assertThat(first.handshake.header("authorization")).contains("Bearer a.b.c");
            assertThat(first.handshake.header("origin")).contains("https://one.example");
            assertThat(first.handshake.header("x-date")).contains("Mon, 2 Feb, 2026");
            assertThat(second.handshake.header("origin")).contains("https://two.example");
            assertThat(second.handshake.header("authorization")).isEmpty();
        }
    }

    @Test
    void aPageThatIsRefusedByOpenReadsWhyAndIsClosed() throws Exception {
        port.gateway.onOpen = (handshake, connection) -> {
            if (handshake.header("origin").isPresent()) {
                connection.write(List.of(Payload.of("{\"type\":\"error\"}")), delivered -> {});
                connection.close(4403, "this origin may not connect");
            }
        };
        try (RawClient raw = RawClient.plain(port.http.port())) {
            raw.upgraded("/ws", "Origin: https://evil.example");
            assertThat(raw.readFrame().text()).isEqualTo("{\"type\":\"error\"}");
            RawClient.Frame close = raw.readClose();
            assertThat(close.closeCode()).isEqualTo(4403);
            assertThat(close.closeReason()).isEqualTo("this origin may not connect");
            raw.send(raw.frame(RawClient.CLOSE, true, close.payload()));
            raw.awaitEnd();
        }
        Client client = port.gateway.next();
        Await.until("told once that the connection is closed", () -> client.closed.get() == 1);
        assertThat(client.outOfTurn).isFalse();
    }

    @Test
    void aConnectionThatIsAbortedWhileItOpensIsGone() throws Exception {
        port.gateway.onOpen = (handshake, connection) -> connection.abort();
        try (RawClient raw = RawClient.plain(port.http.port())) {
            raw.send(RawClient.handshake("/ws"));
            raw.awaitEnd();
        }
        Client client = port.gateway.next();
        Await.until("told once that the connection is closed", () -> client.closed.get() == 1);
        Await.until("the socket is gone", () -> port.http.webSockets() == 0);
    }

    @Test
    void anotherSubProtocolIsNotConfirmed() throws Exception {
        try (RawClient raw = RawClient.plain(port.http.port())) {
            raw.send(RawClient.handshake("/ws", "Sec-WebSocket-Protocol: graphql-ws"));
            assertThat(raw.readHead()).startsWith("HTTP/1.1 101 ").doesNotContainIgnoringCase("Sec-WebSocket-Protocol");
        }
    }

    @Test
    void noExtensionButCompressionIsNegotiated() throws Exception {
        try (RawClient raw = RawClient.plain(port.http.port())) {
            raw.send(RawClient.handshake("/ws", "Sec-WebSocket-Extensions: x-webkit-deflate-frame, bbf-usp-protocol"));
            assertThat(raw.readHead())
                    .startsWith("HTTP/1.1 101 ")
                    .doesNotContainIgnoringCase("Sec-WebSocket-Extensions");
        }
    }

    private HttpResponse<String> get(String path) throws Exception {
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri(path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port.http.port() + path);
    }

    private record Answer(String head, String body) {
        static Answer read(RawClient raw) throws Exception {
            String head = raw.readHead();
            String length = head.lines()
                    .filter(line -> line.toLowerCase(java.util.Locale.ROOT).startsWith("content-length:"))
                    .map(line -> line.substring(15).trim())
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no length: " + head));
            byte[] body = new byte[Integer.parseInt(length)];
            raw.in.readFully(body);
            return new Answer(head, new String(body, UTF_8));
        }
    }
}
