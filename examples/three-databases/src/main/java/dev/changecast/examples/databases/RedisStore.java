package dev.changecast.examples.databases;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.params.XAddParams;
import redis.embedded.core.ExecutableProvider;

/** Scans of parcels, in a stream of a real Redis: one that comes from Maven, or where that has none the installed one. */
final class RedisStore implements Store {
    private static final List<String> PLACES = List.of("Depot East", "Depot West", "Hub", "Harbour", "Airport");
    private static final List<String> EVENTS = List.of("arrived", "sorted", "loaded", "left");
    private static final int PARCELS = 900;
    private static final int KEPT = 10_000;
    private static final int START_TRIES = 200;

    private final Path directory;
    private final int port;
    private final Random random = new Random();
    private @Nullable Process process;
    private @Nullable Jedis connection;

    RedisStore(Path directory, int port) {
        this.directory = directory;
        this.port = port;
    }

    @Override
    public void start() throws IOException, InterruptedException {
        Files.createDirectories(directory);
        // Whatever it has answered is on the disk, so that killing it loses nothing.
        Process started = new ProcessBuilder(List.of(
                        executable(),
                        "--port",
                        Integer.toString(port),
                        "--bind",
                        "127.0.0.1",
                        "--save",
                        "",
                        "--appendonly",
                        "yes",
                        "--appendfsync",
                        "always"))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(
                        Redirect.appendTo(directory.resolve("redis.log").toFile()))
                .start();
        process = started;
        Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly, "stop-redis"));
        for (int i = 0; i < START_TRIES; i++) {
            try (Jedis jedis = new Jedis("127.0.0.1", port)) {
                jedis.ping();
                return;
            } catch (JedisConnectionException | JedisDataException notYet) {
                if (started.waitFor(50, TimeUnit.MILLISECONDS)) {
                    break;
                }
            }
        }
        started.destroyForcibly();
        throw new IOException("Redis does not start; its log is " + directory.resolve("redis.log"));
    }

    private static String executable() throws IOException {
        try {
            return ExecutableProvider.newJarResourceProvider().get().getAbsolutePath();
        } catch (IOException | RuntimeException notForThisSystem) {
            for (String path :
                    String.valueOf(System.getenv("PATH")).split(Pattern.quote(File.pathSeparator))) {
                Path installed = Path.of(path, "redis-server");
                if (Files.isExecutable(installed)) {
                    return installed.toString();
                }
            }
            throw new IOException(
                    "there is no Redis for this system in Maven, and no redis-server on the PATH: install Redis 6.2 or"
                            + " later, then start again");
        }
    }

    @Override
    public void stop() throws InterruptedException {
        Process running = process;
        if (running != null) {
            running.destroyForcibly().waitFor();
        }
    }

    @Override
    public void write(long number) {
        Jedis open = connection;
        if (open == null) {
            open = new Jedis("127.0.0.1", port);
            connection = open;
        }
        try {
            open.xadd(
                    "scans",
                    Map.of(
                            "n", Long.toString(number),
                            "parcel", "P-" + (100 + random.nextInt(PARCELS)),
                            "place", PLACES.get(random.nextInt(PLACES.size())),
                            "event", EVENTS.get(random.nextInt(EVENTS.size()))),
                    XAddParams.xAddParams().maxLen(KEPT).approximateTrimming());
        } catch (RuntimeException e) {
            connection = null;
            open.close();
            throw e;
        }
    }
}
