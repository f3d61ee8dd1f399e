package dev.changecast.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.auth.jwt.TokenSigner;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.PollClient;
import dev.changecast.testing.Received;
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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Connections in great numbers that never say whose they are, from many addresses, beside users who do. */
@Timeout(120)
@ExtendWith(ServerLogs.class)
class StrangersIT {
    private static final String SECRET = "s-0123456789-0123456789-0123456789";
    private static final String KEY = "k-0123456789-0123456789";
    private static final int CONNECTIONS = 10;
    private static final int STRANGERS = 20;
    private static final int ATTEMPTS = 300;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** The test is a proxy that is trusted, so that each stranger can have an address of its own. */
    private static final String CONFIGURATION = """
            server: { port: %d, trusted_proxies: [127.0.0.1] }
            auth: { jwt: { secret: "%s" }, time_limit: 1m, api_keys: ["%s"] }
            limits: { connections: %d, unauthenticated: %d, connections_per_user: 20 }
            history: { directory: none }
            """;

    @TempDir
    private Path directory;

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<Attacker> strangers = new ArrayList<>();
    private final List<TestClient> users = new ArrayList<>();
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private ServerProcess server;
    private Thread witness;

    @BeforeEach
    void start() {
        int port = FreePort.get();
        server = ServerProcess.startWith(
                        directory,
                        port,
                        CONFIGURATION.formatted(port, SECRET, KEY, CONNECTIONS, STRANGERS),
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1")
                .awaitAlive();
        TestClient honest = known("ada");
        witness = new Thread(() -> publishTo(honest), "witness");
        witness.start();
    }

    @AfterEach
    void stop() throws Exception {
        over.set(true);
        witness.join();
        strangers.forEach(Attacker::close);
        users.forEach(TestClient::drop);
        server.close();
        assertThat(failure.get()).isNull();
        assertThat(server.logged()).doesNotContain(" ERROR ");
    }

    /** One message after the other, each of which has to come in time. */
    private void publishTo(TestClient honest) {
        try {
            for (int i = 0; !over.get(); i++) {
                String id = "m" + i;
                HttpRequest request = HttpRequest.newBuilder(
                                URI.create("http://127.0.0.1:" + server.port() + "/api/publish"))
                        .header("Authorization", "Bearer " + KEY)
                        .POST(HttpRequest.BodyPublishers.ofString(
                                "{\"to\":\"user:ada\",\"type\":\"note\",\"content\":1,\"id\":\"" + id + "\"}"))
                        .build();
                assertThat(http.send(request, HttpResponse.BodyHandlers.ofString())
                                .statusCode())
                        .isEqualTo(200);
                honest.received().await("message " + id, PATIENCE, message -> id.equals(message.text("id")));
            }
        } catch (Throwable e) {
            failure.set(e);
        }
    }

    private static String token(String user) {
        return TokenSigner.secret(SECRET)
                .token()
                .claim("sub", user)
                .expiresAt(Instant.now().plusSeconds(600))
                .sign();
    }

    private TestClient known(String user) {
        TestClient client = TestClient.connect(server.webSocket(), Map.of("Authorization", "Bearer " + token(user)));
        users.add(client);
        client.await("welcome");
        return client;
    }

    /** One more of an address of its own, which has its WebSocket and says nothing. */
    private Attacker stranger(int number) {
        String address = "198.51." + number / 250 + "." + (1 + number % 250);
        Attacker stranger = Attacker.connect(server.port());
        strangers.add(stranger);
        stranger.send(Attacker.handshake().replace(Attacker.ADDRESS, address));
        assertThat(stranger.head()).startsWith("HTTP/1.1 101 ");
        return stranger;
    }

    @Test
    void whoeverShowsATokenGetsInHoweverManyShowNone() {
        for (int i = 0; i < ATTEMPTS; i++) {
            stranger(i);
            if (i % 100 == 99) {
                known("ada");
                TestClient message = TestClient.connect(server.webSocket());
                users.add(message);
                message.send("{\"type\":\"authenticate\",\"token\":\"" + token("grace") + "\"}");
                assertThat(message.await("welcome").text("user.id")).isEqualTo("grace");
            }
        }
        PollClient poll = PollClient.connect(
                URI.create("http://127.0.0.1:" + server.port() + "/poll"),
                Map.of(),
                "{\"type\":\"authenticate\",\"token\":\"" + token("polly") + "\"}");
        assertThat(poll.await("welcome").text("user.id")).isEqualTo("polly");
        poll.drop();
        // All but the newest have been told to go, and why.
        for (Attacker stranger : strangers.subList(0, ATTEMPTS - STRANGERS)) {
            assertThat(stranger.message()).isEqualTo("close:4501");
        }
        assertThat(server.threads()).isLessThan(80);
    }

    @Test
    void pollsThatShowNoTokenMakeRoomToo() {
        List<PollClient> polls = new ArrayList<>();
        for (int i = 0; i < STRANGERS + 5; i++) {
            polls.add(PollClient.connect(URI.create("http://127.0.0.1:" + server.port() + "/poll")));
        }
        // Which of them came first nobody knows.
        Eventually.await(
                "five to have made room",
                () -> polls.stream()
                                .filter(poll -> poll.received().close() != null)
                                .count()
                        == 5);
        known("ada");
        for (PollClient poll : polls) {
            Received.Close close = poll.received().close();
            assertThat(close == null ? 4501 : close.code()).isEqualTo(4501);
            poll.drop();
        }
    }
}
