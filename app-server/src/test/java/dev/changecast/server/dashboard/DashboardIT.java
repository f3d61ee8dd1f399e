package dev.changecast.server.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.auth.jwt.TokenSigner;
import dev.changecast.server.serve.InProcess;
import dev.changecast.server.serve.Server;
import dev.changecast.testing.EventsClient;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.PollClient;
import dev.changecast.testing.ProtocolClient;
import dev.changecast.testing.TestClient;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the dashboard asks: who is let in, whether the figures are true, and whether a session ends that is to end. */
class DashboardIT {
    private static final String SECRET = "s-0123456789-0123456789-0123456789";
    private static final String KEY = "k-0123456789-0123456789";
    private static final JsonMapper JSON = new JsonMapper();
    private static final List<String> READING = List.of(
            "/api/statistics",
            "/api/sessions",
            "/api/session?session=x",
            "/api/explain",
            "/api/tail",
            "/api/rooms",
            "/api/presence");

    private static final String CONFIGURATION = """
            server: { port: 0 }
            auth: { jwt: { secret: "%s" }, api_keys: ["%s"] }
            limits: { connections: 500 }
            history: { directory: none }
            rooms: [ { room: "*", join: authenticated, send: authenticated } ]
            dashboard: { roles: [operator, owner] }
            """.formatted(SECRET, KEY);

    private static Server server;

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<ProtocolClient> clients = new ArrayList<>();

    @BeforeAll
    static void start() {
        server = InProcess.started(CONFIGURATION);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @AfterEach
    void leave() {
        clients.forEach(ProtocolClient::drop);
    }

    private static String token(String user, String... roles) {
        return TokenSigner.secret(SECRET)
                .token()
                .claim("sub", user)
                .claim("roles", List.of(roles))
                .expiresAt(Instant.now().plus(Duration.ofHours(1)))
                .sign();
    }

    private HttpResponse<String> send(Server to, String path, @Nullable String key, @Nullable String body)
            throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(to.url() + path)).timeout(Duration.ofSeconds(20));
        if (key != null) {
            request.header("Authorization", "Bearer " + key);
        }
        if (body != null) {
            request.POST(HttpRequest.BodyPublishers.ofString(body));
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private JsonNode get(String path) {
        try {
            HttpResponse<String> answer = send(server, path, KEY, null);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            return JSON.readTree(answer.body());
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** The name of its session. */
    private String opened(ProtocolClient client) {
        clients.add(client);
        return client.await("welcome").text("session");
    }

    private static TestClient client(String user, String... roles) {
        return TestClient.connect(
                URI.create(server.url().replace("http", "ws") + "/ws"),
                Map.of("Authorization", "Bearer " + token(user, roles)));
    }

    private JsonNode awaitNow(String what, Predicate<JsonNode> condition) {
        return Eventually.awaitValue(what, () -> {
            JsonNode now = get("/api/statistics").path("now");
            return condition.test(now) ? now : null;
        });
    }

    // ---- Who is let in

    @Test
    void whoHasNeitherKeyNorRoleIsToldWhatWouldBeRight() throws Exception {
        for (String path : READING) {
            HttpResponse<String> nobody = send(server, path, null, null);
            assertThat(nobody.statusCode()).as(path).isEqualTo(401);
            assertThat(nobody.body()).contains("Authorization: Bearer").contains("[operator, owner]");
            assertThat(send(server, path, "wrong", null).statusCode()).as(path).isEqualTo(401);
            HttpResponse<String> clerk = send(server, path, token("ann", "clerk", "admin"), null);
            assertThat(clerk.statusCode()).as(path).isEqualTo(401);
            assertThat(clerk.body()).contains("none of the roles").contains("operator");
        }
        assertThat(send(server, "/api/disconnect", token("ann", "clerk"), "{\"user\":\"x\"}")
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void whoHasTheRoleMayLookAndDisconnectAndNothingElse() throws Exception {
        String operator = token("olga", "operator");
        for (String path : READING) {
            assertThat(send(server, path, operator, null).statusCode())
                    .as(path)
                    .isEqualTo(path.contains("session=") ? 404 : 200);
        }
        assertThat(JSON.readTree(send(server, "/api/statistics", operator, null).body())
                        .path("may_end_sessions")
                        .asBoolean())
                .isTrue();
        assertThat(send(server, "/api/disconnect", operator, "{\"user\":\"x\"}").statusCode())
                .isEqualTo(200);
        for (String path : List.of("/api/publish", "/api/revoke")) {
            assertThat(send(server, path, operator, "{}").statusCode()).as(path).isEqualTo(401);
        }
    }

    @Test
    void aTokenThatWasRevokedOpensNothing() throws Exception {
        String operator = token("gone", "operator");
        assertThat(send(server, "/api/statistics", operator, null).statusCode()).isEqualTo(200);
        assertThat(send(server, "/api/revoke", KEY, "{\"user\":\"gone\"}").statusCode())
                .isEqualTo(200);
        HttpResponse<String> answer = send(server, "/api/statistics", operator, null);
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.body()).contains("revoked");
    }

    @Test
    void withoutKeysAndRolesNobodyLooksUnlessEverybodyMay() throws Exception {
        String anonymous = "server: { port: 0 }\nauth: { anonymous: true }\nhistory: { directory: none }\n"
                + "redis_pubsub: { url: \"redis://127.0.0.1:1\" }\n";
        try (Server closed = InProcess.started(anonymous)) {
            HttpResponse<String> answer = send(closed, "/api/statistics", null, null);
            assertThat(answer.statusCode()).isEqualTo(403);
            assertThat(answer.body()).contains("auth.api_keys");
        }
        try (Server open = InProcess.started(anonymous + "dashboard: { anonymous: true }\n")) {
            HttpResponse<String> answer = send(open, "/api/statistics", null, null);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(JSON.readTree(answer.body()).path("may_end_sessions").asBoolean())
                    .isFalse();
            assertThat(send(open, "/api/tail", null, null).statusCode()).isEqualTo(200);
            assertThat(send(open, "/api/disconnect", null, "{\"user\":\"x\"}").statusCode())
                    .isEqualTo(401);
            Eventually.await("Redis being away to be told", () -> {
                try {
                    JsonNode told = JSON.readTree(
                            send(open, "/api/statistics", null, null).body());
                    return told.path("troubles").toString().contains("redis_pubsub");
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            });
        }
        try (Server none = InProcess.started(anonymous + "dashboard: { enabled: false, anonymous: true }\n")) {
            for (String path : List.of("/dashboard", "/dashboard/", "/api/statistics", "/api/tail")) {
                assertThat(send(none, path, null, null).statusCode()).as(path).isEqualTo(404);
            }
        }
    }

    @Test
    void thePageIsForEverybodyTakesNothingFromElsewhereAndCannotBeFramed() throws Exception {
        HttpResponse<String> lead = send(server, "/dashboard", null, null);
        assertThat(lead.statusCode()).isEqualTo(308);
        assertThat(lead.headers().firstValue("Location")).hasValue("dashboard/");
        HttpResponse<String> page = send(server, "/dashboard/", null, null);
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("Content-Security-Policy").orElse(""))
                .contains("default-src 'self'")
                .contains("frame-ancestors 'none'")
                .doesNotContain("unsafe");
        assertThat(page.body()).doesNotContain("http:").doesNotContain("https:").doesNotContain("style=");
        assertThat(send(server, "/dashboard/../api/openapi.json", null, null).body())
                .doesNotContain("secret");
    }

    // ---- What is told

    @Test
    void theFiguresAreThoseOfWhoIsThere() throws Exception {
        String address = server.url();
        opened(client("ann", "clerk"));
        TestClient bob = client("bob");
        opened(bob);
        opened(PollClient.connect(URI.create(address + "/poll"), Map.of("Authorization", "Bearer " + token("bob"))));
        opened(EventsClient.connect(URI.create(address + "/events?collection=none&token=" + token("eve")), Map.of()));
        bob.send("{\"type\":\"join_room\",\"room\":\"<b>lobby</b>\"}");
        bob.await("room_joined");
        JsonNode now = awaitNow(
                "all to be counted",
                told -> told.path("transports")
                                        .valueStream()
                                        .mapToInt(transport ->
                                                transport.path("open").asInt())
                                        .sum()
                                == 4
                        && told.path("sessions").path("rooms").asInt() == 1);
        assertThat(now.path("sessions").path("open").asInt()).isEqualTo(4);
        assertThat(now.path("sessions").path("limit").asInt()).isEqualTo(500);
        assertThat(now.path("sessions").path("online_users").asInt()).isGreaterThanOrEqualTo(3);
        for (JsonNode transport : now.path("transports")) {
            int expected = transport.path("name").asString().equals("websocket") ? 2 : 1;
            assertThat(transport.path("open").asInt()).as("%s", transport).isEqualTo(expected);
        }
        assertThat(now.path("transports")).hasSize(3);
        assertThat(now.path("process").path("heap_used").asLong()).isPositive();
        assertThat(get("/api/sessions?search=longpoll").path("found").asInt()).isEqualTo(1);
    }

    @Test
    void whatIsPublishedIsARateThatAPageSeesWhichIsOpenedLate() throws Exception {
        opened(client("ann"));
        for (int i = 0; i < 50; i++) {
            assertThat(send(server, "/api/publish", KEY, "{\"to\":\"user:ann\",\"type\":\"x\",\"content\":1}")
                            .statusCode())
                    .isEqualTo(200);
        }
        Eventually.await("the messages to be in the history", () -> {
            JsonNode history = get("/api/statistics").path("history");
            int published = history.path("series")
                    .valueStream()
                    .map(JsonNode::asString)
                    .toList()
                    .indexOf("published");
            double all = 0;
            for (JsonNode value : history.path("values").path(published)) {
                all += value.asDouble() * Dashboard.EVERY_SECONDS;
            }
            return all >= 45;
        });
        long next = get("/api/statistics").path("history").path("next").asLong();
        JsonNode later = get("/api/statistics?from=" + next).path("history");
        assertThat(later.path("times").size()).isLessThanOrEqualTo(1);
    }

    @Test
    void aSessionTellsOfItselfAndEndsWhenItIsToEnd() throws Exception {
        TestClient dan = client("dan", "clerk");
        String session = opened(dan);
        dan.send("{\"type\":\"join_room\",\"room\":\"kitchen\"}");
        dan.await("room_joined");
        JsonNode told = get("/api/session?session=" + session);
        assertThat(told.path("identity").path("user").asString()).isEqualTo("dan");
        assertThat(told.path("identity").path("roles").get(0).asString()).isEqualTo("clerk");
        assertThat(told.path("rooms").get(0).asString()).isEqualTo("kitchen");
        assertThat(told.path("transport").asString()).isEqualTo("websocket");
        assertThat(told.path("subscriptions")).isEmpty();
        HttpResponse<String> ended =
                send(server, "/api/disconnect", token("olga", "owner"), "{\"session\":\"" + session + "\"}");
        assertThat(ended.body()).isEqualTo("{\"ended\":1}");
        assertThat(dan.received().awaitClose().code()).isEqualTo(4500);
        Eventually.await("nothing to be told of it any more", () -> {
            try {
                return send(server, "/api/session?session=" + session, KEY, null)
                                .statusCode()
                        == 404;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void whoListensForTheDashboardIsWhoMayReadAndNoOther() throws Exception {
        JsonNode ofKey = get("/api/tail");
        assertThat(ofKey.path("identity").path("user").isNull()).isTrue();
        assertThat(ofKey.path("identity").path("roles").toString()).isEqualTo("[\"operator\",\"owner\"]");
        JsonNode ofToken = JSON.readTree(
                send(server, "/api/tail", token("olga", "owner"), null).body());
        assertThat(ofToken.path("identity").path("user").asString()).isEqualTo("olga");
        EventsClient listener = EventsClient.connect(
                URI.create(server.url() + "/events?collection=none"),
                Map.of("Authorization", "Bearer " + ofToken.path("token").asString()));
        clients.add(listener);
        assertThat(listener.await("welcome").text("user.id")).isEqualTo("olga");
    }

    @Test
    void claimsThatAreNoneAreRefusedWithWhatWouldBeRight() throws Exception {
        HttpResponse<String> answer = send(server, "/api/explain?claims=7", KEY, null);
        assertThat(answer.statusCode()).isEqualTo(400);
        assertThat(answer.body()).contains("tenant");
        JsonNode told = get("/api/explain?user=42&roles=a,%20b&claims=%7B%22tenants%22%3A%5B7%2C8%5D%7D");
        assertThat(told.path("identity").toString())
                .isEqualTo("{\"user\":\"42\",\"roles\":[\"a\",\"b\"],\"claims\":{\"tenants\":[\"7\",\"8\"]}}");
    }
}
