package dev.changecast.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.client.ChangecastClient;
import dev.changecast.client.Message;
import dev.changecast.client.PublishException;
import dev.changecast.client.Receipt;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.FaultProxy;
import dev.changecast.testing.TestClient;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import redis.embedded.RedisServer;
import tools.jackson.databind.JsonNode;

/** Other services publish through the real server: with the Java client over a bad network, and through a real Redis. */
@ExtendWith(ServerLogs.class)
class ServicesIT {
    private static final String KEY = "k-0123456789-0123456789";
    private static final String PASSWORD = "p-0123456789-0123456789";
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final long SEED = 11;

    private static final String CONFIGURATION = """
            server: { port: %d }
            auth: { anonymous: true, api_keys: ["%s"] }
            limits: { message_bytes: 64KiB }
            history: { directory: history }
            """;

    @TempDir
    private Path directory;

    private ServerProcess server;

    @AfterEach
    void stop() {
        server.close();
        assertThat(server.logged()).doesNotContain("0123456789");
    }

    private void start(String more) {
        int port = FreePort.get();
        server = ServerProcess.startWith(directory, port, CONFIGURATION.formatted(port, KEY) + more);
        server.awaitAlive();
    }

    private TestClient connect(@Nullable String offset) {
        String since = offset == null
                ? ""
                : "?since=" + URLEncoder.encode("{\"live\":\"" + offset + "\"}", StandardCharsets.UTF_8);
        return TestClient.connect(URI.create(server.webSocket() + since));
    }

    private static ChangecastClient client(int port) {
        return ChangecastClient.http("http://127.0.0.1:" + port)
                .apiKey(KEY)
                .requestTimeout(Duration.ofSeconds(2))
                .giveUpAfter(Duration.ofMinutes(5))
                .build();
    }

    private static Message number(int number) {
        return Message.to("broadcast", "number", number);
    }

    private static List<Long> numbers(TestClient client) {
        return client.received().all("number").stream()
                .map(message -> message.number("content"))
                .toList();
    }

    private static List<Long> upTo(int count) {
        return IntStream.range(0, count).mapToObj(Long::valueOf).toList();
    }

    @Test
    void aServiceTellsPeopleAndIsToldWhatIsWrong() {
        start("");
        TestClient screen = connect(null);
        screen.await("welcome");
        try (ChangecastClient client = client(server.port())) {
            Receipt receipt = client.broadcast(Map.of("title", "Grüße"));
            assertThat(screen.await("broadcast").text("content.title")).isEqualTo("Grüße");
            client.dataUpdate("broadcast", "order", "update", "7", Map.of("total", 1.5));
            dev.changecast.testing.Message update = screen.await("data_update");
            assertThat(update.text("content.entity")).isEqualTo("order");
            assertThat(update.text("content.id")).isEqualTo("7");
            assertThat(receipt.offset()).isNotNull();
            assertThat(client.notifyUser("42", "Hi").repeated()).isFalse();
            for (Message wrong : List.of(
                    Message.to("all", "x", 1),
                    Message.to("broadcast", "ready", 1),
                    Message.to("broadcast", "x", "x".repeat(70_000)))) {
                assertThat(failure(client, wrong).status()).isEqualTo(400);
            }
            assertThat(failure(client, Message.to("all", "x", 1))).hasMessageContaining("'all' is no address");
        }
        screen.drop();
    }

    private static PublishException failure(ChangecastClient client, Message message) {
        try {
            client.publish(message);
        } catch (PublishException e) {
            return e;
        }
        throw new AssertionError("it was published: " + message);
    }

    @Test
    void badMessagesAmongManyFailAloneAndTheOthersArriveInOrder() throws Exception {
        start("");
        TestClient screen = connect(null);
        screen.await("welcome");
        List<CompletableFuture<Receipt>> good = new ArrayList<>();
        List<CompletableFuture<Receipt>> bad = new ArrayList<>();
        try (ChangecastClient client = client(server.port())) {
            for (int i = 0; i < 500; i++) {
                good.add(client.publishAsync(number(i)));
                if (i % 100 == 50) {
                    bad.add(client.publishAsync(Message.to("all", "number", i)));
                    bad.add(client.publishAsync(Message.to("broadcast", "number", "x".repeat(70_000))));
                }
            }
            for (CompletableFuture<Receipt> each : good) {
                each.get(60, TimeUnit.SECONDS);
            }
            Eventually.await(
                    "the bad ones to fail",
                    LONG,
                    () -> bad.stream().allMatch(CompletableFuture::isCompletedExceptionally));
        }
        Eventually.await("all", LONG, () -> numbers(screen).size() >= 500);
        assertThat(numbers(screen)).isEqualTo(upTo(500));
        screen.drop();
    }

    @Test
    void overABadNetworkAndThroughKillsEachMessageArrivesOnceAndInOrder() throws Exception {
        start("");
        Random random = new Random(SEED);
        int many = 1000;
        try (FaultProxy proxy = FaultProxy.to(server.port());
                ChangecastClient client = client(proxy.port())) {
            TestClient first = connect(null);
            String begin = first.await("welcome").text("sources.live.offset");
            first.drop();
            Thread faults = new Thread(() -> faults(proxy, random), "faults");
            faults.start();
            List<CompletableFuture<Receipt>> receipts = new ArrayList<>();
            for (int i = 0; i < many; i++) {
                receipts.add(client.publishAsync(number(i)));
                if (i % 50 == 0) {
                    receipts.get(i).get(120, TimeUnit.SECONDS);
                }
                if (i == many / 2) {
                    server.kill();
                    server.startAgain();
                    server.awaitAlive();
                }
            }
            for (CompletableFuture<Receipt> each : receipts) {
                each.get(120, TimeUnit.SECONDS);
            }
            faults.interrupt();
            faults.join(LONG.toMillis());
            assertThat(receipts.stream().map(each -> each.join().offset())).doesNotHaveDuplicates();
            TestClient screen = connect(begin);
            Eventually.await("all", LONG, () -> numbers(screen).size() >= many);
            assertThat(numbers(screen)).isEqualTo(upTo(many));
            assertThat(screen.received().all("reset")).isEmpty();
            screen.drop();
        }
    }

    /** Swallows answers and cuts connections, again and again, until it is interrupted. */
    private static void faults(FaultProxy proxy, Random random) {
        try {
            while (true) {
                awaitTraffic(proxy, 1000 + random.nextInt(30_000));
                if (random.nextBoolean()) {
                    proxy.blackHole(FaultProxy.Direction.TO_CLIENT);
                    awaitTraffic(proxy, 1);
                }
                proxy.cut();
                proxy.heal();
            }
        } catch (AssertionError end) {
            proxy.heal();
        }
    }

    private static void awaitTraffic(FaultProxy proxy, int bytes) {
        long until = proxy.passed(FaultProxy.Direction.TO_SERVER) + bytes;
        Eventually.await("traffic", LONG, () -> {
            if (Thread.currentThread().isInterrupted()) {
                throw new AssertionError("the end");
            }
            return proxy.passed(FaultProxy.Direction.TO_SERVER) >= until;
        });
    }

    // ---- Redis

    private static RedisServer redis(int port) throws IOException {
        RedisServer redis = RedisServer.newRedisServer()
                .port(port)
                .setting("bind 127.0.0.1")
                .setting("requirepass " + PASSWORD)
                .build();
        redis.start();
        return redis;
    }

    private void awaitSubscribed(int times) {
        Eventually.await(
                times + " subscriptions",
                LONG,
                () -> server.logged().split("is subscribed to:", -1).length == times + 1);
    }

    /** Waits until operators are told this of Redis. */
    private void awaitRedis(String what, Predicate<JsonNode> told) {
        AtomicReference<@Nullable JsonNode> last = new AtomicReference<>();
        try {
            Eventually.await("/readyz to tell of Redis: " + what, LONG, () -> {
                JsonNode answer = server.readyz();
                last.set(answer);
                return answer != null && told.test(answer.path("redis_pubsub"));
            });
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "; it tells " + last.get(), e);
        }
    }

    @Test
    void whatServicesPublishThroughRedisIsOnTheScreensAndTheServerOutlivesIt() throws Exception {
        int port = FreePort.get();
        start("redis_pubsub: { url: \"redis://127.0.0.1:" + port + "\", password: \"" + PASSWORD + "\" }\n");
        server.awaitLogged("is not subscribed to");
        TestClient screen = connect(null);
        screen.await("welcome");
        awaitRedis(
                "not there",
                status -> status.path("state").asString().equals("disconnected")
                        && status.path("reason").asString().contains("refused"));
        RedisServer redis = redis(port);
        try (RedisSocket service = new RedisSocket(port, PASSWORD);
                ChangecastClient client =
                        ChangecastClient.redis(service::publish).build()) {
            awaitSubscribed(1);
            client.broadcast(Map.of("title", "Grüße"));
            dev.changecast.testing.Message seen = screen.await("broadcast");
            assertThat(seen.text("content.title")).isEqualTo("Grüße");
            assertThat(seen.text("channel")).isEqualTo("broadcast");
            assertThat(seen.text("offset")).isNotEmpty();
            for (int i = 0; i < 100; i++) {
                client.publish(number(i).id("n" + i));
                client.publish(number(i).id("n" + i));
                service.publish("websocket:broadcast", "garbage " + i);
            }
            service.publish("websocket:broadcast", "{\"type\":\"ready\",\"content\":1}");
            service.publish("websocket:broadcast", "{\"content\":\"" + "x".repeat(70_000) + "\"}");
            service.publish("websocket:broadcast", "{\"content\":\"" + "x".repeat(1_000_000) + "\"}");
            client.publish(Message.to("broadcast", "end", 1));
            screen.await("end");
            assertThat(numbers(screen)).isEqualTo(upTo(100));
            assertThat(screen.received().all("broadcast")).hasSize(1);
            awaitRedis(
                    "what it took and refused",
                    status -> status.path("state").asString().equals("subscribed")
                            && !status.has("reason")
                            && status.path("received").asInt() == 305
                            && status.path("refused").asInt() == 103
                            && status.path("published").asInt() == 202
                            && status.path("dropped").asInt() == 0
                            && status.path("waiting").asInt() == 0);
        } finally {
            redis.stop();
        }
        try (ChangecastClient client = client(server.port())) {
            client.publish(Message.to("broadcast", "without-redis", 1));
            screen.await("without-redis");
        }
        redis = redis(port);
        try (RedisSocket service = new RedisSocket(port, PASSWORD);
                ChangecastClient client =
                        ChangecastClient.redis(service::publish).build()) {
            awaitSubscribed(2);
            client.publish(Message.to("broadcast", "again", 1));
            screen.await("again");
        } finally {
            redis.stop();
        }
        assertThat(server.logged()).contains("is not published: it is not JSON").doesNotContain("garbage");
        screen.drop();
        server.terminate();
        assertThat(server.awaitExit(LONG)).isEqualTo(143);
    }
}
