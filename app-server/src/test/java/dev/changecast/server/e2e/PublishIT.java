package dev.changecast.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.testing.Eventually;
import dev.changecast.testing.Message;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Publishing over HTTP to clients on WebSockets, through the real server, which is killed now and then. */
@ExtendWith(ServerLogs.class)
class PublishIT {
    private static final String KEY = "k-0123456789-0123456789";
    private static final JsonMapper JSON = new JsonMapper();
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int PUBLISHERS = 4;
    private static final int KILLS = 6;
    private static final long SEED = 7;

    private static final String CONFIGURATION = """
            server: { port: %d }
            auth: { anonymous: true, api_keys: ["another-key-0123456789", "%s"] }
            limits: { heartbeat: 3s, message_bytes: 64KiB }
            history: { directory: history }
            """;

    @TempDir
    private Path directory;

    private final HttpClient http = HttpClient.newHttpClient();
    private ServerProcess server;

    @AfterEach
    void stop() {
        server.close();
    }

    private void start(String configuration) {
        int port = FreePort.get();
        server = ServerProcess.startWith(directory, port, configuration.formatted(port, KEY));
        server.awaitAlive();
    }

    private HttpResponse<String> post(@Nullable String key, String body) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.port() + "/api/publish"))
                .timeout(Duration.ofSeconds(20))
                .POST(HttpRequest.BodyPublishers.ofString(body));
        if (key != null) {
            request.header("Authorization", "Bearer " + key);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private TestClient connect(@Nullable String offset) {
        String since = offset == null
                ? ""
                : "?since=" + URLEncoder.encode("{\"live\":\"" + offset + "\"}", StandardCharsets.UTF_8);
        return TestClient.connect(URI.create(server.webSocket() + since));
    }

    /** Larger than what a socket gives at once, and on connections that stay open. */
    @Test
    void largeRequestsFollowEachOtherOnTheirConnections() throws Exception {
        start(CONFIGURATION);
        String message =
                "{\"to\":\"user:nobody\",\"type\":\"x\",\"ephemeral\":true,\"content\":\"" + "é".repeat(20_000) + "\"}";
        String body = "[" + message + "," + message + "]";
        ExecutorService threads = Executors.newFixedThreadPool(PUBLISHERS);
        try {
            List<Future<Map<Integer, Integer>>> publishers = IntStream.range(0, PUBLISHERS)
                    .mapToObj(publisher -> threads.submit(() -> {
                        Map<Integer, Integer> answers = new HashMap<>();
                        for (int i = 0; i < 250; i++) {
                            answers.merge(post(KEY, body).statusCode(), 1, Integer::sum);
                        }
                        return answers;
                    }))
                    .toList();
            for (Future<Map<Integer, Integer>> publisher : publishers) {
                assertThat(publisher.get(60, TimeUnit.SECONDS)).isEqualTo(Map.of(200, 250));
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void aMessageIsOnAllScreensAndItsPublisherIsToldItsOffset() throws Exception {
        start(CONFIGURATION);
        TestClient first = connect(null);
        TestClient second = connect(null);
        first.await("welcome");
        second.await("welcome");
        HttpResponse<String> answer = post(
                KEY,
                "{\"to\":[\"user:1\",\"broadcast\"],\"type\":\"notification\",\"content\":{\"title\":\"Grüße\"},"
                        + "\"id\":\"a\"}");
        assertThat(answer.statusCode()).isEqualTo(200);
        String offset = JSON.readTree(answer.body()).path("offset").asString();
        for (TestClient client : List.of(first, second)) {
            Message message = client.await("notification");
            assertThat(message.text("channel")).isEqualTo("broadcast");
            assertThat(message.text("content.title")).isEqualTo("Grüße");
            assertThat(message.text("offset")).isEqualTo(offset);
            assertThat(message.text("id")).isEqualTo("a");
        }
        String typing = "{\"to\":\"broadcast\",\"type\":\"typing\",\"content\":{},\"ephemeral\":true}";
        HttpResponse<String> several =
                post(KEY, "[" + typing + ",{\"to\":\"broadcast\",\"type\":\"x\",\"content\":1}]");
        assertThat(several.statusCode()).isEqualTo(200);
        first.await("typing");
        assertThat(first.await("x").text("offset"))
                .isEqualTo(JSON.readTree(several.body()).path("offsets").get(1).asString());
        TestClient later = connect(offset);
        later.await("x");
        assertThat(later.received().all("typing")).isEmpty();
        assertThat(later.received().all("notification")).isEmpty();
        List.of(first, second, later).forEach(TestClient::drop);
        assertThat(server.logged()).doesNotContain("0123456789").doesNotContain("Grüße");
    }

    @Test
    void eachRefusalSaysWhatWouldBeRightAndTheConnectionGoesOn() throws Exception {
        start(CONFIGURATION);
        String good = "{\"to\":\"broadcast\",\"type\":\"x\",\"content\":1}";
        assertRefused(post(null, good), 401, "Authorization: Bearer");
        assertRefused(post("wrong", good), 401, "auth.api_keys");
        assertRefused(post(null, "x".repeat(1_000_000)), 401, "Authorization: Bearer");
        assertRefused(post(KEY, "{"), 400, "not JSON");
        assertRefused(post(KEY, "{\"to\":\"all\",\"type\":\"ready\"}"), 400, "'ready' is reserved");
        assertRefused(post(KEY, "[" + good + ",{\"to\":\"all\"}]"), 400, "see \\\"errors\\\"");
        assertRefused(
                post(KEY, good.replace(":1}", ":\"" + "x".repeat(70_000) + "\"}")), 400, "bytes; it may have 65536");
        assertRefused(post(KEY, "x".repeat(1_000_000)), 413, "limits.message_bytes");
        HttpResponse<String> get = http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + "/api/publish"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertRefused(get, 405, "POST");
        assertThat(post("another-key-0123456789", good).statusCode()).isEqualTo(200);
        assertThat(server.logged()).doesNotContain("0123456789");
    }

    private static void assertRefused(HttpResponse<String> answer, int status, String says) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.body()).contains("\"type\":\"error\"").contains(says).doesNotContain("dev.changecast");
    }

    @Test
    void withoutKeysNobodyPublishes() throws Exception {
        start(CONFIGURATION.replace(", api_keys: [\"another-key-0123456789\", \"%s\"]", "") + """
                sources:
                  pg: { type: postgres, url: "jdbc:postgresql://127.0.0.1:1/none", user: nobody, tables: [public.a] }
                routes:
                  - { from: pg/public.a, read: everyone }
                """);
        assertRefused(post(KEY, "{}"), 403, "set auth.api_keys");
    }

    // ---- kill -9

    /** Publishes numbers one after the other, each until it is answered, as a server with an outbox would. */
    private final class Publisher implements Runnable {
        private final int number;
        private final AtomicBoolean ended;
        private final ConcurrentLinkedQueue<String> answered;
        private int next;

        private Publisher(int number, AtomicBoolean ended, ConcurrentLinkedQueue<String> answered) {
            this.number = number;
            this.ended = ended;
            this.answered = answered;
        }

        @Override
        public void run() {
            while (!ended.get()) {
                String id = number + "-" + next;
                try {
                    HttpResponse<String> answer = post(
                            KEY,
                            "{\"to\":\"broadcast\",\"type\":\"number\",\"id\":\"" + id + "\",\"content\":{\"p\":"
                                    + number + ",\"n\":" + next + "}}");
                    if (answer.statusCode() == 200) {
                        answered.add(id);
                        next++;
                    }
                } catch (IOException killed) {
                    Thread.onSpinWait();
                } catch (InterruptedException e) {
                    return;
                }
            }
        }
    }

    /** A client that comes back with its offset, and what it got over all its connections. */
    private final class Follower {
        private final List<Message> got = new ArrayList<>();
        private TestClient client;
        private String offset;

        private Follower() {
            client = connect(null);
            offset = client.await("welcome").text("sources.live.offset");
        }

        private void reconnect() {
            client.drop();
            take();
            client = connect(offset);
            client.await("welcome");
        }

        private void take() {
            for (Message message : client.received().all()) {
                assertThat(message.is("reset")).as(message.json()).isFalse();
                if (message.is("number")) {
                    got.add(message);
                    offset = message.text("offset");
                }
            }
        }

        private int count() {
            return client.received().all("number").size();
        }
    }

    @Test
    void whatWasAnsweredIsNeverLostAndNothingComesTwiceHoweverOftenTheServerIsKilled() throws Exception {
        start(CONFIGURATION);
        Random random = new Random(SEED);
        AtomicBoolean ended = new AtomicBoolean();
        ConcurrentLinkedQueue<String> answered = new ConcurrentLinkedQueue<>();
        List<Thread> publishers = IntStream.range(0, PUBLISHERS)
                .mapToObj(number -> new Thread(new Publisher(number, ended, answered), "publisher-" + number))
                .toList();
        Follower there = new Follower();
        Follower away = new Follower();
        publishers.forEach(Thread::start);
        for (int round = 1; round <= KILLS; round++) {
            int more = 1 + random.nextInt(200);
            Eventually.await("more messages", LONG, () -> there.count() >= more);
            server.kill();
            server.startAgain();
            server.awaitReady();
            there.reconnect();
            if (round % 3 == 0) {
                away.reconnect();
            }
        }
        Eventually.await("messages after the last start", LONG, () -> there.count() > 50);
        ended.set(true);
        for (Thread publisher : publishers) {
            publisher.join(LONG.toMillis());
        }
        assertThat(post(KEY, "{\"to\":\"broadcast\",\"type\":\"end\",\"content\":{}}")
                        .statusCode())
                .isEqualTo(200);
        for (Follower follower : List.of(there, away)) {
            follower.client.await("the end", message -> message.is("end"));
            follower.take();
            assertAllOnceAndInOrder(follower, answered);
            follower.client.drop();
        }
    }

    private static void assertAllOnceAndInOrder(Follower follower, ConcurrentLinkedQueue<String> answered) {
        List<String> ids =
                follower.got.stream().map(message -> message.text("id")).toList();
        assertThat(ids).doesNotHaveDuplicates().containsAll(answered);
        Map<Long, Long> last = new HashMap<>();
        for (Message message : follower.got) {
            Long before = last.put(message.number("content.p"), message.number("content.n"));
            assertThat(message.number("content.n")).as("%s", message).isEqualTo(before == null ? 0 : before + 1);
        }
        JsonNode offsets = JSON.valueToTree(
                follower.got.stream().map(message -> message.text("offset")).toList());
        assertThat(offsets).doesNotHaveDuplicates();
    }
}
