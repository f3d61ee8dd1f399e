package dev.changecast.server.browser;

import dev.changecast.server.e2e.FreePort;
import dev.changecast.server.e2e.ServerProcess;
import dev.changecast.testing.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The example with rooms as its script runs it, on ports of its own: the server and the application beside it. */
final class RoomsExample implements AutoCloseable {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final String SOURCE = "examples/src/main/java/dev/changecast/examples/rooms/RoomsApplication.java";
    private static final String SECRET = "s-0123456789-0123456789-0123456789";
    private static final String KEY = "k-0123456789-0123456789";
    private static final Duration START = Duration.ofSeconds(40);

    final ServerProcess server;
    private final HttpClient http = HttpClient.newHttpClient();
    private final Process application;
    private final Path log;
    private final int port;

    /** Starts it, and does not wait for it. */
    RoomsExample(Path directory) throws IOException {
        int serverPort = FreePort.get();
        port = FreePort.get();
        String configuration = Files.readString(ROOT.resolve("examples/rooms/changecast.yaml"))
                .replace("8080", String.valueOf(serverPort))
                .replace("8000", String.valueOf(port))
                .replace("../../.changecast/rooms/history", "history")
                .replace("${JWT_SECRET}", SECRET)
                .replace("${API_KEY}", KEY);
        server = ServerProcess.startWith(directory.resolve("server"), serverPort, configuration);
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        SOURCE,
                        String.valueOf(port),
                        "http://127.0.0.1:" + serverPort,
                        directory.resolve("application").toString())
                .directory(ROOT.toFile())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("application.log").toFile());
        builder.environment().put("JWT_SECRET", SECRET);
        builder.environment().put("API_KEY", KEY);
        application = builder.start();
        Runtime.getRuntime().addShutdownHook(new Thread(application::destroyForcibly, "stop-application"));
        log = directory.resolve("application.log");
    }

    /** Waits until the page can be had. */
    void await() {
        Eventually.await("the application", START, () -> {
            if (!application.isAlive()) {
                throw new AssertionError("the application ended: " + read(log));
            }
            return !get(URI.create(url())).isEmpty();
        });
    }

    private String get(URI address) {
        HttpRequest request = HttpRequest.newBuilder(address).timeout(START).build();
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofString()).body();
        } catch (IOException notYet) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The page. */
    String url() {
        return "http://127.0.0.1:" + port + "/";
    }

    @Override
    public void close() {
        server.close();
        application.destroyForcibly();
        try {
            if (!application.waitFor(10, TimeUnit.SECONDS)) {
                throw new AssertionError("the application did not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
