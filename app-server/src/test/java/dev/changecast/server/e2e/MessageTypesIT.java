package dev.changecast.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.auth.jwt.TokenSigner;
import dev.changecast.testing.EventsClient;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Each type of message, to several users with several devices, over each transport. */
@ExtendWith(ServerLogs.class)
class MessageTypesIT {
    private static final String SECRET = "s-0123456789-0123456789-0123456789";
    private static final String KEY = "k-0123456789-0123456789";
    private static final TokenSigner SIGNER = TokenSigner.secret(SECRET);
    private static final Set<String> TYPES = Set.of(
            "notification", "broadcast", "data_update", "quota_exceeded", "chat", "room_message", "progress", "end");

    private static final String CONFIGURATION = """
            server: { port: %d }
            auth: { jwt: { secret: "%s" }, api_keys: ["%s"] }
            limits: { heartbeat: 1s, connections_per_user: 100 }
            history: { directory: history }
            sources:
              pg: { type: postgres, url: "%s", user: postgres, tables: [public.orders], heartbeat: 1s }
            routes:
              - { from: pg/public.orders, read: authenticated }
            rooms:
              - { room: "doc:*", join: authenticated, send: authenticated }
            presence: { read: { roles: [admin] }, announce: true, grace: 200ms, gather: 20ms }
            chat: { send: authenticated }
            """;

    /** By name: the user, and the device by the first letter of its transport. */
    private final Map<String, ProtocolClient> clients = new LinkedHashMap<>();

    private final HttpClient http = HttpClient.newHttpClient();

    @TempDir
    private Path directory;

    private TestPostgres postgres;
    private ServerProcess server;

    @BeforeEach
    void start() {
        postgres = TestPostgres.start(directory.resolve("postgres"), Map.of());
        postgres.execute("CREATE TABLE orders (id int PRIMARY KEY)");
        int port = FreePort.get();
        server = ServerProcess.startWith(
                directory.resolve("server"), port, CONFIGURATION.formatted(port, SECRET, KEY, postgres.url()));
        server.awaitReady();
    }

    @AfterEach
    void stop() {
        clients.values().forEach(ProtocolClient::drop);
        server.close();
        postgres.close();
    }

    private static Map<String, String> bearer(String user, String role) {
        String token = SIGNER.token()
                .claim("sub", user)
                .claim("roles", List.of(role))
                .expiresAt(Instant.now().plus(Duration.ofHours(1)))
                .sign();
        return Map.of("Authorization", "Bearer " + token);
    }

    private URI at(String path) {
        return URI.create("http://127.0.0.1:" + server.port() + path);
    }

    private void connect(String user, String role) {
        Map<String, String> bearer = bearer(user, role);
        clients.put(
                user + "-w", TestClient.connect(URI.create(server.webSocket().toString()), bearer));
        clients.put(user + "-p", PollClient.connect(at("/poll"), bearer));
        clients.put(user + "-s", EventsClient.connect(at("/events?collection=orders"), bearer));
        for (String device : List.of("-w", "-p", "-s")) {
            clients.get(user + device).await("welcome");
        }
    }

    private void publish(String to, String type, int number) throws Exception {
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(at("/api/publish"))
                        .timeout(Duration.ofSeconds(20))
                        .header("Authorization", "Bearer " + KEY)
                        .POST(HttpRequest.BodyPublishers.ofString(
                                "{\"to\":" + to + ",\"type\":\"" + type + "\",\"content\":{\"n\":" + number + "}}"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }

    private void send(String client, String json) {
        clients.get(client).send(json.replace('\'', '"'));
    }

    private void join(String client) {
        send(client, "{'type':'join_room','room':'doc:1'}");
        clients.get(client).await("room_joined");
    }

    /** What it got of what was published, in order. */
    private static List<String> got(ProtocolClient client) {
        List<String> got = new ArrayList<>();
        for (Message message : client.received().all()) {
            if (TYPES.contains(message.type())) {
                got.add(message.type() + " " + message.number("content.n"));
            }
        }
        return got;
    }

    @Test
    void eachComesOnceToEachDeviceOfThoseItIsForAndToNobodyElse() throws Exception {
        connect("ann", "clerk");
        connect("bob", "clerk");
        connect("root", "admin");
        List.of("ann-w", "ann-p", "bob-w").forEach(this::join);

        publish("\"user:ann\"", "notification", 1);
        publish("\"broadcast\"", "broadcast", 2);
        publish("\"role:admin\"", "data_update", 3);
        publish("[\"user:bob\",\"role:admin\"]", "quota_exceeded", 4);
        send("bob-w", "{'type':'chat','id':'c','to':'ann','content':{'n':5}}");
        clients.get("bob-w").await("ok");
        send("ann-p", "{'type':'room_message','id':'m','room':'doc:1','content':{'n':6}}");
        clients.get("ann-p").await("ok");
        publish("[\"room:doc:1\",\"user:ann\"]", "progress", 7);
        publish("\"broadcast\"", "end", 8);

        List<String> ann = List.of("notification 1", "broadcast 2", "chat 5", "progress 7", "end 8");
        List<String> annInRoom =
                List.of("notification 1", "broadcast 2", "chat 5", "room_message 6", "progress 7", "end 8");
        List<String> root = List.of("broadcast 2", "data_update 3", "quota_exceeded 4", "end 8");
        Map<String, List<String>> expected = new LinkedHashMap<>();
        expected.put("ann-w", annInRoom);
        expected.put("ann-p", annInRoom);
        expected.put("ann-s", ann);
        expected.put("bob-w", List.of("broadcast 2", "quota_exceeded 4", "room_message 6", "progress 7", "end 8"));
        expected.put("bob-p", List.of("broadcast 2", "quota_exceeded 4", "chat 5", "end 8"));
        expected.put("bob-s", List.of("broadcast 2", "quota_exceeded 4", "chat 5", "end 8"));
        List.of("-w", "-p", "-s").forEach(device -> expected.put("root" + device, root));
        expected.forEach((name, messages) -> {
            clients.get(name).await("end");
            assertThat(got(clients.get(name))).as(name).isEqualTo(messages);
        });
        Message chat = clients.get("ann-s").received().all("chat").get(0);
        assertThat(chat.text("from")).isEqualTo("bob");
        assertThat(clients.get("ann-s").received().all("notification").get(0).text("channel"))
                .isEqualTo("user:ann");
    }

    @Test
    void whoComesOnlineAndGoesIsToldToEachDeviceOfThoseWhoMayKnow() {
        connect("root", "admin");
        connect("ann", "clerk");
        TestClient eve = TestClient.connect(server.webSocket(), bearer("eve", "clerk"));
        eve.await("welcome");
        clients.put("eve-w", eve);
        for (String device : List.of("root-w", "root-p", "root-s")) {
            awaitStatus(device, "online");
        }
        eve.drop();
        for (String device : List.of("root-w", "root-p", "root-s")) {
            awaitStatus(device, "offline");
            assertThat(clients.get(device).received().all("user_status"))
                    .filteredOn(message -> "eve".equals(message.text("user_id")))
                    .as(device)
                    .hasSize(2);
        }
        for (String device : List.of("ann-w", "ann-p", "ann-s")) {
            assertThat(clients.get(device).received().all("user_status")).isEmpty();
        }
    }

    private void awaitStatus(String client, String status) {
        clients.get(client)
                .await(
                        "eve to be " + status,
                        message -> message.is("user_status")
                                && "eve".equals(message.text("user_id"))
                                && status.equals(message.text("status")));
    }
}
