package dev.changecast.client;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A server that does to each request what a test wants, and publishes when the test wants nothing more. */
final class ScriptedServer implements AutoCloseable {
    private static final Pattern ID = Pattern.compile("\"type\":\"[^\"]*\",\"id\":\"([^\"]*)\"");

    /** What is done to one request. */
    interface Step {
        void answer(HttpExchange exchange, String body) throws IOException, InterruptedException;
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> new Thread(task, "scripted-server"));
    private final Queue<Step> script = new ConcurrentLinkedQueue<>();
    private final List<String> bodies = new CopyOnWriteArrayList<>();
    private final List<String> keys = new CopyOnWriteArrayList<>();
    private final List<Long> times = new CopyOnWriteArrayList<>();
    private final List<String> published = new CopyOnWriteArrayList<>();
    private final CountDownLatch end = new CountDownLatch(1);

    ScriptedServer() {
        this(0);
    }

    ScriptedServer(int port) {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        server.setExecutor(threads);
        server.createContext("/", this::serve);
        server.start();
    }

    ScriptedServer next(Step... steps) {
        script.addAll(List.of(steps));
        return this;
    }

    private void serve(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        times.add(System.nanoTime());
        keys.add(exchange.getRequestURI() + " " + exchange.getRequestHeaders().getFirst("Authorization"));
        bodies.add(body);
        Step step = script.poll();
        try {
            (step == null ? (Step) this::publish : step).answer(exchange, body);
        } catch (InterruptedException e) {
            exchange.close();
        }
    }

    /** As a real server does: each id once. */
    void publish(HttpExchange exchange, String body) throws IOException {
        send(exchange, 200, take(body));
    }

    private synchronized String take(String body) {
        List<String> ids = new ArrayList<>();
        Matcher id = ID.matcher(body);
        while (id.find()) {
            ids.add(id.group(1));
        }
        List<Integer> repeated = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            if (published.contains(ids.get(i))) {
                repeated.add(i);
            } else {
                published.add(ids.get(i));
            }
        }
        List<String> offsets = ids.stream()
                .map(each -> "\"e." + published.indexOf(each) + "-3\"")
                .toList();
        String last = offsets.get(offsets.size() - 1);
        if (!body.startsWith("[")) {
            return "{\"offset\":" + last + (repeated.isEmpty() ? "}" : ",\"repeated\":true}");
        }
        return "{\"offset\":" + last + ",\"offsets\":[" + String.join(",", offsets) + "]"
                + (repeated.isEmpty()
                        ? "}"
                        : ",\"repeated\":["
                                + repeated.stream().map(String::valueOf).collect(Collectors.joining(","))
                                + "]}");
    }

    static void send(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    /** Answers with an error of the server's. */
    static Step error(int status, int code, String message, String... headers) {
        return (exchange, body) -> {
            for (int i = 0; i < headers.length; i += 2) {
                exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
            }
            send(exchange, status, "{\"type\":\"error\",\"code\":" + code + ",\"message\":\"" + message + "\"}");
        };
    }

    /** Takes the request and never says anything. */
    Step hang() {
        return (exchange, body) -> end.await();
    }

    /** Begins an answer and never ends it. */
    Step hangInTheBody() {
        return (exchange, body) -> {
            exchange.sendResponseHeaders(200, 1000);
            exchange.getResponseBody().write("{\"offset\":".getBytes(StandardCharsets.UTF_8));
            exchange.getResponseBody().flush();
            end.await();
        };
    }

    /** Ends the connection without an answer. */
    static Step cut() {
        return (exchange, body) -> exchange.close();
    }

    /** Publishes, and ends the connection before it can say so. */
    Step publishAndCut() {
        return (exchange, body) -> {
            take(body);
            exchange.close();
        };
    }

    /** Publishes once this is open. */
    Step publishAfter(CountDownLatch open) {
        return (exchange, body) -> {
            open.await();
            publish(exchange, body);
        };
    }

    /** One below those that the system gives to outgoing connections, so that none takes it while nobody listens. */
    static int freePort() {
        while (true) {
            int port = ThreadLocalRandom.current().nextInt(20_000, 32_000);
            try (ServerSocket probe = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return probe.getLocalPort();
            } catch (IOException e) {
                // Taken; there are others.
            }
        }
    }

    int port() {
        return server.getAddress().getPort();
    }

    String url() {
        return "http://127.0.0.1:" + port();
    }

    /** The requests' bodies. */
    List<String> bodies() {
        return List.copyOf(bodies);
    }

    /** Path and authorization of the requests. */
    List<String> heads() {
        return List.copyOf(keys);
    }

    /** When the requests came, in nanoseconds. */
    List<Long> times() {
        return List.copyOf(times);
    }

    /** The ids of what was published, in order. */
    List<String> published() {
        return List.copyOf(published);
    }

    @Override
    public void close() {
        end.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
