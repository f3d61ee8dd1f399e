package dev.changecast.bench.peer;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** A server of ours or of others, as a process with a log; ended with this process at the latest. */
public final class ServerProcess implements AutoCloseable {
    /** Without an offer of HTTP/2, which a server of WebSockets takes for a handshake. */
    private static final HttpClient HTTP =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();
    private static final Duration END = Duration.ofSeconds(20);

    static {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> RUNNING.forEach(process -> {
                            process.descendants().forEach(ProcessHandle::destroyForcibly);
                            process.destroyForcibly();
                        }),
                        "bench-stop"));
    }

    private final String name;
    private final Process process;
    private final Path log;

    private ServerProcess(String name, Process process, Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
    }

    /** Starts it in this directory, which is made, with its output in {@code log.txt} there. */
    public static ServerProcess start(
            String name, Path directory, Map<String, String> environment, List<String> command) throws IOException {
        Files.createDirectories(directory);
        Path log = directory.resolve("log.txt");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(Redirect.appendTo(log.toFile()));
        // What a person has set for a server of theirs is not for these.
        builder.environment().keySet().removeIf(variable -> variable.startsWith("CHANGECAST_"));
        builder.environment().putAll(environment);
        Process process = builder.start();
        RUNNING.add(process);
        return new ServerProcess(name, process, log);
    }

    /** An address on loopback whose port is free now. */
    public static InetSocketAddress freeAddress() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return new InetSocketAddress(socket.getInetAddress(), socket.getLocalPort());
        }
    }

    /** How many files a process may have open; processes that are started inherit it. */
    public static long openFiles() throws IOException {
        try (Stream<String> limits = Files.lines(Path.of("/proc/self/limits"))) {
            return limits.filter(line -> line.startsWith("Max open files"))
                    .map(line -> Long.parseLong(line.trim().split(" {2,}")[1]))
                    .findFirst()
                    .orElse(1024L);
        }
    }

    public Usage usage() {
        return Usage.of(process.toHandle());
    }

    /** Processor seconds by the names of its threads, of which the system keeps 15 characters. */
    public Map<String, Double> threadSeconds() throws IOException {
        return Usage.threads(pid());
    }

    public long pid() {
        return process.pid();
    }

    /** Lets it do nothing until {@link #resume}. */
    public void suspend() throws IOException, InterruptedException {
        signal("STOP");
    }

    public void resume() throws IOException, InterruptedException {
        signal("CONT");
    }

    private void signal(String signal) throws IOException, InterruptedException {
        int status = new ProcessBuilder("kill", "-" + signal, Long.toString(pid()))
                .inheritIO()
                .start()
                .waitFor();
        if (status != 0) {
            throw new IOException("kill -" + signal + " ended with " + status);
        }
    }

    /** Everything that it has printed. */
    public String printed() throws IOException {
        return Files.readString(log);
    }

    /** Waits until it has printed this. */
    public ServerProcess awaitPrinted(String text, Duration within)
            throws IOException, InterruptedException, TimeoutException {
        long deadline = System.nanoTime() + within.toNanos();
        while (!printed().contains(text)) {
            lookAgain("to print '" + text + "'", deadline);
        }
        return this;
    }

    /** Waits until it answers this path with success. */
    public ServerProcess awaitAnswer(InetSocketAddress address, String path)
            throws IOException, InterruptedException, TimeoutException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
        while (!answers(address, path)) {
            lookAgain("to answer " + path, deadline);
        }
        return this;
    }

    private static boolean answers(InetSocketAddress address, String path) throws InterruptedException {
        try {
            URI uri = URI.create("http://" + address.getHostString() + ":" + address.getPort() + path);
            HttpRequest request =
                    HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(5)).build();
            return HTTP.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() / 100 == 2;
        } catch (IOException e) {
            return false;
        }
    }

    private void lookAgain(String what, long deadline) throws IOException, TimeoutException {
        if (!process.isAlive()) {
            throw new IOException(name + " ended with " + process.exitValue() + ":\n" + tail());
        }
        if (System.nanoTime() > deadline) {
            throw new TimeoutException("waited too long for " + name + " " + what + "; it printed:\n" + tail());
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
    }

    private String tail() throws IOException {
        List<String> lines = Files.readAllLines(log);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
    }

    /** Waits for its own end. */
    public void awaitEnd(Duration within) throws InterruptedException, TimeoutException {
        if (!process.waitFor(within.toMillis(), TimeUnit.MILLISECONDS)) {
            throw new TimeoutException(name + " did not end in " + within);
        }
    }

    /** Asks it to end, as a supervisor does, and waits until it has. */
    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(END.toSeconds(), TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        RUNNING.remove(process);
    }
}
