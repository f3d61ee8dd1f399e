package dev.changecast.examples.databases;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
        for (String executable : executables()) {
            if (isStarted(executable)) {
                return;
            }
        }
        throw new IOException("no Redis runs on this system: neither the one in Maven nor a redis-server on the PATH."
                + " Install Redis 6.2 or later and start again; its log is " + directory.resolve("redis.log"));
    }

    private static List<String> executables() {
        List<String> executables = new ArrayList<>();
        try {
            executables.add(ExecutableProvider.newJarResourceProvider().get().getAbsolutePath());
        } catch (IOException | RuntimeException notForThisSystem) {
            // The installed one, then.
        }
        for (String path : String.valueOf(System.getenv("PATH")).split(Pattern.quote(File.pathSeparator))) {
            Path installed = Path.of(path, "redis-server");
            if (Files.isExecutable(installed)) {
                executables.add(installed.toString());
            }
        }
        return executables;
    }

    private boolean isStarted(String executable) throws InterruptedException {
        List<String> command = new ArrayList<>(List.of(executable, "--port", Integer.toString(port)));
        command.addAll(List.of("--bind", "127.0.0.1", "--save", ""));
        // Whatever it has answered is on the disk, so that killing it loses nothing.
        command.addAll(List.of("--appendonly", "yes", "--appendfsync", "always"));
        Process started;
        try {
            started = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(
                            Redirect.appendTo(directory.resolve("redis.log").toFile()))
                    .start();
        } catch (IOException notForThisSystem) {
            return false;
        }
        process = started;
        Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly, "stop-redis"));
        for (int i = 0; i < START_TRIES && !started.waitFor(50, TimeUnit.MILLISECONDS); i++) {
            try (Jedis jedis = new Jedis("127.0.0.1", port)) {
                jedis.ping();
                return true;
            } catch (JedisConnectionException | JedisDataException notYet) {
                // Or never.
            }
        }
        started.destroyForcibly();
        return false;
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
