package dev.changecast.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.auth.jwt.TokenSigner;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.Message;
import dev.changecast.testing.PollClient;
import dev.changecast.testing.ProtocolClient;
import dev.changecast.testing.TestClient;
import java.io.IOException;
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
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import redis.embedded.RedisServer;

/**
 * Services publish to rooms, to users who are there and to one who is away, in batches over HTTP and through a real Redis,
 * while the server is killed again and again.
 */
@ExtendWith(ServerLogs.class)
class RestartedServicesIT {
    private static final String SECRET = "s-0123456789-0123456789-0123456789";
    private static final String KEY = "k-0123456789-0123456789";
    private static final String PASSWORD = "p-0123456789-0123456789";
    private static final TokenSigner SIGNER = TokenSigner.secret(SECRET);
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int KILLS = 5;
    private static final int REDIS_TOGETHER = 10;
    private static final int MOST_BATCHES = 1000;
    private static final long SEED = 3;

    private static final String CONFIGURATION = """
            server: { port: %d }
            auth: { jwt: { secret: "%s" }, api_keys: ["%s"] }
            limits: { heartbeat: 1s, connections_per_user: 100, publishes_per_second: 1000000 }
            history: { directory: history }
            notifications: { per_user: 10000 }
            redis_pubsub: { url: "redis://127.0.0.1:%d", password: "%s" }
            rooms:
              - { room: "doc:*", join: authenticated }
            """;

    @TempDir
    private Path directory;

    private final HttpClient http = HttpClient.newHttpClient();
    private final List<Device> devices = new ArrayList<>();
    private final AtomicBoolean ended = new AtomicBoolean();
    private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();

    /** Ids of what the server has answered, or what somebody has seen, by who it is for. */
    private final Map<String, Set<String>> published = new ConcurrentHashMap<>();

    private ServerProcess server;
    private RedisServer redis;

    @AfterEach
    void stop() throws IOException {
        devices.forEach(device -> device.client.drop());
        server.close();
        redis.stop();
        assertThat(server.logged()).doesNotContain("0123456789");
    }

    private void start() throws IOException {
        int redisPort = FreePort.get();
        redis = RedisServer.newRedisServer()
                .port(redisPort)
                .setting("bind 127.0.0.1")
                .setting("requirepass " + PASSWORD)
                .build();
        redis.start();
        int port = FreePort.get();
        server = ServerProcess.startWith(
                directory, port, CONFIGURATION.formatted(port, SECRET, KEY, redisPort, PASSWORD));
        awaitSubscribed(1);
    }

    private void awaitSubscribed(int times) {
        server.awaitAlive();
        Eventually.await(
                times + " subscriptions",
                LONG,
                () -> server.logged().split("is subscribed to:", -1).length == times + 1);
    }

    // ---- Services

    private void remember(String to, String id) {
        published.computeIfAbsent(to, any -> ConcurrentHashMap.newKeySet()).add(id);
    }

    private static String content(String service, int number) {
        return "{\"service\":\"" + service + "\",\"n\":" + number + "}";
    }

    /** Publishes batches with ids of its own, each until it is answered, as a service with an outbox does. */
    private void publishOverHttp(String service) throws InterruptedException {
        List<String> to = List.of("room:doc:1", "user:ann", "user:bob", "broadcast");
        for (int batch = 0; batch < MOST_BATCHES && !ended.get(); batch++) {
            StringBuilder body = new StringBuilder("[");
            for (String each : to) {
                body.append(body.length() == 1 ? "" : ",")
                        .append("{\"to\":\"" + each + "\",\"type\":\"" + type(each) + "\",\"id\":\""
                                + id(service, batch, each) + "\",\"content\":" + content(service, batch) + "}");
            }
            while (!isPublished(body + "]")) {
                // It may have been published all the same: again, with the same ids.
                Thread.onSpinWait();
            }
            for (String each : to) {
                remember(each, id(service, batch, each));
            }
        }
    }

    private static String type(String to) {
        return to.startsWith("user:") ? "notification" : "number";
    }

    private static String id(String service, int number, String to) {
        return service + "-" + number + "-" + to;
    }

    private boolean isPublished(String body) throws InterruptedException {
        try {
            HttpResponse<String> answer = http.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/api/publish"))
                            .timeout(Duration.ofSeconds(20))
                            .header("Authorization", "Bearer " + KEY)
                            .POST(HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isIn(200, 503);
            return answer.statusCode() == 200;
        } catch (IOException killed) {
            return false;
        }
    }

    /** Redis says nothing of the server's disk: publishes what nobody has seen again, with the same ids. */
    private void publishOverRedis(String service, RedisSocket socket, Device witness) throws IOException {
        List<String> to = List.of("room:doc:1", "user:ann", "user:bob");
        for (int first = 0; first < MOST_BATCHES && !ended.get(); first += REDIS_TOGETHER) {
            Set<String> seen = Set.of();
            Set<String> wanted = ids(service, first, List.of("room:doc:1", "user:ann"));
            while (!ended.get() && !seen.containsAll(wanted)) {
                for (int number = first; number < first + REDIS_TOGETHER; number++) {
                    for (String each : to) {
                        String channel = each.equals("user:ann") ? "notification:ann" : each;
                        socket.publish(
                                "websocket:" + channel,
                                "{\"type\":\"" + type(each) + "\",\"id\":\"" + id(service, number, each)
                                        + "\",\"content\":" + content(service, number) + "}");
                    }
                }
                seen = awaitSeen(witness, wanted);
            }
            if (seen.containsAll(wanted)) {
                wanted.forEach(id -> remember(id.endsWith("user:ann") ? "user:ann" : "room:doc:1", id));
            }
        }
    }

    private static Set<String> ids(String service, int first, List<String> to) {
        return IntStream.range(first, first + REDIS_TOGETHER)
                .boxed()
                .flatMap(number -> to.stream().map(each -> id(service, number, each)))
                .collect(Collectors.toSet());
    }

    /** What a device has got, once it has all of these or half a second has passed. */
    private static Set<String> awaitSeen(Device witness, Set<String> ids) {
        try {
            Eventually.await(
                    "a device to see them",
                    Duration.ofMillis(500),
                    () -> witness.seen().containsAll(ids));
        } catch (AssertionError notYet) {
            // Published again.
        }
        return witness.seen();
    }

    private void inBackground(List<Thread> threads, String name, Action action) {
        Thread thread = new Thread(
                () -> {
                    try {
                        action.run();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    } catch (IOException | RuntimeException | AssertionError e) {
                        failures.add(e);
                    }
                },
                name);
        threads.add(thread);
        thread.start();
    }

    private interface Action {
        void run() throws IOException, InterruptedException;
    }

    // ---- People

    /** One device, which keeps where it is, and what it got over all its connections. */
    private final class Device {
        private final String user;
        private final boolean polls;
        private final boolean joins;
        private final List<Message> got = new ArrayList<>();
        private final Set<String> ids = ConcurrentHashMap.newKeySet();
        private int looked;
        private volatile ProtocolClient client;
        private @Nullable String offset;

        private Device(String user, boolean polls, boolean joins) {
            this.user = user;
            this.polls = polls;
            this.joins = joins;
            devices.add(this);
        }

        private void connect() {
            String since = offset == null
                    ? ""
                    : "?since=" + URLEncoder.encode("{\"live\":\"" + offset + "\"}", StandardCharsets.UTF_8);
            Map<String, String> bearer = Map.of(
                    "Authorization",
                    "Bearer "
                            + SIGNER.token()
                                    .claim("sub", user)
                                    .expiresAt(Instant.now().plus(Duration.ofHours(1)))
                                    .sign());
            synchronized (ids) {
                looked = 0;
            }
            client = polls
                    ? PollClient.connect(URI.create("http://127.0.0.1:" + server.port() + "/poll" + since), bearer)
                    : TestClient.connect(URI.create(server.webSocket() + since), bearer);
            Message welcome = client.await("welcome");
            offset = offset == null ? welcome.text("sources.live.offset") : offset;
            if (joins) {
                client.send("{\"type\":\"join_room\",\"room\":\"doc:1\",\"since\":{\"live\":\"" + offset + "\"}}");
                awaitReady();
            }
        }

        private void awaitReady() {
            try {
                client.received().await("ready", LONG, message -> message.is("ready"));
            } catch (AssertionError e) {
                throw new AssertionError(
                        (polls ? "a poll of " : "a WebSocket of ") + user + " since " + offset + ", closed "
                                + client.received().close() + ", answered "
                                + client.received().all("room_joined")
                                + client.received().all("error"),
                        e);
            }
        }

        /** What it has got so far, by id. Any thread. */
        private Set<String> seen() {
            List<Message> all = client.received().all();
            synchronized (ids) {
                // Only what is new: there may be thousands, and this is asked again and again.
                for (int i = looked > all.size() ? 0 : looked; i < all.size(); i++) {
                    if (counts(all.get(i))) {
                        ids.add(all.get(i).text("id"));
                    }
                }
                looked = all.size();
            }
            return ids;
        }

        private static boolean counts(Message message) {
            return message.is("number") || message.is("notification");
        }

        private long count() {
            return client.received().all().stream().filter(Device::counts).count();
        }

        private void leave() {
            client.drop();
            boolean whole = !joins;
            for (Message message : client.received().all()) {
                assertThat(message.is("reset")).as(message.json()).isFalse();
                whole |= message.is("ready");
                if (counts(message)) {
                    got.add(message);
                    ids.add(message.text("id"));
                }
                String place = message.is("ready") || message.is("heartbeat")
                        ? message.text("offsets.live")
                        : message.text("offset");
                if (whole && place != null) {
                    offset = place;
                }
            }
        }
    }

    @Test
    void whatWasAnsweredIsNeverLostAndNothingComesTwice() throws Exception {
        start();
        Device phone = new Device("ann", false, true);
        Device laptop = new Device("ann", true, true);
        Device eve = new Device("eve", false, true);
        devices.forEach(Device::connect);
        Random random = new Random(SEED);
        List<Thread> services = new ArrayList<>();
        try (RedisSocket socket = new RedisSocket(redis.ports().get(0), PASSWORD)) {
            inBackground(services, "http-1", () -> publishOverHttp("h1"));
            inBackground(services, "http-2", () -> publishOverHttp("h2"));
            inBackground(services, "redis", () -> publishOverRedis("r", socket, phone));
            for (int kill = 1; kill <= KILLS; kill++) {
                int more = 1 + random.nextInt(200);
                Eventually.await("more messages", LONG, () -> phone.count() >= more || !failures.isEmpty());
                server.kill();
                server.startAgain();
                awaitSubscribed(kill + 1);
                devices.forEach(device -> {
                    device.leave();
                    device.connect();
                });
            }
            Eventually.await("messages after the last start", LONG, () -> phone.count() > 50);
            ended.set(true);
            for (Thread service : services) {
                service.join(LONG.toMillis());
            }
        }
        assertThat(failures).isEmpty();
        Device bob = new Device("bob", false, false);
        bob.connect();
        for (Device device : devices) {
            Set<String> wanted = wanted(device);
            Eventually.await("all of " + device.user, LONG, () -> device.seen().containsAll(wanted));
        }
        assertThat(isPublished("{\"to\":\"broadcast\",\"type\":\"end\",\"content\":{}}"))
                .isTrue();
        for (Device device : devices) {
            device.client.received().await("the end", LONG, message -> message.is("end"));
            device.leave();
            List<String> ids =
                    device.got.stream().map(message -> message.text("id")).toList();
            assertThat(ids).as(device.user).doesNotHaveDuplicates().containsAll(wanted(device));
            assertOrder(device);
        }
        for (String address : List.of("room:doc:1", "user:ann", "broadcast")) {
            // A room that was joined again comes when the session is in it: in its own order.
            assertThat(of(address, laptop)).as(address).isEqualTo(of(address, phone));
        }
        assertThat(published.get("user:bob")).hasSizeGreaterThan(KILLS);
        assertThat(contents(bob)).allMatch(id -> id.endsWith("user:bob"));
        assertThat(contents(eve)).noneMatch(id -> id.contains("user:"));
    }

    /** What a device must have: of what is for everybody only from when it came. */
    private Set<String> wanted(Device device) {
        Set<String> wanted = new HashSet<>(published.getOrDefault("user:" + device.user, Set.of()));
        if (device.joins) {
            wanted.addAll(published.get("room:doc:1"));
            wanted.addAll(published.get("broadcast"));
        }
        return wanted;
    }

    private static List<String> contents(Device device) {
        return device.got.stream().map(message -> message.text("id")).toList();
    }

    private static List<String> of(String address, Device device) {
        return contents(device).stream().filter(id -> id.endsWith(address)).toList();
    }

    /** What one service published over HTTP to one address comes in its order, without a gap. */
    private static void assertOrder(Device device) {
        Map<String, Long> last = new HashMap<>();
        for (Message message : device.got) {
            String service = String.valueOf(message.text("content.service"));
            String id = String.valueOf(message.text("id"));
            String address = id.substring(id.indexOf('-', service.length() + 1) + 1);
            if (service.startsWith("h")) {
                Long before = last.put(service + " " + address, message.number("content.n"));
                assertThat(message.number("content.n")).as("%s", message).isEqualTo(before == null ? 0 : before + 1);
            }
        }
    }
}
