package dev.changecast.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.Position;
import dev.changecast.testing.LoopbackClient;
import dev.changecast.testing.Message;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A client as the protocol asks it to be: it holds rows by key, applies changes at their commits, keeps one offset, and
 * resumes with it. Checks on the way that nothing comes twice or out of order on a connection. For one thread.
 */
final class ModelClient {
    /** One collection, filtered, as the client knows it. It outlives connections. */
    static final class Followed {
        final String collection;
        final String filter;
        final Map<String, Map<String, Object>> rows = new TreeMap<>();
        private @Nullable String channel;
        private @Nullable Position last;
        private boolean ready;

        private final boolean conflate;

        Followed(String collection, String filter, boolean conflate) {
            this.collection = collection;
            this.filter = filter;
            this.conflate = conflate;
        }

        boolean isReady() {
            return ready;
        }
    }

    private final String name;
    private final TestEngine engine;
    private final boolean takesAtOnce;
    private final List<Followed> all = new ArrayList<>();
    private final Map<String, Followed> asked = new HashMap<>();
    private final List<Message> pending = new ArrayList<>();
    private @Nullable LoopbackClient connection;
    private @Nullable String offset;
    private int taken;
    private int commands;
    int resets;
    int connections;

    ModelClient(String name, TestEngine engine, boolean takesAtOnce) {
        this.name = name;
        this.engine = engine;
        this.takesAtOnce = takesAtOnce;
    }

    List<Followed> followed() {
        return all;
    }

    LoopbackClient connection() {
        return java.util.Objects.requireNonNull(connection);
    }

    void connect() {
        LoopbackClient.Builder client = engine.client();
        connection = (takesAtOnce ? client.takingAtOnce() : client).connect();
        connections++;
        taken = 0;
        asked.clear();
        pending.clear();
        all.forEach(this::ask);
    }

    /** What came until then counts. */
    void drop(Set<String> expectedResets) {
        connection().drop();
        process(expectedResets);
    }

    void follow(Followed followed) {
        all.add(followed);
        ask(followed);
    }

    void unfollow(Followed followed) {
        if (followed.channel != null) {
            all.remove(followed);
            connection().send("{\"type\":\"unsubscribe\",\"channel\":\"" + followed.channel + "\"}");
        }
    }

    private void ask(Followed followed) {
        String id = name + "-" + ++commands;
        asked.put(id, followed);
        String resume = "";
        followed.last = null;
        if (followed.ready && offset != null) {
            resume = ",\"since\":{\"pg\":\"" + offset + "\"},\"channel\":\"" + followed.channel + "\"";
            followed.last = position(offset);
        } else {
            followed.rows.clear();
        }
        followed.ready = false;
        connection()
                .send("{\"type\":\"subscribe\",\"id\":\"" + id + "\",\"collection\":\"" + followed.collection
                        + "\",\"filter\":" + TestEngine.json(followed.filter) + ",\"conflate\":" + followed.conflate
                        + resume + "}");
    }

    /** Takes in what has come; resets for other reasons than these are a failure. */
    void process(Set<String> expectedResets) {
        List<Message> messages = connection().received().all();
        for (; taken < messages.size(); taken++) {
            take(messages.get(taken), expectedResets);
        }
    }

    private void take(Message message, Set<String> expectedResets) {
        if (message.isChange()) {
            change(message);
            return;
        }
        switch (message.type()) {
            case "subscribed" -> {
                Followed followed = message.has("id") ? asked.get(message.text("id")) : null;
                if (followed != null) {
                    followed.channel = message.text("channel");
                }
            }
            case "snapshot" -> with(message, followed -> message.list("rows").forEach(row -> put(followed, row)));
            case "ready" -> {
                with(message, followed -> followed.ready = true);
                offset = message.text("offsets.pg");
            }
            case "commit" -> commit(message);
            case "heartbeat" -> offset = message.has("offsets.pg") ? message.text("offsets.pg") : offset;
            case "reset" -> {
                assertThat(expectedResets).as("%s got %s", name, message).contains(message.text("reason"));
                resets++;
                pending.clear();
                with(message, followed -> {
                    followed.rows.clear();
                    followed.ready = false;
                    followed.last = null;
                });
            }
            case "welcome", "unsubscribed", "pong" -> {}
            default -> throw new AssertionError(name + " got " + message);
        }
    }

    private void with(Message message, java.util.function.Consumer<Followed> action) {
        for (Followed followed : all) {
            if (message.text("channel").equals(followed.channel)) {
                action.accept(followed);
            }
        }
    }

    private void change(Message message) {
        Position position = position(message.text("offset"));
        with(message, followed -> {
            assertThat(followed.last == null || position.isAfter(followed.last))
                    .as("%s got %s after %s", name, message, followed.last)
                    .isTrue();
            followed.last = position;
        });
        pending.add(message);
        if (TestEngine.isCommit(message)) {
            commit(message);
        }
    }

    private void commit(Message mark) {
        pending.forEach(change -> with(change, followed -> apply(followed, change)));
        pending.clear();
        offset = mark.text("offset");
    }

    private void apply(Followed followed, Message change) {
        switch (change.text("action")) {
            case "insert", "update" -> put(followed, change.get("data"));
            case "delete" -> followed.rows.remove(change.text("key.id"));
            default -> followed.rows.clear();
        }
    }

    private static void put(Followed followed, @Nullable Object row) {
        Map<String, Object> values = new LinkedHashMap<>();
        ((Map<?, ?>) row).forEach((name, value) -> values.put(name.toString(), String.valueOf(value)));
        followed.rows
                .computeIfAbsent(values.get("id").toString(), id -> new TreeMap<>())
                .putAll(values);
    }

    private static Position position(String offset) {
        return Position.parse(offset.substring(offset.indexOf('.') + 1));
    }
}
