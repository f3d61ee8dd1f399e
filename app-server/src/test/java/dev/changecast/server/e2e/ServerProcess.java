package dev.changecast.server.e2e;

import dev.changecast.testing.Eventually;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The real server, as a process of its own, so that it can be killed. Its log is a file, shown when a test fails. */
public final class ServerProcess implements AutoCloseable {
    private static final JsonMapper JSON = new JsonMapper();
    /** More where a machine has much else to do. */
    private static final Duration START = Duration.ofSeconds(Integer.getInteger("oracle.start.seconds", 40));

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final Path directory;
    private final int port;
    private final List<String> options;
    private final Map<String, String> environment;
    private Process process;

    /**
     * Starts it.
     *
     * @param directory for configuration, log and (by default) history
     * @param yaml everything but {@code server} and {@code auth}
     * @param options for the virtual machine
     */
    public static ServerProcess start(Path directory, String yaml, String... options) {
        return start(directory, FreePort.get(), yaml, options);
    }

    public static ServerProcess start(Path directory, int port, String yaml, String... options) {
        return startWith(directory, port, configuration(port, yaml), options);
    }

    /** Starts it with more in its environment than this process has. */
    public static ServerProcess start(Path directory, String yaml, Map<String, String> environment) {
        int port = FreePort.get();
        return started(directory, port, configuration(port, yaml), List.of(), environment);
    }

    private static String configuration(int port, String yaml) {
        return "server: {port: " + port + ", ready_within: 5s, metrics: everyone}\nauth: {anonymous: true}\n" + yaml;
    }

    /** Starts it with a configuration that is taken as it is. */
    public static ServerProcess startWith(Path directory, int port, String configuration, String... options) {
        return started(directory, port, configuration, List.of(options), Map.of());
    }

    private static ServerProcess started(
            Path directory, int port, String configuration, List<String> options, Map<String, String> environment) {
        try {
            Files.createDirectories(directory);
            Files.writeString(directory.resolve("changecast.yaml"), configuration);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new ServerProcess(directory, port, options, environment);
    }

    private ServerProcess(Path directory, int port, List<String> options, Map<String, String> environment) {
        this.directory = directory;
        this.port = port;
        this.environment = environment;
        this.options = options.isEmpty()
                ? List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto")
                : options;
        ServerLogs.add(log());
        this.process = run();
    }

    private Process run() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        // The production logging, whatever the tests of this module configure for themselves.
        command.add("-Dlogback.configurationFile=logback.xml");
        command.addAll(List.of("-cp", classPath(), "dev.changecast.server.Main", "serve", "--config"));
        command.add(directory.resolve("changecast.yaml").toString());
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(Redirect.appendTo(log().toFile()));
        builder.environment().keySet().removeIf(name -> name.startsWith("CHANGECAST_"));
        builder.environment().putAll(environment);
        try {
            Process started = builder.start();
            // Also when a test class fails before it can close anything.
            Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly, "stop-server"));
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where a forked test runs, the class path is in a jar's manifest, and in a property of its own. */
    public static String classPath() {
        String path = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return String.join(File.pathSeparator, path.split(File.pathSeparator));
    }

    public int port() {
        return port;
    }

    public URI webSocket() {
        return URI.create("ws://127.0.0.1:" + port + "/ws");
    }

    private Path log() {
        return directory.resolve("server.log");
    }

    /** Everything logged so far, over all starts. */
    public String logged() {
        try {
            return Files.exists(log()) ? Files.readString(log()) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public ServerProcess awaitLogged(String text) {
        return await("it logged: " + text, () -> logged().contains(text));
    }

    /** Waits until {@code /readyz} says yes. */
    public ServerProcess awaitReady() {
        return await("it was ready", () -> {
            JsonNode answer = readyz();
            return answer != null && answer.path("ready").asBoolean();
        });
    }

    /** Waits until {@code /readyz} gives a reason that contains this. */
    public ServerProcess awaitNotReady(String reason) {
        return await("it was not ready because of: " + reason, () -> {
            JsonNode answer = readyz();
            return answer != null
                    && !answer.path("ready").asBoolean()
                    && answer.path("sources").toString().contains(reason);
        });
    }

    /** Waits until {@code /healthz} answers, whatever the databases do. */
    public ServerProcess awaitAlive() {
        return await("it answered", () -> get("/healthz") != null);
    }

    private ServerProcess await(String what, BooleanSupplier condition) {
        try {
            Eventually.await("the server, until " + what, START, () -> {
                if (!process.isAlive()) {
                    throw new AssertionError("the server ended with " + process.exitValue() + " before " + what);
                }
                return condition.getAsBoolean();
            });
            return this;
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "; /readyz says " + readyz(), e);
        }
    }

    /** What {@code /readyz} says now; null while nobody answers. */
    @Nullable
    JsonNode readyz() {
        String body = get("/readyz");
        return body == null ? null : JSON.readTree(body);
    }

    private @Nullable String get(String path) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(5))
                .build();
        try {
            return HTTP.send(request, HttpResponse.BodyHandlers.ofString()).body();
        } catch (IOException notYet) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** The processor time that it has used since it was started last. */
    Duration processorTime() {
        return process.info().totalCpuDuration().orElseThrow();
    }

    /** How many threads it has. */
    int threads() {
        try (java.util.stream.Stream<Path> tasks = Files.list(Path.of("/proc", Long.toString(process.pid()), "task"))) {
            return (int) tasks.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    /** Sends it a signal, by its name. */
    public void signal(String name) throws IOException, InterruptedException {
        int done = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
        if (done != 0) {
            throw new AssertionError("kill -" + name + " failed with " + done);
        }
    }

    /** SIGKILL. */
    public void kill() {
        process.destroyForcibly();
        awaitExit(Duration.ofSeconds(10));
    }

    /** SIGTERM; returns at once. */
    public void terminate() {
        process.destroy();
    }

    /** Waits for the end; returns the exit code. */
    public int awaitExit(Duration within) {
        try {
            if (!process.waitFor(within.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError("the server did not end within " + within);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
        return process.exitValue();
    }

    /** Starts again with the same configuration, history and port. */
    public void startAgain() {
        if (process.isAlive()) {
            throw new IllegalStateException("it still runs");
        }
        process = run();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        awaitExit(Duration.ofSeconds(10));
    }
}
