package dev.changecast.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.auth.jwt.TokenSigner;
import dev.changecast.testing.EventsClient;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.Message;
import dev.changecast.testing.PollClient;
import dev.changecast.testing.ProtocolClient;
import dev.changecast.testing.TestClient;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Tokens over all transports of the real server: how they come, expire, are renewed and revoked, and where they are not. */
@ExtendWith(ServerLogs.class)
class TokensIT {
    private static final String SECRET = "s-0123456789-0123456789-0123456789";
    private static final String KEY = "k-0123456789-0123456789";
    private static final JsonMapper JSON = new JsonMapper();
    private static final TokenSigner SIGNER = TokenSigner.secret(SECRET);

    private static final String CONFIGURATION = """
            server: { port: %d }
            auth: { jwt: { secret: "%s", leeway: 0s }, time_limit: 500ms, api_keys: ["%s"] }
            limits: { heartbeat: 1s, connections_per_user: 100 }
            history: { directory: none }
            """;

    @TempDir
    private Path directory;

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<ProtocolClient> clients = new ArrayList<>();
    private final List<String> tokens = new ArrayList<>();
    private ServerProcess server;

    @BeforeEach
    void start() {
        int port = FreePort.get();
        // Everything that it could tell, it tells.
        server = ServerProcess.startWith(
                directory,
                port,
                CONFIGURATION.formatted(port, SECRET, KEY),
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Dchangecast.log.level=trace",
                "-Dchangecast.log.port=trace",
                "-Dchangecast.log.libraries=debug",
                "-Dchangecast.log.stacks=full");
        server.awaitAlive();
    }

    @AfterEach
    void stop() {
        clients.forEach(ProtocolClient::drop);
        server.close();
        String logged = server.logged();
        assertThat(logged).isNotEmpty();
        for (String token : tokens) {
            // The signature, and the claims.
            assertThat(logged).doesNotContain(token.split("\\.")[2]).doesNotContain(token.split("\\.")[1]);
        }
        assertThat(logged).doesNotContain(SECRET).doesNotContain(KEY);
    }

    private String token(String user, Duration lifetime, String... roles) {
        return keep(SIGNER.token()
                .claim("sub", user)
                .claim("roles", List.of(roles))
                .expiresAt(Instant.now().plus(lifetime))
                .sign());
    }

    private String token(String user, String... roles) {
        return token(user, Duration.ofHours(1), roles);
    }

    private String keep(String token) {
        tokens.add(token);
        return token;
    }

    private URI address(String path) {
        return URI.create("http://127.0.0.1:" + server.port() + path);
    }

    private <C extends ProtocolClient> C opened(C client) {
        clients.add(client);
        return client;
    }

    private TestClient webSocket(String query, Map<String, String> headers) {
        return opened(TestClient.connect(URI.create(server.webSocket() + query), headers));
    }

    private static Map<String, String> bearer(String token) {
        return Map.of("Authorization", "Bearer " + token);
    }

    /** One client for each transport, welcomed. */
    private List<ProtocolClient> overAllTransports(String token) {
        List<ProtocolClient> all = List.of(
                webSocket("", bearer(token)),
                opened(PollClient.connect(address("/poll"), bearer(token))),
                opened(EventsClient.connect(address("/events?collection=none&token=" + token), Map.of())));
        all.forEach(client -> client.await("welcome"));
        return all;
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return http.send(request.timeout(Duration.ofSeconds(20)).build(), HttpResponse.BodyHandlers.ofString());
    }

    private JsonNode api(String path, @Nullable String body) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(address(path)).header("Authorization", "Bearer " + KEY);
        HttpResponse<String> answer =
                send(body == null ? request : request.POST(HttpRequest.BodyPublishers.ofString(body)));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    private static String authenticate(String token) {
        return "{\"type\":\"authenticate\",\"id\":1,\"token\":\"" + token + "\"}";
    }

    @Test
    void aTokenComesInHeaderQueryOrFirstMessage() {
        String token = token("ada", "admin");
        for (ProtocolClient client : overAllTransports(token)) {
            Message welcome = client.received().all("welcome").get(0);
            assertThat(welcome.get("user")).hasToString("{id=ada, roles=[admin]}");
            assertThat(Instant.parse(welcome.text("expires_at")))
                    .isBetween(Instant.now().plusSeconds(3500), Instant.now().plusSeconds(3601));
        }
        assertThat(webSocket("?token=" + token, Map.of()).await("welcome").text("user.id"))
                .isEqualTo("ada");
        TestClient message = webSocket("", Map.of());
        message.send(authenticate(token));
        assertThat(message.await("welcome").text("user.id")).isEqualTo("ada");
        PollClient poll = opened(PollClient.connect(address("/poll"), Map.of(), authenticate(token)));
        assertThat(poll.await("welcome").text("user.id")).isEqualTo("ada");
    }

    @Test
    void wrongTokensAreRefusedWithTheStatusAndBrowsersAreTold() throws Exception {
        String expired = token("ada", Duration.ofSeconds(-1));
        String forged = keep(TokenSigner.secret("f-0123456789-0123456789-0123456789")
                .token()
                .claim("sub", "ada")
                .expiresAt(Instant.now().plusSeconds(60))
                .sign());
        for (String token : List.of(expired, forged, "nonsense")) {
            assertThat(send(HttpRequest.newBuilder(address("/events?collection=none&token=" + token)))
                            .statusCode())
                    .isEqualTo(401);
            HttpResponse<String> poll = send(HttpRequest.newBuilder(address("/poll"))
                    .header("Authorization", "Bearer " + token)
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString("{}")));
            assertThat(poll.statusCode()).isEqualTo(401);
            assertThat(poll.body()).doesNotContain(token);
            TestClient browser =
                    webSocket("?token=" + token, Map.of("Origin", address("").toString()));
            browser.await("error");
            assertThat(browser.awaitCloseCode()).isEqualTo(4401);
            assertThat(browser.received().all("welcome")).isEmpty();
        }
        assertThat(send(HttpRequest.newBuilder(address("/events?collection=none")))
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void whoSendsNoTokenInTimeIsSentAway() {
        assertThat(webSocket("", Map.of()).awaitCloseCode()).isEqualTo(4408);
        assertThat(opened(PollClient.connect(address("/poll"))).awaitCloseCode())
                .isEqualTo(4408);
    }

    @Test
    void aTokenThatExpiresEndsTheSessionOverAllTransports() {
        for (ProtocolClient client : overAllTransports(token("ada", Duration.ofSeconds(3)))) {
            assertThat(client.awaitCloseCode()).isEqualTo(4401);
        }
    }

    @Test
    void aRenewedTokenKeepsTheSessionOverBothTransportsThatCanSend() {
        String first = token("ada", Duration.ofSeconds(3));
        List<ProtocolClient> renewed =
                List.of(webSocket("", bearer(first)), opened(PollClient.connect(address("/poll"), bearer(first))));
        ProtocolClient forgetful = webSocket("", bearer(first));
        String second = token("ada", "admin");
        for (ProtocolClient client : renewed) {
            client.await("welcome");
            client.send(authenticate(second));
        }
        assertThat(forgetful.awaitCloseCode()).isEqualTo(4401);
        for (ProtocolClient client : renewed) {
            Eventually.await(
                    "the second welcome", () -> client.received().all("welcome").size() == 2);
            client.send("{\"type\":\"ping\",\"id\":\"after\"}");
            client.await("pong");
            assertThat(client.received().close()).isNull();
        }
    }

    @Test
    void aRevokedTokenEndsItsSessionsOverAllTransportsAndOpensNone() throws Exception {
        TokenSigner.Token made =
                SIGNER.token().claim("sub", "ada").expiresAt(Instant.now().plusSeconds(60));
        String token = keep(made.sign());
        List<ProtocolClient> revoked = overAllTransports(token);
        ProtocolClient other = webSocket("", bearer(token("ada")));
        other.await("welcome");
        assertThat(api("/api/revoke", "{\"token_id\":\"" + made.id() + "\"}")
                        .path("ended")
                        .asInt())
                .isEqualTo(3);
        for (ProtocolClient client : revoked) {
            assertThat(client.awaitCloseCode()).isEqualTo(4401);
        }
        assertThat(send(HttpRequest.newBuilder(address("/events?collection=none&token=" + token)))
                        .statusCode())
                .isEqualTo(401);
        assertThat(other.received().close()).isNull();
    }

    @Test
    void aUsersTokensAreRevokedTogetherAndSessionsAreListedAndEnded() throws Exception {
        List<ProtocolClient> ofAda = overAllTransports(token("ada", "admin"));
        ProtocolClient grace = webSocket("", bearer(token("grace")));
        String session = grace.await("welcome").text("session");
        JsonNode listed = api("/api/sessions?user=ada", null);
        assertThat(listed.path("total").asInt()).isEqualTo(4);
        assertThat(listed.path("sessions")
                        .valueStream()
                        .map(each -> each.path("transport").asString()))
                .containsExactlyInAnyOrder("websocket", "longpoll", "sse");
        assertThat(listed.path("sessions").get(0).path("roles").toString()).isEqualTo("[\"admin\"]");
        assertThat(api("/api/revoke", "{\"user\":\"ada\"}").path("ended").asInt())
                .isEqualTo(3);
        for (ProtocolClient client : ofAda) {
            assertThat(client.awaitCloseCode()).isEqualTo(4401);
        }
        assertThat(api("/api/disconnect", "{\"session\":\"" + session + "\"}")
                        .path("ended")
                        .asInt())
                .isEqualTo(1);
        assertThat(grace.awaitCloseCode()).isEqualTo(4500);
        Eventually.await("all to be gone", () -> {
            try {
                return api("/api/sessions", null).path("total").asInt() == 0;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        JsonNode closes = api("/api/sessions", null).path("refused").path("closes");
        assertThat(closes.path("4401").asInt()).isGreaterThanOrEqualTo(ofAda.size());
        assertThat(closes.path("4500").asInt()).isEqualTo(1);
    }

    @Test
    void theApiIsForWhomHasAKeyAndSaysWhatIsWrong() throws Exception {
        for (String path : List.of("/api/revoke", "/api/disconnect")) {
            assertThat(send(HttpRequest.newBuilder(address(path))
                                    .POST(HttpRequest.BodyPublishers.ofString("{\"user\":\"ada\"}")))
                            .statusCode())
                    .isEqualTo(401);
            assertThat(send(HttpRequest.newBuilder(address(path)).header("Authorization", "Bearer " + KEY))
                            .statusCode())
                    .isEqualTo(405);
            for (String wrong : List.of(
                    "",
                    "[]",
                    "{}",
                    "{\"user\":7}",
                    "{\"user\":\"\"}x",
                    "{\"users\":\"ada\"}",
                    "{\"user\":\"a\",\"user\":\"b\"}")) {
                HttpResponse<String> answer = send(HttpRequest.newBuilder(address(path))
                        .header("Authorization", "Bearer " + KEY)
                        .POST(HttpRequest.BodyPublishers.ofString(wrong)));
                assertThat(answer.statusCode()).as(wrong + " " + answer.body()).isEqualTo(400);
            }
        }
        assertThat(send(HttpRequest.newBuilder(address("/api/sessions"))).statusCode())
                .isEqualTo(401);
    }
}
