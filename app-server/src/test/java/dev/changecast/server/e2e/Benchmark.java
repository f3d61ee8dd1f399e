package dev.changecast.server.e2e;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What the benchmarks share: a database that syncs to disk, a server with the settings of production, light clients. */
final class Benchmark implements AutoCloseable {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private static final String YAML = """
            history: { directory: history }
            limits: { connections_per_address: 10000 }
            sources:
              pg: { type: postgres, url: "%s", user: postgres, heartbeat: 1s }
            routes:
              - { from: pg/public.*, read: everyone }
            """;

    private final Path directory;
    final TestPostgres postgres;
    final ServerProcess server;

    /** @param tables statements that make the tables */
    Benchmark(String... tables) throws IOException {
        directory = Files.createTempDirectory("changecast-benchmark");
        postgres = TestPostgres.start(directory.resolve("postgres"), Map.of("fsync", "on", "max_wal_size", "4GB"));
        postgres.execute(tables);
        server = ServerProcess.start(directory.resolve("server"), YAML.formatted(postgres.url()), "-Xmx512m")
                .awaitReady();
    }

    /** Connects a client that does nothing but hand on what it gets. */
    static WebSocket connect(URI uri, Consumer<String> received) {
        return HTTP.newWebSocketBuilder().buildAsync(uri, new Handing(received)).join();
    }

    private static final class Handing implements WebSocket.Listener {
        private final Consumer<String> received;
        private final StringBuilder text = new StringBuilder();

        Handing(Consumer<String> received) {
            this.received = received;
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                received.accept(text.toString());
                text.setLength(0);
            }
            from.request(1);
            return null;
        }
    }

    /** The whole number after this name in a message. */
    static int number(String message, String name) {
        int at = message.indexOf("\"" + name + "\":") + name.length() + 3;
        int end = at;
        while (Character.isDigit(message.charAt(end))) {
            end++;
        }
        return Integer.parseInt(message, at, end, 10);
    }

    static String machine() {
        return Runtime.getRuntime().availableProcessors() + " processors, load "
                + java.lang.management.ManagementFactory.getOperatingSystemMXBean()
                        .getSystemLoadAverage() + ", Java "
                + Runtime.version() + ", PostgreSQL with fsync on the same machine";
    }

    @Override
    public void close() throws IOException {
        server.close();
        postgres.close();
        try (Stream<Path> files = Files.walk(directory)) {
            List<Path> all = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : all) {
                Files.delete(file);
            }
        }
    }
}
