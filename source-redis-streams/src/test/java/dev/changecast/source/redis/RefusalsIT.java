package dev.changecast.source.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.ChangeSource;
import dev.changecast.redis.testing.RealRedis;
import dev.changecast.redis.testing.TlsFront;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.SourceRun;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.exceptions.JedisException;
import redis.clients.jedis.exceptions.JedisMovedDataException;
import redis.clients.jedis.util.JedisClusterCRC16;

/** Logins, rights, TLS and clusters of a real Redis. */
class RefusalsIT {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final List<AutoCloseable> opened = new ArrayList<>();

    @TempDir
    private Path directory;

    @AfterEach
    void close() throws Exception {
        for (int i = opened.size() - 1; i >= 0; i--) {
            opened.get(i).close();
        }
    }

    private <T extends AutoCloseable> T kept(T made) {
        opened.add(made);
        return made;
    }

    private static RedisStreamsSourceBuilder reading(String url) {
        return RedisStreamsSource.builder(url)
                .streams("feed:stream")
                .columns("text")
                .heartbeat(Duration.ofMillis(100))
                .timeout(Duration.ofSeconds(2));
    }

    private SourceRun<ChangeSource> run(RedisStreamsSourceBuilder builder) {
        return kept(SourceRun.starting(builder.build(), null, true));
    }

    private static void assertProblem(RedisStreamsSourceBuilder builder, String... words) {
        assertThat(builder.build().check().problems())
                .singleElement()
                .asString()
                .contains(words)
                .doesNotContain("s3cret");
    }

    @Test
    void loginsAndRightsAreAskedForInWords() {
        RealRedis redis = kept(RealRedis.start("--requirepass", "s3cret"));
        assertProblem(reading(redis.url()), "asks for a login: give user and password");
        assertProblem(reading(redis.url()).login(null, "wr0ng"), "refuses the login");
        assertProblem(reading(redis.url()).login("anna", "wr0ng"), "refuses the login");
        DefaultJedisClientConfig administrator =
                DefaultJedisClientConfig.builder().password("s3cret").build();
        try (Jedis jedis = new Jedis(new HostAndPort("127.0.0.1", redis.port()), administrator)) {
            jedis.aclSetUser("poor", "on", ">s3cret", "~nothing", "+ping");
            assertProblem(reading(redis.url()).login("poor", "s3cret"), "does not allow", "ACL SETUSER");
            List<String[]> users = usersOfTheDocumentation();
            jedis.aclSetUser("reader", users.get(0));
            jedis.aclSetUser("worker", users.get(1));
            jedis.xadd("feed:stream", StreamEntryID.NEW_ENTRY, Map.of("text", "one"));
            RedisStreamsSourceBuilder reader = reading("redis://reader:s3cret@127.0.0.1:" + redis.port());
            RedisStreamsSourceBuilder worker = reading(redis.url())
                    .login("worker", "s3cret")
                    .workQueue("workers")
                    .consumer("host-1")
                    .claimAfter(Duration.ofMillis(300))
                    .keep(1);
            for (RedisStreamsSourceBuilder builder : List.of(reader, worker)) {
                assertThat(builder.build().check().problems()).isEmpty();
                SourceRun<ChangeSource> run = run(builder);
                jedis.xadd("feed:stream", StreamEntryID.NEW_ENTRY, Map.of("text", "two"));
                jedis.xadd("feed:stream", StreamEntryID.NEW_ENTRY, Map.of("text", "last", "none", "\u0000"));
                run.sink()
                        .await(
                                event -> event.isChange()
                                        && "last".equals(event.afterRow().text(1)),
                                LONG);
                // Looking and trimming are allowed, too.
                for (int i = 0; i < 12; i++) {
                    var reached = run.end().checkpoint().position();
                    run.sink()
                            .await(
                                    event -> event.is("progress")
                                            && event.position().isAfter(reached),
                                    LONG);
                }
                run.close();
            }
            Eventually.await("trimming", LONG, () -> jedis.xlen("feed:stream") <= 2);
        }
    }

    /** What comes after the name, in each of the two lines. */
    private static List<String[]> usersOfTheDocumentation() {
        try {
            return Files.readAllLines(Path.of("../docs/redis.md")).stream()
                    .filter(line -> line.startsWith("ACL SETUSER changecast "))
                    .map(line -> line.substring("ACL SETUSER changecast ".length())
                            .replace(">secret", ">s3cret")
                            .split(" "))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void overTlsTheCertificateHasToBeTrustedAndToNameTheHost() throws Exception {
        RealRedis redis = kept(RealRedis.start("--requirepass", "s3cret"));
        TlsFront front = kept(new TlsFront(directory, redis.port()));
        RedisStreamsSourceBuilder good =
                reading("rediss://:s3cret@localhost:" + front.port()).tls(front.trusting());
        assertThat(good.build().check().problems()).isEmpty();
        SourceRun<ChangeSource> run = run(good);
        run.awaitOpen();
        try (Jedis jedis = new Jedis("127.0.0.1", redis.port())) {
            jedis.auth("s3cret");
            jedis.xadd("feed:stream", StreamEntryID.NEW_ENTRY, Map.of("text", "one"));
        }
        run.sink().await(event -> event.isChange(), LONG);
        assertProblem(
                reading("rediss://:s3cret@127.0.0.1:" + front.port()).tls(front.trusting()),
                "its certificate has to name the host");
        assertProblem(reading("rediss://:s3cret@localhost:" + front.port()), "has to name the host and be trusted");
        assertProblem(reading("rediss://:s3cret@localhost:" + redis.port()), "speaks TLS there");
    }

    @Test
    void aClustersNodesAreFoundAndItsStreamsFollowedWhenTheyMove() throws Exception {
        RealRedis one = kept(RealRedis.start("--cluster-enabled", "yes"));
        RealRedis two = kept(RealRedis.start("--cluster-enabled", "yes"));
        one.command("CLUSTER", "MEET", "127.0.0.1", Integer.toString(two.port()));
        List<String> slots = new ArrayList<>(List.of("CLUSTER", "ADDSLOTS"));
        IntStream.range(0, 16_384).forEach(slot -> slots.add(Integer.toString(slot)));
        two.command(slots.toArray(String[]::new));
        for (RealRedis node : List.of(one, two)) {
            Eventually.await(
                    "the cluster", LONG, () -> node.ask(Jedis::clusterInfo).contains("cluster_state:ok"));
        }
        Eventually.await("the first node to know where the stream is", LONG, () -> {
            try {
                one.add("feed:stream", "text", "never");
                return false;
            } catch (JedisMovedDataException e) {
                return true;
            } catch (JedisException e) {
                return false;
            }
        });
        ChangeSource source = reading(one.url()).build();
        assertThat(source.check().problems()).isEmpty();
        SourceRun<ChangeSource> run = kept(SourceRun.start(source));
        two.add("feed:stream", "text", "one");
        run.sink().await(event -> event.isChange(), LONG);
        assertThat(reading(one.url()).streams("a", "b").build().check().problems())
                .singleElement()
                .asString()
                .contains("is a cluster", "hash tag");
        RedisStreamsSourceBuilder queue = reading(one.url())
                .streams("{feed}:a", "{feed}:b")
                .workQueue("workers")
                .consumer("host-1");
        SourceRun<ChangeSource> queueRun = kept(SourceRun.start(queue.build()));
        two.add("{feed}:b", "text", "one");
        queueRun.sink().await(event -> event.isChange(), LONG);
        queueRun.close();

        move(two, one, "feed:stream");
        assertThat(run.failure(LONG)).hasMessageContaining("cluster");
        one.add("feed:stream", "text", "two");
        SourceRun<ChangeSource> next = kept(SourceRun.start(source, run.end()));
        next.sink()
                .await(
                        event -> event.isChange()
                                && "two".equals(event.afterRow().text(1)),
                        LONG);
        assertThat(next.sink().events().get(0).kind()).isEqualTo("opened");
        assertThat(next.sink().changes()).hasSize(1);
    }

    /** With its data, as a resharding does. */
    private static void move(RealRedis from, RealRedis to, String stream) {
        String slot = Integer.toString(JedisClusterCRC16.getSlot(stream));
        String fromId = from.ask(Jedis::clusterMyId);
        String toId = to.ask(Jedis::clusterMyId);
        to.command("CLUSTER", "SETSLOT", slot, "IMPORTING", fromId);
        from.command("CLUSTER", "SETSLOT", slot, "MIGRATING", toId);
        from.command(
                "MIGRATE",
                "127.0.0.1",
                Integer.toString(to.port()),
                "",
                "0",
                "5000",
                "KEYS",
                stream,
                "{" + stream + "}:changecast");
        to.command("CLUSTER", "SETSLOT", slot, "NODE", toId);
        from.command("CLUSTER", "SETSLOT", slot, "NODE", toId);
        Eventually.await("the slot to have moved", LONG, () -> {
            try {
                return to.ask(jedis -> jedis.xlen(stream)) > 0;
            } catch (JedisException e) {
                return false;
            }
        });
    }
}
