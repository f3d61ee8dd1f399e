package dev.changecast.examples.databases;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The page's files, what it asks about the databases and the server's health, and what its buttons do. */
final class ControlPage {
    private static final Path PAGE = Path.of("examples", "three-databases", "page");
    private static final Map<String, Path> FILES = Map.of(
            "/", PAGE.resolve("index.html"),
            "/page.css", PAGE.resolve("page.css"),
            "/page.js", PAGE.resolve("page.js"),
            "/card.js", PAGE.resolve("card.js"),
            "/strip.js", PAGE.resolve("strip.js"),
            "/icon.svg", Path.of("client-js", "example", "icon.svg"),
            "/client.js", Path.of("client-js", "dist", "client.js"));
    private static final Map<String, String> TYPES =
            Map.of("html", "text/html", "css", "text/css", "js", "text/javascript", "svg", "image/svg+xml");
    private static final Pattern ACTION = Pattern.compile("/databases/([a-z]+)/([a-z]+)");
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final int port;
    private final URI changecast;
    private final List<Database> databases;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(PATIENCE)
            .build();

    ControlPage(int port, URI changecast, List<Database> databases) {
        this.port = port;
        this.changecast = changecast;
        this.databases = databases;
    }

    void start() throws IOException {
        HttpServer server;
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        } catch (BindException e) {
            throw new IOException("port " + port + " is in use, stop what uses it", e);
        }
        server.setExecutor(Executors.newFixedThreadPool(8, task -> new Thread(task, "page-http")));
        server.createContext("/", this::answer);
        server.start();
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            boolean gets = exchange.getRequestMethod().equals("GET");
            Matcher action = ACTION.matcher(path);
            if (!isOurs(exchange)) {
                reply(exchange, 403, "text/plain", "Ask for this at http://127.0.0.1:" + port + "/.\n");
            } else if (gets && FILES.containsKey(path)) {
                file(exchange, FILES.get(path));
            } else if (gets && path.equals("/status")) {
                reply(exchange, 200, "application/json", status());
            } else if (exchange.getRequestMethod().equals("POST") && action.matches()) {
                act(exchange, action.group(1), action.group(2));
            } else {
                reply(exchange, 404, "text/plain", "There is nothing here.\n");
            }
        }
    }

    /** No other page may come here, under whatever name, and none may press the buttons. */
    private boolean isOurs(HttpExchange exchange) {
        Headers headers = exchange.getRequestHeaders();
        Set<String> hosts = Set.of("127.0.0.1:" + port, "localhost:" + port);
        String origin = headers.getFirst("Origin");
        return hosts.contains(String.valueOf(headers.getFirst("Host")))
                && (origin == null || hosts.contains(origin.replaceFirst("^http://", "")));
    }

    private void file(HttpExchange exchange, Path file) throws IOException {
        exchange.getResponseHeaders()
                .set(
                        "Content-Security-Policy",
                        "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; connect-src 'self' "
                                + changecast + " " + changecast.toString().replaceFirst("^http", "ws"));
        String name = file.getFileName().toString();
        String type = TYPES.getOrDefault(name.substring(name.lastIndexOf('.') + 1), "application/octet-stream");
        reply(exchange, 200, type, Files.readString(file));
    }

    /** The databases as they are, and what the server's {@code /readyz} says of its sources. */
    private String status() {
        return databases.stream()
                .map(Database::json)
                .collect(Collectors.joining(
                        ",",
                        "{\"server\":" + Json.text(changecast.toString()) + ",\"databases\":[",
                        "],\"health\":" + health() + "}"));
    }

    private String health() {
        HttpRequest request = HttpRequest.newBuilder(changecast.resolve("/readyz"))
                .timeout(PATIENCE)
                .build();
        try {
            HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
            return Set.of(200, 503).contains(answer.statusCode()) ? answer.body() : "null";
        } catch (IOException away) {
            return "null";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "null";
        }
    }

    private void act(HttpExchange exchange, String name, String action) throws IOException {
        for (Database database : databases) {
            if (database.name().equals(name)) {
                try {
                    database.act(action);
                    reply(exchange, 200, "application/json", database.json());
                } catch (Exception e) {
                    reply(exchange, 409, "text/plain", e.getMessage() + "\n");
                }
                return;
            }
        }
        reply(exchange, 404, "text/plain", "There is no database " + name + ".\n");
    }

    private static void reply(HttpExchange exchange, int status, String type, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        Headers headers = exchange.getResponseHeaders();
        headers.set("Content-Type", type + "; charset=utf-8");
        headers.set("Cache-Control", "no-store");
        headers.set("X-Content-Type-Options", "nosniff");
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }
}
