package dev.changecast.http.grizzly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.transport.Refusal;
import dev.changecast.testing.EventsClient;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.FakeGateway;
import dev.changecast.testing.Message;
import dev.changecast.transport.sse.EventsTransport;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(20)
class EventsIT {
    private final FakeGateway gateway = new FakeGateway(5000);
    private final EventsTransport transport = new EventsTransport();
    private final HttpPort port =
            HttpPort.builder().port(0).servlet("/events", transport.servlet()).build();

    @BeforeEach
    void start() {
        transport.start(gateway);
        port.start();
    }

    @AfterEach
    void stop() {
        transport.close();
        port.close();
    }

    private URI uri(String query) {
        return URI.create("http://127.0.0.1:" + port.port() + "/events" + query);
    }

    private HttpResponse<String> get(String query, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(query));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void theQuerySaysWhatIsSubscribedTo() {
        try (EventsClient client = EventsClient.connect(
                uri("?collection=users&collection=desks&filter=%7B%22floor%22%3A1%7D&filter=&columns=id,name&columns="
                        + "&snapshot=false&snapshot=true&since=%7B%22pg%22%3A%22e.1-0%22%7D"),
                Map.of())) {
            FakeGateway.Opened opened = gateway.next();
            assertThat(opened.nextMessage())
                    .isEqualTo("{\"type\":\"subscribe\",\"id\":\"1\",\"collection\":\"users\",\"filter\":{\"floor\":1},"
                            + "\"columns\":[\"id\",\"name\"],\"snapshot\":false,\"since\":{\"pg\":\"e.1-0\"}}");
            assertThat(opened.nextMessage())
                    .isEqualTo("{\"type\":\"subscribe\",\"id\":\"2\",\"collection\":\"desks\",\"snapshot\":true,"
                            + "\"since\":{\"pg\":\"e.1-0\"}}");
            assertThat(client.received().close()).isNull();
        }
    }

    @Test
    void whatABrowserSendsBackGoesBeforeSince() {
        try (EventsClient client = EventsClient.connect(
                uri("?collection=users&since=%7B%22pg%22%3A%22e.1-0%22%7D"),
                Map.of("Last-Event-ID", "{\"pg\":\"e.9-0\"}"))) {
            assertThat(gateway.next().nextMessage()).contains("\"since\":{\"pg\":\"e.9-0\"}");
            assertThat(client.lastEventId()).isEqualTo("{\"pg\":\"e.9-0\"}");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|name a collection",
                "?collection=a&filter=%7B|is a JSON object",
                "?collection=a&collection=b&filter=%7B%7D|2 collections and 1 of \\\"filter\\\"",
                "?collection=a&since=1|is a JSON object",
                "?collection=a&snapshot=maybe|true, false or"
            })
    void whatCannotBeUnderstoodIsRefusedWithWhatIsRight(String query, String message) throws Exception {
        HttpResponse<String> answer = get(query);
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("\"code\":4000").contains(message);
        assertThat(gateway.hasNone()).isTrue();
    }

    @Test
    void aBrokenEscapeIsRefused() throws Exception {
        try (RawClient raw = RawClient.plain(port.port())) {
            raw.send("GET /events?collection=%ZZ HTTP/1.1\r\nHost: localhost\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII));
            assertThat(raw.readHead()).startsWith("HTTP/1.1 400 ");
        }
    }

    @ParameterizedTest
    @CsvSource({"503,4501,4009", "429,4429,4007"})
    void anEventSourceIsToldToComeBackWhereOthersGetTheStatus(int status, int closeCode, int error) throws Exception {
        gateway.gate(handshake -> Optional.of(new Refusal(status, "not now")));
        HttpResponse<String> plain = get("?collection=users");
        assertThat(plain.statusCode()).isEqualTo(status);
        assertThat(plain.headers().firstValue("Retry-After")).isPresent();
        try (EventsClient client = EventsClient.connect(uri("?collection=users"), Map.of())) {
            Message told = client.await("error");
            assertThat(told.number("code")).isEqualTo(error);
            assertThat(client.awaitCloseCode()).isEqualTo(closeCode);
            assertThat(Integer.parseInt(String.valueOf(client.retry()))).isBetween(5000, 10_000);
        }
        assertThat(gateway.hasNone()).isTrue();
    }

    @Test
    void whoMayNotComeInGetsTheStatusInAnyCase() {
        gateway.gate(handshake -> Optional.of(new Refusal(401, "who are you")));
        assertThatThrownBy(() -> EventsClient.connect(uri("?collection=users"), Map.of()))
                .hasMessageContaining("401")
                .hasMessageContaining("who are you");
    }

    @Test
    void anEventSourceComesBackToAServerThatIsGoing() {
        transport.close();
        try (EventsClient client = EventsClient.connect(uri("?collection=users"), Map.of())) {
            assertThat(client.awaitCloseCode()).isEqualTo(4501);
        }
    }

    @Test
    void pagesOfAllowedOriginsMayListenAndOthersNot() throws Exception {
        gateway.origins(handshake -> handshake.header("Origin").orElse("").endsWith("good.example"));
        HttpResponse<String> bad = get("?collection=users", "Origin", "https://bad.example");
        assertThat(bad.statusCode()).isEqualTo(403);
        assertThat(bad.headers().map().keySet()).noneMatch(name -> name.startsWith("access-control"));
        try (EventsClient client =
                EventsClient.connect(uri("?collection=users"), Map.of("Origin", "https://good.example"))) {
            FakeGateway.Opened opened = gateway.next();
            opened.write("{\"type\":\"hello\"}");
            client.await("hello");
        }
    }

    @Test
    void otherMethodsAreToldWhichIsRight() throws Exception {
        HttpResponse<String> answer = HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(uri("?collection=users"))
                                .POST(HttpRequest.BodyPublishers.noBody())
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(405);
        assertThat(answer.headers().firstValue("Allow")).contains("GET, OPTIONS");
        Eventually.await("no session", gateway::hasNone);
    }
}
