package dev.changecast.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.testing.Eventually;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import redis.embedded.RedisServer;

/** Entries of a stream in a real Redis, through a server that is killed while several writers add some. */
@ExtendWith(ServerLogs.class)
class RedisStreamsIT {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final int WRITERS = 3;
    private static final int KILLS = 6;
    private static final int MOST_ENTRIES = 20_000;

    private static final String YAML = """
            history: { directory: history }
            limits: { heartbeat: 3s }
            sources:
              feed:
                type: redis-streams
                url: redis://127.0.0.1:%d
                streams: ["feed:stream"]
                columns: [user_id, type, payload json, payload.n integer]
                heartbeat: 500ms
                %s
            routes:
              - { from: "feed/feed:stream", collection: activity, event: new_transaction, read: everyone }
            """;

    @TempDir
    private Path directory;

    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final List<Thread> writers = new ArrayList<>();
    private final List<RecordingClient> clients = new ArrayList<>();
    private int redisPort;
    private RedisServer redis;
    private ServerProcess server;

    @BeforeEach
    void start() throws IOException {
        redisPort = FreePort.get();
        startRedis();
    }

    private void startRedis() throws IOException {
        redis = RedisServer.newRedisServer()
                .port(redisPort)
                .setting("bind 127.0.0.1")
                .setting("save \"\"")
                .build();
        redis.start();
    }

    @AfterEach
    void stop() throws Exception {
        ended.set(true);
        for (Thread writer : writers) {
            writer.join();
        }
        clients.forEach(RecordingClient::drop);
        server.close();
        redis.stop();
    }

    private void serve(String more) {
        server = ServerProcess.start(directory.resolve("server"), YAML.formatted(redisPort, more))
                .awaitReady();
    }

    private Mirror watch(String filter) {
        RecordingClient client = RecordingClient.connect(server.webSocket());
        clients.add(client);
        Mirror mirror = client.subscribe("{\"collection\":\"activity\",\"snapshot\":false" + filter + "}")
                .partial();
        client.awaitReady(mirror);
        return mirror;
    }

    private void startWriters() {
        for (int i = 0; i < WRITERS; i++) {
            int number = i;
            Thread writer = new Thread(() -> write(number), "test-writer-" + number);
            writers.add(writer);
            writer.start();
        }
    }

    private void write(int writer) {
        Random random = new Random(writer);
        try (RedisCommands commands = new RedisCommands(redisPort)) {
            for (int n = 0; n < MOST_ENTRIES / WRITERS && !ended.get(); n++) {
                add(commands, "user-" + random.nextInt(4), n, "w" + writer);
                if (n % 20 == 0) {
                    LockSupport.parkNanos(20_000_000);
                }
            }
        } catch (Throwable e) {
            failure.set(e);
        }
    }

    private static void add(RedisCommands commands, String user, int n, String note) {
        commands.ask(
                "XADD",
                "feed:stream",
                "*",
                "user_id",
                user,
                "type",
                "new_transaction",
                "payload",
                "{\"n\": " + n + ", \"note\": \"" + note + "\"}");
    }

    /** An entry that is in the stream. */
    private record Written(String id, String user) {}

    private List<Written> entries() {
        try (RedisCommands commands = new RedisCommands(redisPort)) {
            List<Written> entries = new ArrayList<>();
            for (Object entry : (List<?>) Objects.requireNonNull(commands.ask("XRANGE", "feed:stream", "-", "+"))) {
                List<?> parts = (List<?>) entry;
                entries.add(new Written(
                        parts.get(0).toString(), ((List<?>) parts.get(1)).get(1).toString()));
            }
            return entries;
        }
    }

    private static List<String> ids(RecordingClient client, Mirror mirror) {
        return client.applied(mirror).stream()
                .map(change -> change.data().path("id").asString())
                .toList();
    }

    private void entriesComeOnceInOrderThoughTheServerIsKilled() throws Exception {
        Mirror all = watch("");
        Mirror some = watch(",\"filter\":{\"user_id\":\"user-1\"}");
        Random random = new Random(7);
        startWriters();
        for (int round = 1; round <= KILLS; round++) {
            int seen = ids(clients.get(0), all).size();
            int more = 1 + random.nextInt(200);
            clients.get(0)
                    .await(
                            more + " more entries",
                            () -> ids(clients.get(0), all).size() >= seen + more);
            server.kill();
            server.startAgain();
            clients.get(0).reconnect();
            if (round % 2 == 0) {
                // Away for two lives of the server.
                clients.get(1).reconnect();
            }
        }
        ended.set(true);
        for (Thread writer : writers) {
            writer.join();
        }
        assertThat(failure.get()).isNull();
        try (RedisCommands commands = new RedisCommands(redisPort)) {
            add(commands, "user-1", -1, "the last");
        }
        List<Written> written = entries();
        String last = written.get(written.size() - 1).id();
        for (RecordingClient client : clients) {
            Mirror mirror = client == clients.get(0) ? all : some;
            client.await("the last entry", () -> ids(client, mirror).contains(last));
        }
        assertThat(written).hasSizeGreaterThan(300);
        assertThat(ids(clients.get(0), all))
                .isEqualTo(written.stream().map(Written::id).toList());
        assertThat(ids(clients.get(1), some))
                .isEqualTo(written.stream()
                        .filter(entry -> entry.user().equals("user-1"))
                        .map(Written::id)
                        .toList());
        Change change = clients.get(0).applied(all).get(0);
        assertThat(change.data().path("payload").path("n").asInt())
                .isEqualTo(change.data().path("n").asInt());
        assertThat(change.message().path("type").asString()).isEqualTo("new_transaction");
        assertThat(server.logged()).doesNotContain("cannot continue");
    }

    @Test
    void everyEntryComesOnceInOrderThoughTheServerIsKilled() throws Exception {
        serve("");
        entriesComeOnceInOrderThoughTheServerIsKilled();
    }

    @Test
    void everyEntryOfAQueueComesOnceInOrderThoughTheServerIsKilledAndIsConfirmed() throws Exception {
        serve("mode: work_queue");
        entriesComeOnceInOrderThoughTheServerIsKilled();
        Eventually.await("all to be confirmed", LONG, () -> {
            try (RedisCommands commands = new RedisCommands(redisPort)) {
                List<?> pending =
                        (List<?>) Objects.requireNonNull(commands.ask("XPENDING", "feed:stream", "changecast"));
                return pending.get(0).equals(0L);
            }
        });
    }

    @Test
    void aRedisThatIsAwayIsToldAndOneThatComesBackEmptyIsAReset() throws Exception {
        serve("");
        Mirror all = watch("");
        RecordingClient client = clients.get(0).expectResets();
        try (RedisCommands commands = new RedisCommands(redisPort)) {
            add(commands, "user-1", 1, "before");
        }
        client.await("the entry", () -> ids(client, all).size() == 1);
        redis.stop();
        server.awaitNotReady("cannot speak with the Redis at redis://127.0.0.1:" + redisPort);
        startRedis();
        client.await("the reset", () -> !client.resets().isEmpty());
        assertThat(client.resets().get(0).path("reason").asString()).isEqualTo("epoch_changed");
        server.awaitReady();
        Mirror anew = watch("");
        try (RedisCommands commands = new RedisCommands(redisPort)) {
            add(commands, "user-1", 2, "after");
        }
        RecordingClient second = clients.get(1);
        second.await("the entry", () -> ids(second, anew).size() == 1);
    }
}
