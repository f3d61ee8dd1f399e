package dev.changecast.examples.rooms;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What an application has of its own beside Changecast: its pages, who its users are, its documents, and a service that
 * takes uploads and tells a room how far they are. {@code examples/rooms/start} runs both. It is one file that needs
 * nothing but a JDK, so that it can be read as a description of what any service in any language would do.
 *
 * <p>Arguments: its port, the address of Changecast, and a directory for the document. The environment has
 * {@code JWT_SECRET} and {@code API_KEY}, as Changecast has them.
 */
public final class RoomsApplication {
    private static final String ROOM = "doc:plan";
    private static final Path PAGES = Path.of("examples", "rooms");
    private static final Map<String, Path> FILES = Map.of(
            "/", PAGES.resolve("index.html"),
            "/page.css", PAGES.resolve("page.css"),
            "/page.js", PAGES.resolve("page.js"),
            "/text.js", PAGES.resolve("text.js"),
            "/editor.js", PAGES.resolve("editor.js"),
            "/people.js", PAGES.resolve("people.js"),
            "/uploads.js", PAGES.resolve("uploads.js"),
            "/icon.svg", Path.of("client-js", "example", "icon.svg"),
            "/client.js", Path.of("client-js", "dist", "client.js"));
    private static final Map<String, String> TYPES =
            Map.of("html", "text/html", "css", "text/css", "js", "text/javascript", "svg", "image/svg+xml");
    private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{N} ._-]{0,29}");
    private static final Pattern UPLOAD = Pattern.compile("/uploads/([a-z0-9-]{1,40})");
    private static final Pattern OFFSET = Pattern.compile("\"offset\":\"([^\"]+)\"");
    private static final Duration TOKENS_LAST = Duration.ofMinutes(10);
    private static final int MOST_UPLOADS = 1000;
    private static final int LARGEST_BODY = 4 << 20;

    private final int port;
    private final URI changecast;
    private final Path document;
    private final String secret;
    private final Publisher publisher;
    private final Map<String, Long> uploads = new ConcurrentHashMap<>();

    private RoomsApplication(int port, URI changecast, Path directory, String secret, String apiKey) {
        this.port = port;
        this.changecast = changecast;
        this.document = directory.resolve("document.json");
        this.secret = secret;
        this.publisher = new Publisher(changecast.resolve("/api/publish"), apiKey);
    }

    public static void main(String[] arguments) throws Exception {
        int port = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 8000;
        URI changecast = URI.create(arguments.length > 1 ? arguments[1] : "http://127.0.0.1:8080");
        Path directory = Path.of(arguments.length > 2 ? arguments[2] : ".changecast/rooms");
        String secret = System.getenv("JWT_SECRET");
        String apiKey = System.getenv("API_KEY");
        if (secret == null || apiKey == null) {
            System.err.println("JWT_SECRET and API_KEY have to be in the environment, as Changecast has them;"
                    + " examples/rooms/start sees to it.");
            System.exit(2);
        }
        Files.createDirectories(directory);
        try {
            new RoomsApplication(port, changecast, directory, secret, apiKey).start();
        } catch (BindException e) {
            System.err.println("Port " + port + " is in use; stop what uses it.");
            System.exit(5);
        }
    }

    private void start() throws IOException, InterruptedException {
        publisher.start();
        if (Files.notExists(document)) {
            // The place in the room's history from which on the document is made of what people sent.
            String made = publisher.publish("{\"to\":\"room:" + ROOM + "\",\"type\":\"document_made\","
                    + "\"id\":\"document-made\",\"content\":{}}");
            Matcher offset = OFFSET.matcher(made);
            if (!offset.find()) {
                throw new IOException("no offset in the answer " + made);
            }
            save("{\"version\":0,\"offset\":\"" + offset.group(1) + "\",\"runs\":[]}");
        }
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.setExecutor(Executors.newFixedThreadPool(8, task -> new Thread(task, "rooms-http")));
        server.createContext("/", this::answer);
        server.start();
        System.out.println("Open http://127.0.0.1:" + port + "/?name=Ann and, in another window, http://127.0.0.1:"
                + port + "/?name=Bob");
    }

    // ---- Requests

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getPath();
            String method = exchange.getRequestMethod();
            Matcher upload = UPLOAD.matcher(path);
            if (!Set.of("127.0.0.1:" + port, "localhost:" + port)
                    .contains(String.valueOf(exchange.getRequestHeaders().getFirst("Host")))) {
                reply(exchange, 403, "text/plain", "Ask for this at http://127.0.0.1:" + port + "/.\n");
            } else if (method.equals("GET") && FILES.containsKey(path)) {
                file(exchange, FILES.get(path));
            } else if (method.equals("POST") && path.equals("/token")) {
                token(exchange);
            } else if (method.equals("GET") && path.equals("/document")) {
                reply(exchange, 200, "application/json", Files.readString(document));
            } else if (method.equals("PUT") && path.equals("/document")) {
                newer(exchange);
            } else if (method.equals("PUT") && upload.matches()) {
                piece(exchange, upload.group(1));
            } else {
                reply(exchange, 404, "text/plain", "There is nothing here.\n");
            }
        } catch (Refusal e) {
            reply(exchange, e.status, "text/plain", e.getMessage() + "\n");
        }
    }

    private void file(HttpExchange exchange, Path file) throws IOException {
        String name = file.getFileName().toString();
        exchange.getResponseHeaders()
                .set(
                        "Content-Security-Policy",
                        "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; connect-src 'self' "
                                + changecast + " " + changecast.toString().replaceFirst("^http", "ws"));
        reply(
                exchange,
                200,
                TYPES.getOrDefault(name.substring(name.lastIndexOf('.') + 1), "application/octet-stream"),
                Files.readString(file));
    }

    /** Takes everybody's word for who they are, in the place of a password. */
    private void token(HttpExchange exchange) throws IOException {
        String name = body(exchange).strip();
        if (!NAME.matcher(name).matches()) {
            throw new Refusal(400, "A name is 1 to 30 letters, digits, spaces and . _ -");
        }
        String user = name.toLowerCase(Locale.ROOT).replace(' ', '-');
        String claims = "{\"sub\":\"%s\",\"name\":\"%s\",\"exp\":%d}"
                .formatted(user, name, Instant.now().plus(TOKENS_LAST).getEpochSecond());
        String unsigned = base64("{\"alg\":\"HS256\",\"typ\":\"JWT\"}") + "." + base64(claims);
        reply(
                exchange,
                200,
                "application/json",
                "{\"token\":\"%s\",\"user\":\"%s\",\"name\":\"%s\",\"server\":\"%s\",\"room\":\"%s\"}"
                        .formatted(unsigned + "." + signature(unsigned), user, name, changecast, ROOM));
    }

    /** Keeps what a page has, if that is newer. A real service would make the document itself, from the same messages. */
    private void newer(HttpExchange exchange) throws IOException {
        user(exchange);
        String body = body(exchange);
        synchronized (document) {
            if (version(body) > version(Files.readString(document))) {
                save(body);
            }
        }
        reply(exchange, 200, "application/json", "{}");
    }

    private static long version(String document) {
        Matcher version =
                Pattern.compile("^\\{\"version\":(\\d{1,15}),\"offset\":\"").matcher(document);
        if (!version.find()) {
            throw new Refusal(400, "A document begins with its version and its offset.");
        }
        return Long.parseLong(version.group(1));
    }

    private void save(String text) throws IOException {
        Path written = document.resolveSibling("document.new");
        Files.writeString(written, text);
        Files.move(written, document, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Counts a piece of a file, tells the room, and forgets it. A piece that comes again counts once. */
    private void piece(HttpExchange exchange, String id) throws IOException {
        String user = user(exchange);
        Map<String, String> query = query(exchange);
        long from = number(query, "from");
        long size = number(query, "size");
        String name = query.getOrDefault("name", "");
        long length = 0;
        try (InputStream in = exchange.getRequestBody()) {
            length = in.transferTo(OutputStream.nullOutputStream());
        }
        long end = Math.min(from + length, size);
        if (uploads.size() >= MOST_UPLOADS && !uploads.containsKey(id)) {
            throw new Refusal(429, "There are " + MOST_UPLOADS + " unfinished uploads already.");
        }
        long received = uploads.merge(id, end, Math::max);
        if (received >= size) {
            uploads.remove(id);
        }
        publisher.later(
                id,
                "{\"to\":\"room:%s\",\"type\":\"upload\",\"id\":\"upload-%s-%d\",\"content\":{\"upload\":\"%s\",\"name\":%s,\"by\":%s,\"received\":%d,\"size\":%d}}"
                        .formatted(ROOM, id, received, id, json(name), json(user), received, size));
        reply(exchange, 200, "application/json", "{\"received\":" + received + "}");
    }

    private static long number(Map<String, String> query, String name) {
        String value = query.getOrDefault(name, "");
        if (!value.matches("\\d{1,15}")) {
            throw new Refusal(400, name + " is a number of bytes, not '" + value + "'");
        }
        return Long.parseLong(value);
    }

    private static Map<String, String> query(HttpExchange exchange) {
        Map<String, String> query = new HashMap<>();
        for (String pair :
                String.valueOf(exchange.getRequestURI().getRawQuery()).split("&")) {
            String[] parts = pair.split("=", 2);
            query.put(parts[0], parts.length < 2 ? "" : URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
        }
        return query;
    }

    private static String body(HttpExchange exchange) throws IOException {
        try (InputStream in = exchange.getRequestBody()) {
            byte[] bytes = in.readNBytes(LARGEST_BODY + 1);
            if (bytes.length > LARGEST_BODY) {
                throw new Refusal(413, "At most " + LARGEST_BODY + " bytes are taken.");
            }
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    private static void reply(HttpExchange exchange, int status, String type, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        Headers headers = exchange.getResponseHeaders();
        headers.set("Content-Type", type + "; charset=utf-8");
        headers.set("Cache-Control", "no-store");
        headers.set("X-Content-Type-Options", "nosniff");
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private static String json(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            json.append(c < ' ' || c == '"' || c == '\\' ? "\\u%04x".formatted((int) c) : String.valueOf(c));
        }
        return json.append('"').toString();
    }

    // ---- Tokens

    /** Whose token it is. */
    private String user(HttpExchange exchange) {
        String header = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
        String[] parts = header.replaceFirst("^Bearer ", "").split("\\.");
        if (parts.length == 3
                && MessageDigest.isEqual(
                        signature(parts[0] + "." + parts[1]).getBytes(StandardCharsets.UTF_8),
                        parts[2].getBytes(StandardCharsets.UTF_8))) {
            String claims = new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8);
            Matcher made =
                    Pattern.compile("\"name\":\"([^\"]+)\",\"exp\":(\\d+)").matcher(claims);
            if (made.find() && Long.parseLong(made.group(2)) > Instant.now().getEpochSecond()) {
                return made.group(1);
            }
        }
        throw new Refusal(401, "This needs a token of /token that has not expired.");
    }

    private String signature(String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private static final class Refusal extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final int status;

        Refusal(int status, String message) {
            super(message);
            this.status = status;
        }
    }

    /** Publishes until it is answered, each message under its id: so it comes once, whatever befalls the network or the server. */
    private static final class Publisher {
        private static final Duration PATIENCE = Duration.ofSeconds(10);
        private static final long PAUSE_MS = 500;

        private final HttpClient http = HttpClient.newBuilder()
                .connectTimeout(PATIENCE)
                .version(HttpClient.Version.HTTP_1_1)
                .build();
        private final URI address;
        private final String apiKey;

        /** What is to be told, by what it is about: a newer state takes the place of one that still waits. */
        private final Map<String, String> waiting = new LinkedHashMap<>();

        Publisher(URI address, String apiKey) {
            this.address = address;
            this.apiKey = apiKey;
        }

        void start() {
            Thread thread = new Thread(this::run, "rooms-publisher");
            thread.setDaemon(true);
            thread.start();
        }

        void later(String about, String message) {
            synchronized (waiting) {
                waiting.put(about, message);
                waiting.notifyAll();
            }
        }

        private void run() {
            try {
                while (true) {
                    publish(next());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private String next() throws InterruptedException {
            synchronized (waiting) {
                while (waiting.isEmpty()) {
                    waiting.wait();
                }
                String about = waiting.keySet().iterator().next();
                return waiting.remove(about);
            }
        }

        /** The answer; of what is refused, too. */
        String publish(String message) throws InterruptedException {
            HttpRequest request = HttpRequest.newBuilder(address)
                    .timeout(PATIENCE)
                    .header("Authorization", "Bearer " + apiKey)
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(message))
                    .build();
            while (true) {
                try {
                    HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
                    if (answer.statusCode() != 429 && answer.statusCode() < 500) {
                        if (answer.statusCode() != 200) {
                            System.err.println("Changecast refused a message: " + answer.body());
                        }
                        return answer.body();
                    }
                } catch (IOException e) {
                    // Whether it was published is not known; the id sees to it that it is published once.
                }
                TimeUnit.MILLISECONDS.sleep(PAUSE_MS);
            }
        }
    }
}
