package dev.changecast.ingress.redis;

import dev.changecast.testing.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;
import redis.embedded.core.ExecutableProvider;

/** A real Redis, as a process of its own, so that it can be killed and come back on the same port. */
final class RealRedis implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(20);
    private static final int TRIES = 100;

    private final Path directory;
    private final int port = freePort();
    private final List<String> options;
    private Process process;

    /** @param options as on the command line of {@code redis-server} */
    static RealRedis start(Path directory, String... options) {
        RealRedis redis = new RealRedis(directory, List.of(options));
        redis.awaitUp();
        return redis;
    }

    private RealRedis(Path directory, List<String> options) {
        this.directory = directory;
        this.options = options;
        this.process = run();
    }

    private Process run() {
        try {
            List<String> command = new ArrayList<>();
            command.add(ExecutableProvider.newJarResourceProvider().get().getAbsolutePath());
            command.addAll(List.of("--port", Integer.toString(port), "--bind", "127.0.0.1", "--save", ""));
            command.addAll(options);
            Process started = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(
                            Redirect.appendTo(directory.resolve("redis.log").toFile()))
                    .start();
            Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly, "stop-redis"));
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int port() {
        return port;
    }

    String url() {
        return "redis://127.0.0.1:" + port;
    }

    RedisServer server() {
        return RedisServer.of(url());
    }

    /** Publishes something; returns how many heard it. */
    long publish(String channel, String payload) {
        try (Jedis jedis = new Jedis("127.0.0.1", port)) {
            return jedis.publish(channel, payload);
        }
    }

    /** SIGKILL. */
    void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    void startAgain() {
        process = run();
        awaitUp();
    }

    private void awaitUp() {
        Eventually.await("Redis to answer", START, () -> {
            try (Jedis jedis = new Jedis("127.0.0.1", port)) {
                jedis.ping();
                return true;
            } catch (JedisException e) {
                // One that asks for a password is up.
                return String.valueOf(e.getMessage()).contains("NOAUTH");
            }
        });
    }

    private void awaitEnd() {
        try {
            if (!process.waitFor(START.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("Redis does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        kill();
    }

    /** Below those that the system gives to outgoing connections, one of which could take it while Redis is away. */
    static int freePort() {
        for (int i = 0; i < TRIES; i++) {
            int port = ThreadLocalRandom.current().nextInt(20_000, 32_000);
            try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return probe.getLocalPort();
            } catch (IOException e) {
                // Taken; there are others.
            }
        }
        throw new AssertionError("no free port");
    }
}
