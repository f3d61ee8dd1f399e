package dev.changecast.server.e2e;

import dev.changecast.testing.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import redis.embedded.core.ExecutableProvider;

/** A real Redis that has on its disk whatever it answered, so that it can be killed and comes back with all of it. */
final class DurableRedis implements AutoCloseable {
    private static final Duration WITHIN = Duration.ofSeconds(20);

    private final Path directory;
    private final int port = FreePort.get();
    private Process process;

    private DurableRedis(Path directory) throws IOException {
        this.directory = Files.createDirectories(directory);
        this.process = run();
    }

    /** @param directory where it keeps its data and its log; made when missing */
    static DurableRedis start(Path directory) {
        try {
            DurableRedis redis = new DurableRedis(directory);
            redis.awaitUp();
            return redis;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Process run() throws IOException {
        Process started = new ProcessBuilder(
                        ExecutableProvider.newJarResourceProvider().get().getAbsolutePath(),
                        "--port",
                        Integer.toString(port),
                        "--bind",
                        "127.0.0.1",
                        "--save",
                        "",
                        "--appendonly",
                        "yes",
                        "--appendfsync",
                        "always")
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(Redirect.appendTo(directory.resolve("redis.log").toFile()))
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly, "stop-redis"));
        return started;
    }

    private void awaitUp() {
        Eventually.await("Redis to answer", WITHIN, () -> {
            try (RedisCommands commands = new RedisCommands(port)) {
                return "PONG".equals(commands.ask("PING"));
            } catch (UncheckedIOException notYet) {
                return false;
            }
        });
    }

    int port() {
        return port;
    }

    String url() {
        return "redis://127.0.0.1:" + port;
    }

    /** SIGKILL. */
    void kill() {
        process.destroyForcibly();
        try {
            if (!process.waitFor(WITHIN.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("Redis does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    void startAgain() {
        try {
            process = run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        awaitUp();
    }

    @Override
    public void close() {
        kill();
    }
}
