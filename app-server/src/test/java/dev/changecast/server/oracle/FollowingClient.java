package dev.changecast.server.oracle;

import dev.changecast.server.e2e.Offset;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A client that does what the protocol's description says, to the letter and no more: keeps one offset, the last that it
 * was told; applies changes at commits; comes back after each end of the connection and resumes. It drops the connection
 * by itself where it is told to. What breaks a promise is kept, and whoever waits fails with it. Thread-safe.
 */
final class FollowingClient implements AutoCloseable {
    static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private static final int REMEMBERED = 25;
    private static final int RETRY_MILLIS = 100;

    private final String name;
    private final String source;
    private final Supplier<URI> address;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final List<Replica> replicas = new ArrayList<>();
    private final ArrayDeque<String> past = new ArrayDeque<>();
    private final Map<String, Integer> resets = new TreeMap<>();
    private final List<JsonNode> errors = new ArrayList<>();
    private IntSupplier framesUntilDrop = () -> Integer.MAX_VALUE;
    private Predicate<String> explained = reason -> false;
    private @Nullable Consumer<FollowingClient> atCommit;
    private @Nullable AssertionError violation;
    private @Nullable Connection connection;
    private @Nullable String offset;
    private int retriedError;
    private int connections;
    private int drops;
    private int deafMillis = 20_000;
    private boolean closed;

    /** One connection, and what has to hold on it. */
    private final class Connection implements Line.Owner {
        private @Nullable Line line;
        private int framesLeft = framesUntilDrop.getAsInt();
        private boolean welcomed;
        private boolean paused;
        private boolean owing;
        private boolean over;
        private long heard = System.nanoTime();

        /** The transaction that the ready channels have a part of. */
        private @Nullable String open;

        private @Nullable Offset received;

        @Override
        public void opened(Line opened) {
            locked(() -> {
                line = opened;
                if (over) {
                    opened.abort();
                } else if (connection == this) {
                    replicas.forEach(replica -> start(this, replica));
                }
            });
        }

        @Override
        public void received(String message) {
            locked(() -> {
                heard = System.nanoTime();
                if (connection == this && !over) {
                    FollowingClient.this.receive(this, message);
                    if (--framesLeft <= 0) {
                        drops++;
                        lost(this);
                    }
                }
            });
        }

        @Override
        public boolean wantsMore() {
            return get(() -> {
                owing = paused;
                return !paused;
            });
        }

        @Override
        public void ended(int code, String reason) {
            locked(() -> {
                if (code >= 4400 && code < 4500) {
                    broken("the server sent it away: " + code + " " + reason);
                }
                lost(this);
            });
        }

        /** Like a client that has missed three heartbeats. */
        private void listen() {
            CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS)
                    .execute(() -> locked(() -> {
                        if (connection == this && !over) {
                            if (!paused && System.nanoTime() - heard > TimeUnit.MILLISECONDS.toNanos(deafMillis)) {
                                lost(this);
                            } else {
                                listen();
                            }
                        }
                    }));
        }
    }

    FollowingClient(String name, URI address) {
        this(name, "pg", () -> address);
    }

    /**
     * @param source the server's only one
     * @param address asked for each connection: {@code ws://.../ws} for a WebSocket, {@code http://.../poll} for polling
     */
    FollowingClient(String name, String source, Supplier<URI> address) {
        this.name = name;
        this.source = source;
        this.address = address;
    }

    /** How many messages of each new connection it takes before it drops it. */
    FollowingClient dropAfter(IntSupplier frames) {
        locked(() -> framesUntilDrop = frames);
        return this;
    }

    /** Resets with these reasons are no failure from now on. */
    FollowingClient explain(Predicate<String> reasons) {
        locked(() -> explained = reasons);
        return this;
    }

    /** Tries again after errors with this code, too. */
    FollowingClient retryAfter(int code) {
        locked(() -> retriedError = code);
        return this;
    }

    /** After how much silence it takes its connection for dead. */
    FollowingClient deafAfter(Duration silence) {
        locked(() -> deafMillis = (int) silence.toMillis());
        return this;
    }

    /** Runs this after each commit at which all subscriptions are ready. */
    FollowingClient atCommit(Consumer<FollowingClient> check) {
        locked(() -> atCommit = check);
        return this;
    }

    /** Adds a subscription; it is made on this and every later connection. */
    Replica subscribe(String command) {
        ObjectNode subscribe = (ObjectNode) JSON.readTree(command);
        subscribe.put("type", "subscribe");
        Replica replica = new Replica(subscribe);
        locked(() -> {
            replicas.add(replica);
            Connection present = connection;
            if (present != null && present.line != null && !present.over) {
                start(present, replica);
            }
        });
        return replica;
    }

    FollowingClient connect() {
        Connection next = new Connection();
        locked(() -> {
            connections++;
            connection = next;
        });
        next.listen();
        URI to = address.get();
        if (to.getScheme().equals("ws")) {
            WebSocketLine.open(to, next);
        } else {
            PollLine.open(to, next);
        }
        return this;
    }

    private void lost(Connection gone) {
        if (gone.over) {
            return;
        }
        gone.over = true;
        if (gone.line != null) {
            gone.line.abort();
        }
        if (connection == gone && !closed) {
            CompletableFuture.delayedExecutor(RETRY_MILLIS, TimeUnit.MILLISECONDS)
                    .execute(() -> {
                        if (!get(() -> closed)) {
                            connect();
                        }
                    });
        }
    }

    /** Ends the connection without a word; it comes back. */
    void drop() {
        locked(() -> {
            if (connection != null) {
                drops++;
                lost(connection);
            }
        });
    }

    /** Ends the connection and stays away. */
    void pause() {
        locked(() -> {
            closed = true;
            if (connection != null) {
                lost(connection);
            }
        });
    }

    /** Comes back. */
    void unpause() {
        locked(() -> closed = false);
        connect();
    }

    void pauseReading() {
        locked(() -> {
            if (connection != null) {
                connection.paused = true;
            }
        });
    }

    void resumeReading() {
        locked(() -> {
            Connection present = connection;
            if (present != null) {
                present.paused = false;
                present.heard = System.nanoTime();
                if (present.owing && present.line != null) {
                    present.owing = false;
                    present.line.request();
                }
            }
        });
    }

    /** Waits until a condition holds, which is looked at under the lock; fails at once when a promise was broken. */
    void await(String what, Duration within, BooleanSupplier condition) {
        long remaining = within.toNanos();
        lock.lock();
        try {
            while (true) {
                if (violation != null) {
                    throw new AssertionError(violation.getMessage(), violation);
                }
                if (condition.getAsBoolean()) {
                    return;
                }
                if (remaining <= 0) {
                    throw new AssertionError(name + " waited " + within.toSeconds() + " s in vain: " + what + "; at "
                            + offset
                            + ", connections " + connections + ", resets " + resets + ", errors " + errors + "\n  "
                            + String.join(
                                    "\n  ",
                                    replicas.stream()
                                            .limit(20)
                                            .map(Replica::toString)
                                            .toList()) + "\n  last: "
                            + String.join("\n  ", past));
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

    void awaitReady(Duration within) {
        await("to be ready", within, this::isReady);
    }

    boolean isReady() {
        return replicas.stream().allMatch(Replica::isReady);
    }

    /** A copy of a replica's rows by key. */
    Map<String, ObjectNode> rows(Replica replica) {
        return get(() -> new TreeMap<>(replica.rows()));
    }

    /** How often each reason for a reset was given. */
    Map<String, Integer> resets() {
        return get(() -> new TreeMap<>(resets));
    }

    /** The reasons for resets so far; for conditions, which hold the lock. */
    Set<String> resetsNow() {
        return resets.keySet();
    }

    /** In the order in which they were added. */
    List<Replica> replicas() {
        return replicas;
    }

    /** Errors that did not say to try again. */
    List<JsonNode> errors() {
        return get(() -> List.copyOf(errors));
    }

    int drops() {
        return get(() -> drops);
    }

    /** How many times it has connected, or tried to. */
    int connections() {
        return get(() -> connections);
    }

    @Nullable
    String offset() {
        return get(() -> offset);
    }

    void check() {
        AssertionError seen = get(() -> violation);
        if (seen != null) {
            throw new AssertionError(seen.getMessage(), seen);
        }
    }

    @Override
    public void close() {
        locked(() -> {
            closed = true;
            if (connection != null) {
                lost(connection);
            }
        });
    }

    private void start(Connection on, Replica replica) {
        if (replica.twin != null) {
            return;
        }
        ObjectNode subscribe = replica.start(source, offset);
        subscribe.put("id", replicas.indexOf(replica));
        past.add("> " + subscribe);
        if (on.line != null) {
            on.line.send(subscribe.toString());
        }
    }

    // ---- What comes

    private void receive(Connection on, String text) {
        if (violation != null) {
            return;
        }
        past.add(text.length() > 300 ? text.substring(0, 300) + "…" : text);
        while (past.size() > REMEMBERED) {
            past.remove();
        }
        try {
            receive(on, JSON.readTree(text));
        } catch (RuntimeException | AssertionError e) {
            broken(e instanceof AssertionError ? String.valueOf(e.getMessage()) : e.toString(), e);
        }
    }

    private void broken(String what, Throwable... cause) {
        if (violation == null) {
            violation = new AssertionError(name + ": " + what + "\n  after:\n  " + String.join("\n  ", past));
            if (cause.length > 0) {
                violation.initCause(cause[0]);
            }
        }
    }

    private void receive(Connection on, JsonNode message) {
        String type = message.path("type").asString();
        require(on.welcomed || type.equals("welcome") || type.equals("error"), "a message before welcome");
        if (message.has("action")) {
            change(on, message);
            return;
        }
        switch (type) {
            case "welcome" -> on.welcomed = true;
            case "subscribed" -> subscribed(message);
            case "snapshot" -> of(message).page(message);
            case "ready" -> ready(on, message);
            case "commit" -> commit(on, message, message.path("offset").asString());
            case "heartbeat" -> keep(message.path("offsets").path(source).asString(""));
            case "reset" -> reset(on, message);
            case "error" -> error(on, message);
            case "going_away" -> {}
            default -> throw new AssertionError("nobody asked for a " + type);
        }
    }

    private void subscribed(JsonNode message) {
        Replica replica = message.has("id")
                ? replicas.get(message.path("id").asInt())
                : replicas.stream()
                        .filter(each -> message.path("replaces").asString("").equals(each.channel))
                        .findFirst()
                        .orElseThrow();
        String channel = message.path("channel").asString();
        replica.twin = replicas.stream()
                .filter(other -> other != replica && channel.equals(other.channel))
                .findFirst()
                .orElse(null);
        if (replica.twin == null) {
            replica.subscribed(message);
        }
    }

    private void ready(Connection on, JsonNode message) {
        Replica replica = of(message);
        if (replica.state != Replica.State.READY || replicas.stream().noneMatch(other -> other.twin == replica)) {
            replica.ready();
        }
        keep(message.path("offsets").path(source).asString());
        if (replica.open() != null && on.open == null && !replica.conflates) {
            on.open = replica.open();
        }
        committed();
    }

    private void change(Connection on, JsonNode change) {
        Replica replica = of(change);
        String tx = Replica.transaction(change);
        if (replica.state == Replica.State.READY && !replica.conflates) {
            Offset place = Offset.parse(change.path("offset").asString());
            require(on.open == null || on.open.equals(tx), "another transaction came within " + on.open);
            Offset row = place.ofRow();
            require(on.received == null || row.compareTo(on.received) >= 0, "the position fell behind " + on.received);
            on.open = tx;
            on.received = row;
        }
        replica.receive(change);
        if (change.path("commit").asBoolean(false)) {
            commit(on, change, change.path("offset").asString());
        }
    }

    private void commit(Connection on, JsonNode mark, String end) {
        // A mark without a name ends what has come so far.
        String tx = Replica.name(mark);
        boolean any = false;
        for (Replica replica : replicas) {
            if (replica.conflates || tx == null || tx.equals(replica.open())) {
                any |= replica.commit(tx);
            }
        }
        // While some prepare, each ends its transactions by itself, and one mark may come for what another has ended;
        // where
        // only the latest states are wanted, too.
        boolean allAlike = isReady() && replicas.stream().noneMatch(replica -> replica.conflates);
        require(any || !allAlike, "the commit of " + tx + ", of which nothing came");
        if (tx == null || tx.equals(on.open)) {
            on.open = null;
        }
        keep(end);
        committed();
    }

    private void committed() {
        if (atCommit != null && isReady()) {
            atCommit.accept(this);
        }
    }

    private void reset(Connection on, JsonNode message) {
        String reason = message.path("reason").asString();
        resets.merge(reason, 1, Integer::sum);
        require(explained.test(reason), "nothing explains the reset");
        String channel = message.path("channel").asString();
        replicas.stream().filter(replica -> replica.isCalled(channel)).forEach(Replica::reset);
        String now = message.path("offsets").path(source).asString("");
        if (!now.isEmpty()
                && offset != null
                && !Offset.parse(now).epoch().equals(Offset.parse(offset).epoch())) {
            on.open = null;
            on.received = null;
            for (Replica replica : replicas) {
                if (replica.state == Replica.State.READY && replica.offsetBefore == null) {
                    replica.offsetBefore = offset;
                }
            }
            offset = now;
        }
        if (replicas.stream().noneMatch(replica -> replica.state == Replica.State.READY)) {
            on.open = null;
        }
    }

    private void error(Connection on, JsonNode message) {
        if ((message.path("retry").asBoolean() || message.path("code").asInt() == retriedError) && message.has("id")) {
            Replica replica = replicas.get(message.path("id").asInt());
            CompletableFuture.delayedExecutor(RETRY_MILLIS, TimeUnit.MILLISECONDS)
                    .execute(() -> locked(() -> {
                        if (connection == on && !on.over) {
                            start(on, replica);
                        }
                    }));
            return;
        }
        if (!on.welcomed
                && message.path("retry").asBoolean()
                && message.path("context").asString().equals("connect")) {
            // The server is going and takes nobody any more: it closes, and the next one is tried.
            return;
        }
        errors.add(message);
        throw new AssertionError("an error that nothing explains");
    }

    private void keep(String told) {
        if (!told.isEmpty()) {
            offset = told;
        }
    }

    private Replica of(JsonNode message) {
        String channel = message.path("channel").asString();
        return replicas.stream()
                .filter(replica -> channel.equals(replica.channel))
                .findFirst()
                .orElseThrow(() -> new AssertionError("nobody subscribed to the channel " + channel));
    }

    @Override
    public String toString() {
        return name;
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
