package dev.changecast.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.auth.jwt.TokenSigner;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.Message;
import dev.changecast.testing.PollClient;
import dev.changecast.testing.ProtocolClient;
import dev.changecast.testing.TestClient;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Notifications to users who are away, through the real server, which is killed. */
@ExtendWith(ServerLogs.class)
class NotificationsIT {
    private static final String SECRET = "s-0123456789-0123456789-0123456789";
    private static final String KEY = "k-0123456789-0123456789";
    private static final TokenSigner SIGNER = TokenSigner.secret(SECRET);

    private static final String CONFIGURATION = """
            server: { port: %d }
            auth: { jwt: { secret: "%s" }, api_keys: ["%s"] }
            limits: { heartbeat: 1s, connections_per_user: 100, publishes_per_second: 1000000 }
            history: { directory: history }
            notifications: { per_user: 50 }
            """;

    @TempDir
    private Path directory;

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<ProtocolClient> clients = new ArrayList<>();
    private ServerProcess server;

    private void start() {
        int port = FreePort.get();
        server = ServerProcess.startWith(
                directory, port, CONFIGURATION.formatted(port, SECRET, KEY), "-Xmx128m", "-XX:+UseSerialGC");
        server.awaitAlive();
    }

    @AfterEach
    void stop() {
        clients.forEach(ProtocolClient::drop);
        server.close();
        assertThat(server.logged()).doesNotContain("0123456789").doesNotContain("Hello");
    }

    private static Map<String, String> bearer(String user) {
        String token = SIGNER.token()
                .claim("sub", user)
                .expiresAt(Instant.now().plus(Duration.ofHours(1)))
                .sign();
        return Map.of("Authorization", "Bearer " + token);
    }

    private TestClient connect(String user, @Nullable String offset) {
        String since = offset == null
                ? ""
                : "?since=" + URLEncoder.encode("{\"live\":\"" + offset + "\"}", StandardCharsets.UTF_8);
        TestClient client = TestClient.connect(URI.create(server.webSocket() + since), bearer(user));
        clients.add(client);
        client.await("welcome");
        return client;
    }

    private static String note(String to, int number) {
        return "{\"to\":\"" + to + "\",\"type\":\"notification\",\"content\":{\"title\":\"Hello\",\"n\":" + number
                + "}}";
    }

    private String publish(String body) throws Exception {
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/api/publish"))
                        .timeout(Duration.ofSeconds(20))
                        .header("Authorization", "Bearer " + KEY)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new JsonMapper().readTree(answer.body()).path("offset").asString();
    }

    private static Message awaitNote(ProtocolClient client, int number) {
        return client.await(
                "notification " + number,
                message -> message.is("notification") && message.number("content.n") == number);
    }

    private static List<Integer> notes(ProtocolClient client) {
        return client.received().all("notification").stream()
                .map(message -> (int) message.number("content.n"))
                .toList();
    }

    @Test
    void ofTwoDevicesTheOneThatComesBackFirstGetsThemAndTheOtherByItsOffset() throws Exception {
        start();
        TestClient phone = connect("ann", null);
        publish(note("user:ann", 1));
        String offset = awaitNote(phone, 1).text("offset");
        phone.drop();
        publish(note("user:ann", 2));
        publish(note("user:ann", 3));
        TestClient laptop = connect("ann", null);
        awaitNote(laptop, 3);
        assertThat(notes(laptop)).endsWith(2, 3);
        TestClient phoneAgain = connect("ann", offset);
        awaitNote(phoneAgain, 3);
        assertThat(notes(phoneAgain)).containsExactly(2, 3);
        // Both are there: both get it, and it waits for nobody.
        publish(note("user:ann", 4));
        awaitNote(laptop, 4);
        awaitNote(phoneAgain, 4);
        Eventually.await("nothing to wait", () -> {
            TestClient another = connect("ann", null);
            boolean nothing = another.received().all("welcome").get(0).text("sources.live.offset") != null;
            another.drop();
            return nothing;
        });
    }

    @Test
    void whatWasAnsweredIsThereAfterAKill() throws Exception {
        start();
        for (int round = 0; round < 3; round++) {
            for (int i = 0; i < 10; i++) {
                publish(note("user:ann", 10 * round + i));
            }
            server.kill();
            server.startAgain();
            server.awaitAlive();
        }
        TestClient ann = connect("ann", null);
        awaitNote(ann, 29);
        assertThat(notes(ann)).isEqualTo(IntStream.range(0, 30).boxed().toList());
        assertThat(ann.received().all("waiting").get(0).number("count")).isEqualTo(30);
        assertThat(notes(connect("bob", null))).isEmpty();
    }

    @Test
    void afterAKillWhatWasDeliveredComesTwiceAtMostAndWithTheSameId() throws Exception {
        start();
        publish(note("user:ann", 1));
        TestClient before = connect("ann", null);
        String id = awaitNote(before, 1).text("id");
        server.kill();
        server.startAgain();
        server.awaitAlive();
        publish(note("user:ann", 2));
        TestClient after = connect("ann", null);
        awaitNote(after, 2);
        after.received().all("notification").stream()
                .filter(message -> message.number("content.n") == 1)
                .forEach(message -> assertThat(message.text("id")).isEqualTo(id));
        assertThat(notes(after)).endsWith(2).hasSizeLessThanOrEqualTo(2);
    }

    @Test
    void aPollIsSentWhatWaited() throws Exception {
        start();
        publish(note("user:ann", 1));
        PollClient poll = PollClient.connect(URI.create("http://127.0.0.1:" + server.port() + "/poll"), bearer("ann"));
        clients.add(poll);
        awaitNote(poll, 1);
        publish(note("user:ann", 2));
        awaitNote(poll, 2);
        assertThat(notes(poll)).containsExactly(1, 2);
    }

    @Test
    void ofMoreThanWaitForOneUserTheRestIsToldToBeDropped() throws Exception {
        start();
        StringBuilder all = new StringBuilder("[");
        for (int i = 0; i < 120; i++) {
            all.append(i == 0 ? "" : ",").append(note("user:ann", i));
        }
        publish(all.append(']').toString());
        TestClient ann = connect("ann", null);
        awaitNote(ann, 119);
        assertThat(notes(ann)).isEqualTo(IntStream.range(70, 120).boxed().toList());
        assertThat(ann.received().all("waiting").get(0).number("dropped")).isEqualTo(70);
    }

    @Test
    void aHundredThousandUsersWhoAreAwayFitIntoASmallServer() throws Exception {
        start();
        int users = 100_000;
        int together = 50;
        for (int first = 0; first < users; first += together) {
            StringBuilder all = new StringBuilder("[");
            for (int i = first; i < first + together; i++) {
                all.append(i == first ? "" : ",").append(note("user:u" + i, i));
            }
            publish(all.append(']').toString());
        }
        for (int user = 0; user < users; user += 25_000) {
            TestClient client = connect("u" + user, null);
            awaitNote(client, user);
            assertThat(notes(client)).containsExactly(user);
        }
        assertThat(server.logged()).doesNotContain("OutOfMemory");
    }
}
