package dev.changecast.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.testing.Eventually;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A server that is taken down under load says so first, lets its clients go, and loses nothing of theirs. */
@ExtendWith(ServerLogs.class)
class DrainIT {
    private static final String KEY = "k-0123456789-0123456789";
    private static final int SIGTERM = 128 + 15;

    @TempDir
    private Path directory;

    private final HttpClient http = HttpClient.newHttpClient();
    private TestPostgres postgres;
    private ServerProcess server;
    private List<Watcher> watchers = List.of();

    @BeforeEach
    void start() {
        postgres = TestPostgres.start(directory.resolve("postgres"), Map.of());
        postgres.execute(Load.TABLES);
        server = ServerProcess.start(
                        directory.resolve("server"),
                        postgres.shownToEverybody(),
                        Map.of(
                                "CHANGECAST_AUTH_API_KEYS", KEY,
                                "CHANGECAST_SERVER_DRAIN_DELAY", "1500ms",
                                "CHANGECAST_LOG_FORMAT", "json",
                                "CHANGECAST_LOG_LEVEL", "debug"))
                .awaitReady();
        watchers = List.of(Watcher.of(server, null), Watcher.of(server, 1), Watcher.of(server, null));
    }

    @AfterEach
    void stop() {
        watchers.forEach(watcher -> watcher.client().drop());
        server.close();
        postgres.close();
    }

    @Test
    void whoIsDrainedIsNotReadyLetsClientsGoOneAfterTheOtherAndTheyMissNothing() throws Exception {
        try (Load load = Load.start(postgres, 3, 10)) {
            watchers.get(0).awaitMore(50);

            JsonNode answer = post("/api/drain", "{\"over_s\":2}");

            assertThat(answer.path("draining").asBoolean()).isTrue();
            assertThat(answer.path("sessions").asInt()).isEqualTo(3);
            assertThat(server.readyz().path("ready").asBoolean()).isFalse();
            assertThat(server.readyz().path("draining").asBoolean()).isTrue();
            Eventually.await("the first to be gone, and the last not yet", () -> {
                int left = post("/api/drain", "{}").path("sessions").asInt();
                assertThat(left).as("sessions after the first that went").isPositive();
                return left < 3;
            });
            for (Watcher watcher : watchers) {
                assertThat(watcher.client().awaitClose()).isEqualTo(4501);
                assertThat(watcher.client().others("going_away")).hasSize(1);
            }
            assertThat(post("/api/drain", "{}").path("sessions").asInt()).isZero();
            // It is there still, and takes nobody.
            assertThat(get("/healthz").statusCode()).isEqualTo(200);
            assertThat(get("/events?collection=events").statusCode()).isEqualTo(503);
            server.terminate();
            assertThat(server.awaitExit(Duration.ofSeconds(15))).isEqualTo(SIGTERM);
            server.startAgain();
            watchers.forEach(watcher -> watcher.client().reconnect());
            load.stop();
        }
        postgres.execute("INSERT INTO marks VALUES (1)");
        watchers.forEach(watcher -> watcher.assertHasSeenEverythingOnce(postgres, 1));
    }

    @Test
    void whoGetsASignalSaysSoBeforeClientsAreSentAway() throws Exception {
        server.terminate();

        Eventually.await("it to say that it is going", () -> {
            JsonNode answer = server.readyz();
            return answer != null && answer.path("draining").asBoolean();
        });
        // Whoever sends clients here does not know yet.
        try (Watcher late = Watcher.of(server, null)) {
            assertThat(late.client().awaitClose()).isEqualTo(4501);
        }
        assertThat(server.awaitExit(Duration.ofSeconds(15))).isEqualTo(SIGTERM);
        assertThat(server.logged())
                .contains("not ready from now on, going in 1.5 s")
                .contains("draining: 4 sessions are told to come back, over 1.0 s");
    }

    @Test
    void theLinesAboutOneSessionAreFoundByItAndLevelsChangeWhileTheServerRuns() throws Exception {
        JsonNode sessions = new JsonMapper().readTree(get("/api/sessions").body());
        String session = sessions.at("/sessions/0/session").asString();
        assertThat(about(session))
                .hasSize(1)
                .allMatch(line -> line.path("message")
                        .asString()
                        .startsWith("Session " + session + " opened over websocket from 127.0.0.1"));

        assertThat(post("/api/log-level", "{\"level\":\"warn\"}")
                        .at("/levels/dev.changecast")
                        .asString())
                .isEqualTo("warn");
        post("/api/disconnect", "{\"session\":\"" + session + "\"}");
        watchers.get(0).client().awaitClose();
        String other = sessions.at("/sessions/1/session").asString();
        post("/api/log-level", "{\"level\":\"default\"}");
        post("/api/disconnect", "{\"session\":\"" + other + "\"}");
        Eventually.await("the end of the second to be told", () -> about(other).size() == 3);

        assertThat(about(other))
                .extracting(line -> line.path("message").asString())
                .contains("Session " + other + " is closed with 4500: disconnected by the server");
        assertThat(about(session)).as("told while only warnings were").hasSize(1);
        assertThat(server.logged()).doesNotContain(KEY);
    }

    private List<JsonNode> about(String session) {
        JsonMapper json = new JsonMapper();
        return server.logged()
                .lines()
                .filter(line -> line.startsWith("{"))
                .map(json::readTree)
                .filter(line -> line.path("session").asString("").equals(session))
                .toList();
    }

    private JsonNode post(String path, String body) {
        try {
            HttpResponse<String> answer = http.send(
                    request(path)
                            .POST(HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            return new JsonMapper().readTree(answer.body());
        } catch (java.io.IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private HttpResponse<String> get(String path) throws Exception {
        return http.send(request(path).build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .header("Authorization", "Bearer " + KEY)
                .timeout(Duration.ofSeconds(10));
    }
}
