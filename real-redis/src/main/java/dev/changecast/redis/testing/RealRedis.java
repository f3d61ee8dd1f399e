package dev.changecast.redis.testing;

import dev.changecast.testing.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.exceptions.JedisException;
import redis.embedded.core.ExecutableProvider;

/**
 * A real Redis, as a process of its own, so that it can be killed and come back on the same port. Another one than that of
 * Maven: {@code -Dredis.server=/usr/bin/redis-server}.
 */
public final class RealRedis implements AutoCloseable {
    private static final Duration START = Duration.ofSeconds(20);
    private static final int TRIES = 100;

    private final Path directory;
    private final int port = freePort();
    private final List<String> options;
    private Process process;

    /** @param options as on the command line of {@code redis-server} */
    public static RealRedis start(String... options) {
        try {
            RealRedis redis = new RealRedis(Files.createTempDirectory("redis"), List.of(options));
            redis.awaitUp();
            return redis;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private RealRedis(Path directory, List<String> options) {
        this.directory = directory;
        this.options = options;
        this.process = run();
    }

    private Process run() {
        try {
            String other = System.getProperty("redis.server", "");
            List<String> command = new ArrayList<>();
            command.add(
                    other.isEmpty()
                            ? ExecutableProvider.newJarResourceProvider().get().getAbsolutePath()
                            : other);
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

    public int port() {
        return port;
    }

    public String url() {
        return "redis://127.0.0.1:" + port;
    }

    /** 6 or 7, say. */
    public int version() {
        String line = ask(jedis -> jedis.info("server"))
                .lines()
                .filter(text -> text.startsWith("redis_version:"))
                .findFirst()
                .orElseThrow();
        return Integer.parseInt(line.substring(line.indexOf(':') + 1, line.indexOf('.')));
    }

    public <T> T ask(Function<Jedis, T> question) {
        try (Jedis jedis = new Jedis("127.0.0.1", port)) {
            return question.apply(jedis);
        }
    }

    /** Publishes something; returns how many heard it. */
    public long publish(String channel, String payload) {
        return ask(jedis -> jedis.publish(channel, payload));
    }

    /** @param fields names and values by turns */
    public String add(String stream, String... fields) {
        return ask(jedis ->
                jedis.xadd(stream, StreamEntryID.NEW_ENTRY, fields(fields)).toString());
    }

    public static Map<String, String> fields(String... pairs) {
        Map<String, String> fields = new java.util.LinkedHashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            fields.put(pairs[i], pairs[i + 1]);
        }
        return fields;
    }

    /** Any command, by its words. */
    public Object command(String... words) {
        return ask(jedis -> jedis.sendCommand(
                () -> words[0].getBytes(java.nio.charset.StandardCharsets.UTF_8),
                Arrays.copyOfRange(words, 1, words.length)));
    }

    /** SIGKILL. */
    public void kill() {
        process.destroyForcibly();
        try {
            if (!process.waitFor(START.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("Redis does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** It stands still, with its sockets open. */
    public void freeze() {
        signal("STOP");
    }

    public void thaw() {
        signal("CONT");
    }

    private void signal(String name) {
        try {
            new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .start()
                    .waitFor();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    public void startAgain() {
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

    @Override
    public void close() {
        kill();
        try (var files = Files.walk(directory)) {
            files.sorted(java.util.Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Below those that the system gives to outgoing connections, one of which could take it while Redis is away. */
    public static int freePort() {
        for (int i = 0; i < TRIES; i++) {
            // A node of a cluster also has the port 10000 above.
            int port = ThreadLocalRandom.current().nextInt(12_000, 22_000);
            try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return probe.getLocalPort();
            } catch (IOException e) {
                // Taken; there are others.
            }
        }
        throw new AssertionError("no free port");
    }
}
