package dev.changecast.ingress.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.redis.testing.RealRedis;
import dev.changecast.redis.testing.TlsFront;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.FaultProxy;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.Jedis;

/** Messages through a real Redis, which is killed, silent, away, or does not let us in. */
class RedisIngressIT {
    private static final Duration LONG = Duration.ofSeconds(60);

    private final FakeSink sink = new FakeSink();
    private LogLines log;
    private RedisIngress ingress;

    @TempDir
    private Path directory;

    @BeforeEach
    void listen() {
        log = LogLines.open();
    }

    @AfterEach
    void close() {
        ingress.close();
        log.close();
    }

    private RedisIngress start(RedisServer server) {
        // Room enough for a test's messages, however seldom the machine lets the delivering thread run.
        ingress = RedisIngress.from(server)
                .messageBytes(100_000)
                .queueBytes(64 << 20)
                .to(sink);
        ingress.start();
        return ingress;
    }

    private void awaitCounts(long received, long published, long refused) {
        RedisIngress.Counts wanted = new RedisIngress.Counts(received, published, refused, 0, 0);
        Eventually.assertEventually(() -> assertThat(ingress.counts()).isEqualTo(wanted));
    }

    private void awaitState(RedisIngress.State state) {
        Eventually.await("it to be " + state, LONG, () -> ingress.state() == state);
    }

    private void awaitTaken(int count) {
        Eventually.await(count + " messages", LONG, () -> sink.count() >= count);
    }

    private static String form(String to, String type, Object content) {
        return "{\"to\":\"" + to + "\",\"type\":\"" + type + "\",\"content\":" + content + "}";
    }

    @Test
    void whatIsPublishedToEachKindOfChannelArrivesInOrder() {
        try (RealRedis redis = RealRedis.start()) {
            start(RedisServer.of(redis.url()));
            awaitState(RedisIngress.State.SUBSCRIBED);
            assertThat(redis.publish("websocket:broadcast", "{\"content\":\"Grüße\"}"))
                    .isEqualTo(1);
            redis.publish("websocket:user:42", "{\"type\":\"chat\",\"content\":1}");
            redis.publish("websocket:notification:42", "{\"content\":2}");
            redis.publish("websocket:room:lobby", "{\"type\":\"x\",\"content\":3}");
            redis.publish("websocket:role:admin", "{\"type\":\"x\",\"content\":4}");
            assertThat(redis.publish("websocket:other:1", "{}")).isZero();
            awaitTaken(5);
            assertThat(sink.taken())
                    .containsExactly(
                            form("broadcast", "broadcast", "\"Grüße\""),
                            form("user:42", "chat", 1),
                            form("user:42", "notification", 2),
                            form("room:lobby", "x", 3),
                            form("role:admin", "x", 4));
            assertThat(log.containing("is subscribed to")).hasSize(1);
        }
    }

    @Test
    void aFloodArrivesWholeAndInOrder() {
        try (RealRedis redis = RealRedis.start()) {
            start(RedisServer.of(redis.url()));
            awaitState(RedisIngress.State.SUBSCRIBED);
            int many = 20_000;
            try (Jedis jedis = new Jedis("127.0.0.1", redis.port())) {
                var pipeline = jedis.pipelined();
                IntStream.range(0, many)
                        .forEach(i -> pipeline.publish("websocket:broadcast", "{\"content\":" + i + "}"));
                pipeline.sync();
            }
            awaitTaken(many);
            assertThat(sink.taken())
                    .isEqualTo(IntStream.range(0, many)
                            .mapToObj(i -> form("broadcast", "broadcast", i))
                            .toList());
            awaitCounts(many, many, 0);
        }
    }

    @Test
    void garbageAndWhatIsTooLargeAreToldAndTheNextMessageArrives() {
        try (RealRedis redis = RealRedis.start()) {
            start(RedisServer.of(redis.url()));
            awaitState(RedisIngress.State.SUBSCRIBED);
            redis.publish("websocket:user:42", "a secret that is no JSON");
            redis.publish("websocket:user:42", "{\"content\":\"" + "x".repeat(5_000_000) + "\"}");
            redis.publish("websocket:user:42", "{\"type\":\"bad\",\"content\":1}");
            redis.publish("websocket:broadcast", "{\"content\":1}");
            awaitTaken(1);
            awaitCounts(4, 1, 3);
            assertThat(ingress.state()).isEqualTo(RedisIngress.State.SUBSCRIBED);
            assertThat(log.containing("is not published"))
                    .singleElement()
                    .asString()
                    .contains("on websocket:user:42", "not JSON")
                    .doesNotContain("secret");
        }
    }

    @Test
    void aRedisThatIsKilledIsSubscribedToAgainWhenItIsBack() {
        try (RealRedis redis = RealRedis.start()) {
            start(RedisServer.of(redis.url()));
            for (int round = 0; round < 3; round++) {
                awaitState(RedisIngress.State.SUBSCRIBED);
                redis.publish("websocket:broadcast", "{\"content\":" + round + "}");
                awaitTaken(round + 1);
                redis.kill();
                awaitState(RedisIngress.State.DISCONNECTED);
                redis.startAgain();
            }
            awaitState(RedisIngress.State.SUBSCRIBED);
            assertThat(sink.taken()).hasSize(3);
            assertThat(log.containing("is subscribed to")).hasSize(4);
            // Why may change, from the end of the connection to its refusal; each is said once.
            assertThat(log.containing("is not subscribed to")).hasSizeBetween(3, 9);
        }
    }

    @Test
    void aRedisThatIsNotThereYetIsWaitedFor() {
        try (RealRedis redis = RealRedis.start()) {
            redis.kill();
            start(RedisServer.of(redis.url()));
            awaitState(RedisIngress.State.DISCONNECTED);
            assertThat(ingress.reason()).contains("refused");
            redis.startAgain();
            awaitState(RedisIngress.State.SUBSCRIBED);
            assertThat(ingress.reason()).isNull();
            assertThat(log.containing("is not subscribed to")).hasSizeBetween(1, 2);
        }
    }

    @Test
    void aUserWhoMayOnlyListenToTheseChannelsIsEnough() {
        try (RealRedis redis = RealRedis.start()) {
            try (Jedis jedis = new Jedis("127.0.0.1", redis.port())) {
                jedis.aclSetUser(
                        "changecast",
                        "on",
                        ">a-password",
                        "resetchannels",
                        "&websocket:broadcast",
                        "&websocket:user:*",
                        "&websocket:notification:*",
                        "&websocket:role:*",
                        "&websocket:room:*",
                        "+psubscribe",
                        "+ping");
            }
            RedisServer listener = RedisServer.of(redis.url()).login("changecast", "a-password");
            assertThat(listener.check()).isEmpty();
            start(listener);
            awaitState(RedisIngress.State.SUBSCRIBED);
            redis.publish("websocket:room:lobby", "{\"type\":\"x\",\"content\":1}");
            awaitTaken(1);
        }
    }

    @Test
    void aPasswordIsUsedAndAWrongOneToldWithoutBeingShown() {
        try (RealRedis redis = RealRedis.start("--requirepass", "right-password")) {
            start(RedisServer.of(redis.url()).login(null, "wrong-password"));
            awaitState(RedisIngress.State.DISCONNECTED);
            assertThat(ingress.reason()).contains("WRONGPASS");
            ingress.close();
            start(RedisServer.of(redis.url()));
            awaitState(RedisIngress.State.DISCONNECTED);
            assertThat(ingress.reason()).contains("NOAUTH");
            ingress.close();
            assertThat(RedisServer.of(redis.url())
                            .login(null, "wrong-password")
                            .check()
                            .orElseThrow())
                    .contains("WRONGPASS")
                    .doesNotContain("wrong-password");
            RedisServer right = RedisServer.of(redis.url().replace("redis://", "redis://:right-password@"));
            assertThat(right.check()).isEmpty();
            start(right);
            awaitState(RedisIngress.State.SUBSCRIBED);
            assertThat(ingress).hasToString("messages from " + redis.url());
            assertThat(log.all()).noneMatch(line -> line.contains("wrong-password") || line.contains("right-password"));
        }
    }

    @Test
    void overTlsTheCertificateHasToBeTrustedAndToNameTheHost() throws Exception {
        try (RealRedis redis = RealRedis.start();
                TlsFront front = new TlsFront(directory, redis.port())) {
            RedisServer named = RedisServer.of("rediss://localhost:" + front.port());
            assertThat(named.check().orElseThrow()).contains("certif");
            assertThat(RedisServer.of("rediss://127.0.0.1:" + front.port())
                            .tls(front.trusting())
                            .check()
                            .orElseThrow())
                    .containsIgnoringCase("127.0.0.1");
            start(named.tls(front.trusting()));
            awaitState(RedisIngress.State.SUBSCRIBED);
            redis.publish("websocket:broadcast", "{\"content\":1}");
            awaitTaken(1);
        }
    }

    @Test
    void aConnectionThatWentSilentIsFoundOutAndMadeAnew() throws IOException {
        try (RealRedis redis = RealRedis.start();
                FaultProxy proxy = FaultProxy.to(redis.port())) {
            ingress = RedisIngress.from(RedisServer.of("redis://127.0.0.1:" + proxy.port()))
                    .keepAlive(Duration.ofMillis(200))
                    .to(sink);
            ingress.start();
            awaitState(RedisIngress.State.SUBSCRIBED);
            proxy.blackHole(FaultProxy.Direction.TO_CLIENT);
            awaitState(RedisIngress.State.DISCONNECTED);
            assertThat(log.containing("not even answers to PING")).hasSize(1);
            proxy.heal();
            awaitState(RedisIngress.State.SUBSCRIBED);
            redis.publish("websocket:broadcast", "{\"content\":1}");
            awaitTaken(1);
        }
    }

    @Test
    void aSinkThatStandsStillFillsNoMemoryAndRedisIsReadOn() {
        try (RealRedis redis = RealRedis.start()) {
            CompletableFuture<Void> disk = new CompletableFuture<>();
            sink.answer(batch -> disk);
            ingress = RedisIngress.from(RedisServer.of(redis.url()))
                    .queueBytes(100_000)
                    .to(sink);
            ingress.start();
            awaitState(RedisIngress.State.SUBSCRIBED);
            for (int i = 0; i < 1000; i++) {
                redis.publish("websocket:broadcast", "{\"content\":\"" + "x".repeat(1000) + "\"}");
            }
            Eventually.await("all to be read", LONG, () -> ingress.counts().received() == 1000);
            RedisIngress.Counts counts = ingress.counts();
            assertThat(counts.waiting()).isLessThan(100);
            assertThat(counts.dropped()).isGreaterThan(800);
            // One line in ten seconds, however long this machine takes.
            assertThat(log.containing("dropped")).hasSizeBetween(1, 5);
            disk.complete(null);
            Eventually.await("those that waited", LONG, () -> ingress.counts().published() == 1000 - counts.dropped());
            assertThat(ingress.state()).isEqualTo(RedisIngress.State.SUBSCRIBED);
        }
    }

    @Test
    void closingEndsAllItsThreadsWhateverRedisDoes() {
        try (RealRedis redis = RealRedis.start()) {
            start(RedisServer.of(redis.url()));
            awaitState(RedisIngress.State.SUBSCRIBED);
            ingress.close();
            ingress.close();
            assertThat(ingress.state()).isEqualTo(RedisIngress.State.CLOSED);
            Eventually.await("its threads to end", LONG, () -> threads().isEmpty());
            assertThat(log.containing("is not subscribed to")).isEmpty();
        }
    }

    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("changecast-redis"))
                .toList();
    }
}
