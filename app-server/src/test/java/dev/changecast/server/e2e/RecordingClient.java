package dev.changecast.server.e2e;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A client as the protocol describes it: keeps the rows of each subscription, applies changes at commits, resumes after
 * the last offset. It records what breaks a promise of the server, and whoever waits for something fails with it: an
 * error or a reset that the test does not expect, a position that is repeated or falls, a transaction in pieces.
 * Thread-safe.
 */
final class RecordingClient implements AutoCloseable {
    static final Duration WITHIN = Duration.ofSeconds(30);

    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private final URI uri;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final List<Mirror> mirrors = new ArrayList<>();
    private final Map<String, String> offsets = new HashMap<>();
    private final List<JsonNode> errors = new ArrayList<>();
    private final List<JsonNode> resets = new ArrayList<>();
    private final List<JsonNode> others = new ArrayList<>();
    private boolean errorsExpected;
    private boolean resetsExpected;
    private @Nullable Consumer<RecordingClient> atCommit;
    private @Nullable AssertionError violation;
    private @Nullable Connection connection;

    /** One connection, and what has to hold on it. */
    private final class Connection implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();
        private final CompletableFuture<Integer> closed = new CompletableFuture<>();
        private CompletableFuture<?> sent = CompletableFuture.completedFuture(null);
        private @Nullable WebSocket socket;
        private boolean welcomed;
        private String how = "open";

        /** The transaction that the ready channels have a part of. */
        private @Nullable String open;

        private @Nullable Offset received;
        private int subscribed;

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                String message = text.toString();
                text.setLength(0);
                locked(() -> {
                    if (connection == this) {
                        receive(this, message);
                    }
                });
            }
            from.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
            locked(() -> {
                how = code + " " + reason;
                closed.complete(code);
            });
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            locked(() -> {
                how = error.toString();
                closed.complete(1006);
            });
        }
    }

    private RecordingClient(URI uri) {
        this.uri = uri;
    }

    /** Connects; throws {@link CompletionException} when that fails. */
    static RecordingClient connect(URI uri) {
        RecordingClient client = new RecordingClient(uri);
        client.connect();
        return client;
    }

    /** From now on errors are kept, not failures. */
    RecordingClient expectErrors() {
        locked(() -> errorsExpected = true);
        return this;
    }

    /** From now on resets are kept, not failures. */
    RecordingClient expectResets() {
        locked(() -> resetsExpected = true);
        return this;
    }

    /** Runs this under the lock after each commit and each ready; what it throws is a violation. */
    RecordingClient atCommit(Consumer<RecordingClient> check) {
        locked(() -> atCommit = check);
        return this;
    }

    /** Subscribes, and comes back to it after each reconnect. */
    Mirror subscribe(String command) {
        ObjectNode subscribe = (ObjectNode) JSON.readTree(command);
        subscribe.put("type", "subscribe");
        Mirror mirror = new Mirror(subscribe);
        locked(() -> {
            mirrors.add(mirror);
            send(mirror, null);
        });
        return mirror;
    }

    /** Sends this as it is. */
    void send(String message) {
        locked(() -> sending(socket -> socket.sendText(message, true)));
    }

    void sendBinary(byte[] bytes) {
        locked(() -> sending(socket -> socket.sendBinary(ByteBuffer.wrap(bytes), true)));
    }

    /** Connects again, when the server is there, and resumes. */
    void reconnect() {
        drop();
        dev.changecast.testing.Eventually.await("a connection", WITHIN, () -> {
            try {
                connect();
                return true;
            } catch (CompletionException refused) {
                return false;
            }
        });
        locked(() -> mirrors.forEach(mirror -> send(mirror, offsets)));
    }

    /** Ends the connection without a word. */
    void drop() {
        locked(() -> {
            if (connection != null && connection.socket != null) {
                connection.socket.abort();
            }
            connection = null;
        });
    }

    boolean isConnected() {
        return get(() -> connection != null && !connection.closed.isDone());
    }

    /** Waits for the end of the connection; returns the close code, 1006 when there was none. */
    int awaitClose() {
        await("the connection to end", () -> connection != null && connection.closed.isDone());
        return get(() -> connection == null ? 1006 : connection.closed.join());
    }

    void awaitReady(Mirror mirror) {
        await("to be ready: " + mirror.command, () -> mirror.ready);
    }

    void awaitReady() {
        await("to be ready", () -> mirrors.stream().allMatch(mirror -> mirror.ready));
    }

    /** Waits until a condition holds, which is looked at under the lock; fails at once when a promise was broken. */
    void await(String what, BooleanSupplier condition) {
        long remaining = WITHIN.toNanos();
        lock.lock();
        try {
            while (true) {
                check();
                if (condition.getAsBoolean()) {
                    return;
                }
                if (remaining <= 0) {
                    throw new AssertionError(
                            "waited " + WITHIN.toSeconds() + " s in vain: " + what + "; offsets " + offsets
                                    + ", errors " + errors + ", resets " + resets + ", connection "
                                    + (connection == null ? "none" : connection.how));
                }
                remaining = changed.awaitNanos(remaining);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        } finally {
            lock.unlock();
        }
    }

    /** Waits for an error with this code; returns its message. */
    String awaitError(int code) {
        await("the error " + code, () -> errors.stream().anyMatch(error -> is(error, code)));
        return get(() -> errors.stream()
                        .filter(error -> is(error, code))
                        .findFirst()
                        .orElseThrow())
                .path("message")
                .asString();
    }

    private static boolean is(JsonNode error, int code) {
        return error.path("code").asInt() == code;
    }

    List<JsonNode> resets() {
        return get(() -> List.copyOf(resets));
    }

    /** Everything that is neither a change nor about subscriptions. */
    List<JsonNode> others(String type) {
        return get(() -> others.stream()
                .filter(message -> message.path("type").asString().equals(type))
                .toList());
    }

    /** A copy of the rows, by key. */
    Map<String, ObjectNode> rows(Mirror mirror) {
        return get(() -> new HashMap<>(mirror.rows()));
    }

    /** A copy of the changes that were applied. */
    List<Change> applied(Mirror mirror) {
        return get(() -> List.copyOf(mirror.applied()));
    }

    /** Fails when a promise was broken so far. */
    void check() {
        AssertionError broken = get(() -> violation);
        if (broken != null) {
            throw new AssertionError(broken.getMessage(), broken);
        }
    }

    @Override
    public void close() {
        drop();
        check();
    }

    private void connect() {
        Connection next = new Connection();
        locked(() -> connection = next);
        WebSocket socket = HTTP.newWebSocketBuilder()
                .connectTimeout(Duration.ofSeconds(10))
                .buildAsync(uri, next)
                .orTimeout(WITHIN.toSeconds(), TimeUnit.SECONDS)
                .join();
        locked(() -> next.socket = socket);
    }

    private void send(Mirror mirror, @Nullable Map<String, String> known) {
        String source = known == null || known.isEmpty() ? null : sourceOf(known);
        ObjectNode subscribe = mirror.subscribe(source, source == null || known == null ? null : known.get(source));
        subscribe.put("id", mirrors.indexOf(mirror));
        sending(socket -> socket.sendText(subscribe.toString(), true));
    }

    /** The tests from end to end have one source. */
    private static String sourceOf(Map<String, String> known) {
        return known.keySet().iterator().next();
    }

    private interface Sending {
        CompletableFuture<WebSocket> on(WebSocket socket);
    }

    private void sending(Sending message) {
        Connection present = connection;
        WebSocket socket = present == null ? null : present.socket;
        if (present == null || socket == null) {
            throw new IllegalStateException("not connected");
        }
        present.sent = present.sent.thenCompose(before -> message.on(socket));
    }

    // ---- What comes

    private void receive(Connection on, String text) {
        if (violation != null) {
            return;
        }
        try {
            receive(on, JSON.readTree(text));
        } catch (RuntimeException | AssertionError e) {
            violation = new AssertionError(
                    e.getMessage() + "\n  at the message " + text.substring(0, Math.min(text.length(), 1000)), e);
        }
    }

    private void receive(Connection on, JsonNode message) {
        String type = message.path("type").asString();
        require(on.welcomed || type.equals("welcome") || type.equals("error"), "a message before welcome");
        if (message.has("action")) {
            change(on, Change.of(message));
            return;
        }
        switch (type) {
            case "welcome" -> {
                require(!on.welcomed, "a second welcome");
                on.welcomed = true;
            }
            case "subscribed" -> {
                Mirror mirror =
                        message.has("id") ? mirrors.get(message.path("id").asInt()) : mirrors.get(0);
                mirror.subscribed(message);
                on.subscribed++;
            }
            case "snapshot" -> of(message).page(message);
            case "ready" -> {
                Mirror mirror = of(message);
                require(!mirror.ready, "ready twice");
                mirror.isReady();
                keep(message.path("offsets"));
                if (mirror.pendingTransaction() != null && on.open == null) {
                    on.open = mirror.pendingTransaction();
                }
                committed();
            }
            case "commit" -> {
                String tx = message.path("tx").asString();
                commit(
                        on,
                        tx,
                        message.path("source").asString(),
                        message.path("offset").asString());
            }
            case "heartbeat" -> keep(message.path("offsets"));
            case "reset" -> {
                require(resetsExpected, "an unexpected reset");
                resets.add(message);
                mirrors.stream()
                        .filter(mirror -> message.path("channel").asString().equals(mirror.channel))
                        .forEach(Mirror::reset);
                offsets.clear();
                on.open = null;
                on.received = null;
            }
            case "error" -> {
                require(errorsExpected, "an unexpected error");
                errors.add(message);
            }
            default -> others.add(message);
        }
    }

    private void change(Connection on, Change change) {
        Mirror mirror = mirrors.stream()
                .filter(each -> change.channel().equals(each.channel))
                .findFirst()
                .orElseThrow(() -> new AssertionError("a change of a channel that nobody subscribed to"));
        if (mirror.ready) {
            require(on.open == null || on.open.equals(change.tx()), "within transaction " + on.open + " came another");
            Offset row = change.offset().ofRow();
            require(on.received == null || row.compareTo(on.received) >= 0, "the position fell behind " + on.received);
            on.open = change.tx();
            on.received = row;
        }
        mirror.receive(change);
        if (change.commits()) {
            commit(on, change.tx(), change.source(), change.offset().toString());
        }
    }

    private void commit(Connection on, String tx, String source, String offset) {
        for (Mirror mirror : mirrors) {
            if (tx.equals(mirror.pendingTransaction())) {
                mirror.commit(tx);
            }
        }
        if (tx.equals(on.open)) {
            on.open = null;
        }
        keep(source, offset);
        committed();
    }

    private void committed() {
        Consumer<RecordingClient> check = atCommit;
        if (check != null) {
            check.accept(this);
        }
    }

    private void keep(JsonNode sources) {
        sources.propertyNames()
                .forEach(source -> keep(source, sources.path(source).asString()));
    }

    /** The last one; but a subscription that catches up tells of older transactions, which the others have already. */
    private void keep(String source, String offset) {
        String before = offsets.get(source);
        if (before == null || Offset.parse(offset).isAfter(Offset.parse(before))) {
            offsets.put(source, offset);
        }
    }

    private Mirror of(JsonNode message) {
        String channel = message.path("channel").asString();
        return mirrors.stream()
                .filter(mirror -> channel.equals(mirror.channel))
                .findFirst()
                .orElseThrow(() -> new AssertionError("nobody subscribed to channel " + channel));
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    private void locked(Runnable action) {
        get(() -> {
            action.run();
            return 0;
        });
    }

    private <T extends @Nullable Object> T get(Supplier<T> value) {
        lock.lock();
        try {
            T result = value.get();
            changed.signalAll();
            return result;
        } finally {
            lock.unlock();
        }
    }
}
