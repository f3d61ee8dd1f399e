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
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Rooms, presence and chat through the real server, by WebSocket and by polling, with several users and devices. */
@ExtendWith(ServerLogs.class)
class RoomsIT {
    private static final String SECRET = "s-0123456789-0123456789-0123456789";
    private static final String KEY = "k-0123456789-0123456789";
    private static final JsonMapper JSON = new JsonMapper();
    private static final TokenSigner SIGNER = TokenSigner.secret(SECRET);
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final long SEED = 11;
    private static final int ROUNDS = 6;
    private static final int TOGETHER = 20;

    private static final String CONFIGURATION = """
            server: { port: %d }
            auth: { jwt: { secret: "%s" }, api_keys: ["%s"] }
            limits: { heartbeat: 1s, connections_per_user: 100 }
            history: { directory: history }
            rooms:
              - { room: "doc:*", join: { roles: [editor] }, send: { roles: [editor] } }
              - { room: "user:{user}", join: authenticated }
            presence: { read: { roles: [admin] }, grace: 500ms, gather: 20ms }
            chat: { send: authenticated }
            """;

    @TempDir
    private Path directory;

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<ProtocolClient> clients = new ArrayList<>();
    private ServerProcess server;

    @BeforeEach
    void start() {
        int port = FreePort.get();
        server = ServerProcess.startWith(directory, port, CONFIGURATION.formatted(port, SECRET, KEY));
        server.awaitReady();
    }

    @AfterEach
    void stop() {
        clients.forEach(ProtocolClient::drop);
        server.close();
    }

    private static String token(String user, String... roles) {
        return SIGNER.token()
                .claim("sub", user)
                .claim("name", user.toUpperCase(Locale.ROOT))
                .claim("roles", List.of(roles))
                .expiresAt(Instant.now().plus(Duration.ofHours(1)))
                .sign();
    }

    private ProtocolClient connect(String token, boolean polls, @Nullable String offset) {
        String since = offset == null
                ? ""
                : "?since=" + URLEncoder.encode("{\"live\":\"" + offset + "\"}", StandardCharsets.UTF_8);
        Map<String, String> bearer = Map.of("Authorization", "Bearer " + token);
        ProtocolClient client = polls
                ? PollClient.connect(URI.create("http://127.0.0.1:" + server.port() + "/poll" + since), bearer)
                : TestClient.connect(URI.create(server.webSocket() + since), bearer);
        clients.add(client);
        return client;
    }

    private ProtocolClient welcomed(String user, boolean polls, String... roles) {
        ProtocolClient client = connect(token(user, roles), polls, null);
        client.await("welcome");
        return client;
    }

    private HttpResponse<String> get(String path, @Nullable String key) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .timeout(Duration.ofSeconds(20));
        if (key != null) {
            request.header("Authorization", "Bearer " + key);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static String json(String text) {
        return text.replace('\'', '"');
    }

    @Test
    void peopleTalkAndSeeEachOtherOverEveryTransport() throws Exception {
        ProtocolClient ann = welcomed("ann", false, "editor");
        ProtocolClient bob = welcomed("bob", true, "editor");
        ProtocolClient eve = welcomed("eve", true);
        ProtocolClient root = welcomed("root", false, "admin");
        root.send(json("{'type':'presence'}"));
        assertThat(root.await("presence").number("count")).isEqualTo(4);
        ann.send(json("{'type':'join_room','room':'doc:1'}"));
        ann.await("room_joined");
        bob.send(json("{'type':'join_room','room':'doc:1'}"));
        assertThat(bob.await("room_joined").list("members")).hasSize(2);
        ann.await(
                "bob", message -> message.is("presence_diff") && message.json().contains("\"BOB\""));
        eve.send(json("{'type':'join_room','room':'doc:1'}"));
        assertThat(eve.await("error").number("code")).isEqualTo(4003);
        bob.send(json("{'type':'presence_update','room':'doc:1','state':{'line':7}}"));
        ann.await(
                "the line",
                message -> message.is("presence_diff") && message.json().contains("{\"line\":7}"));
        bob.send(json("{'type':'room_message','id':1,'room':'doc:1','content':'Hi'}"));
        Message said = ann.await("room_message");
        assertThat(said.text("from")).isEqualTo("bob");
        assertThat(said.text("from_name")).isEqualTo("BOB");
        bob.await("ok");
        eve.send(json("{'type':'chat','to':'ann','content':{'text':'psst'}}"));
        assertThat(ann.await("chat").text("content.text")).isEqualTo("psst");

        JsonNode rooms = JSON.readTree(get("/api/rooms", KEY).body());
        assertThat(rooms.toString())
                .isEqualTo("{\"total\":1,\"rooms\":[{\"room\":\"doc:1\",\"users\":2,\"sessions\":2}]}");
        assertThat(JSON.readTree(get("/api/presence", KEY).body()).path("count").asInt())
                .isEqualTo(4);
        assertThat(get("/api/presence?room=doc%3A1", KEY).body()).contains("\"state\":{\"line\":7}");
        assertThat(get("/api/rooms", null).statusCode()).isEqualTo(401);
        assertThat(get("/api/presence", "wrong").statusCode()).isEqualTo(401);
        assertThat(get("/ws/stats", null).body())
                .matches("\\{\"total_clients\":4,\"online_users\":4,\"total_rooms\":1,\"uptime\":\\d+}");

        // Whoever polls is missed only when nobody has polled for a while.
        ann.drop();
        root.await(
                "ann to be offline",
                message -> message.is("user_status")
                        && "ann".equals(message.text("user_id"))
                        && "offline".equals(message.text("status")));
        bob.await(
                "ann to leave",
                message -> message.is("presence_diff") && message.list("leaves").contains("ann"));
    }

    // ---- kill -9

    /** One device: it numbers what it says, says it again until that is answered, and keeps where it is. */
    private final class Device {
        private final String name;
        private final String token;
        private final boolean polls;
        private final List<Message> got = new ArrayList<>();
        private final Set<String> answered = new TreeSet<>();
        private ProtocolClient client;
        private String offset;
        private int said;

        private Device(String user, String name, boolean polls) {
            this.name = name;
            this.token = token(user, "editor");
            this.polls = polls;
        }

        private void connect() {
            client = RoomsIT.this.connect(token, polls, offset);
            Message welcome = client.await("welcome");
            if (offset == null) {
                offset = welcome.text("sources.live.offset");
            }
            client.send(json("{'type':'join_room','room':'doc:1','since':{'live':'" + offset + "'}}"));
        }

        private void say() {
            say(said++);
        }

        private void say(int number) {
            String id = name + "-" + number;
            client.send(json("{'type':'room_message','id':'" + id + "','room':'doc:1','content':'" + id
                    + "','message_id':'" + id + "'}"));
        }

        private void repeat() {
            for (int number = 0; number < said; number++) {
                if (!answered.contains(name + "-" + number)) {
                    say(number);
                }
            }
        }

        private long answers() {
            return client.received().all("ok").size();
        }

        private void leave() {
            client.drop();
            boolean whole = false;
            for (Message message : client.received().all()) {
                assertThat(message.is("reset")).as(message.json()).isFalse();
                if (message.is("ok")) {
                    answered.add(String.valueOf(message.text("id")));
                } else if (message.is("room_message")) {
                    got.add(message);
                    offset = message.text("offset");
                } else if (whole && message.is("heartbeat")) {
                    // Before, the server may not have known yet that the room is wanted.
                    offset = message.text("offsets.live");
                }
                whole |= message.is("ready");
            }
        }
    }

    @Test
    void whatWasAnsweredIsNeverLostAndNothingComesTwiceOverRestarts() {
        List<Device> devices = List.of(
                new Device("ann", "a1", false),
                new Device("ann", "a2", true),
                new Device("bob", "b1", false),
                new Device("eve", "e1", true));
        devices.forEach(Device::connect);
        devices.forEach(device -> device.client.await("ready"));
        Random random = new Random(SEED);
        for (int round = 1; round <= ROUNDS; round++) {
            for (int i = 0; i < TOGETHER; i++) {
                devices.forEach(Device::say);
            }
            int some = 1 + random.nextInt(TOGETHER - 1);
            Device first = devices.get(random.nextInt(devices.size()));
            Eventually.await("some answers", LONG, () -> first.answers() >= some);
            if (round % 2 == 0) {
                server.kill();
                server.startAgain();
                server.awaitReady();
            }
            for (Device device : devices) {
                device.leave();
                device.connect();
                device.repeat();
            }
        }
        for (Device device : devices) {
            int missing = device.said - device.answered.size();
            Eventually.await("all answers", LONG, () -> device.answers() >= missing);
        }
        Device last = devices.get(0);
        last.client.send(json("{'type':'room_message','id':'end','room':'doc:1','content':'end'}"));
        for (Device device : devices) {
            device.client
                    .received()
                    .await(
                            "the end",
                            LONG,
                            message -> message.is("room_message") && "end".equals(message.text("content")));
            device.leave();
        }
        List<String> story = contents(last);
        assertThat(story).doesNotHaveDuplicates().hasSize(devices.size() * ROUNDS * TOGETHER + 1);
        for (Device device : devices) {
            assertThat(device.answered).hasSizeGreaterThanOrEqualTo(ROUNDS * TOGETHER);
            assertThat(contents(device)).as(device.name).isEqualTo(story);
        }
    }

    private static List<String> contents(Device device) {
        return device.got.stream()
                .map(message -> String.valueOf(message.text("content")))
                .toList();
    }
}
