package dev.changecast.server.oracle;

import dev.changecast.server.e2e.Offset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The rows of one subscription as its client has them; changes wait for their commit. Throws {@link AssertionError} for a
 * change that cannot be one of the rows it has, and for a position that it has already. Guarded by its client's lock.
 */
final class Replica {
    /** How far the server has told it everything. */
    enum State {
        /** Nothing was asked yet. */
        NEW,
        /** Rows come, or what was missed. */
        PREPARING,
        READY
    }

    final ObjectNode command;
    final boolean conflates;
    State state = State.NEW;

    @Nullable
    String channel;

    private String formerly;

    /** After which offset it was started; null for a start with a snapshot. */
    @Nullable
    String since;

    /** Another one, of the same client, that has its rows: two subscriptions that mean the same have one channel. */
    @Nullable
    Replica twin;

    /** What its rows are from, when its client has been told of another epoch before it was; else null. */
    @Nullable
    String offsetBefore;

    private final List<JsonNode> pending = new ArrayList<>();
    private final Set<String> overtaken = new HashSet<>();
    private Map<String, ObjectNode> rows = new LinkedHashMap<>();

    /** The rows as they were when it was last ready: what it was resumed with, if it was not ready before the end. */
    private Map<String, ObjectNode> kept = new LinkedHashMap<>();

    private List<String> key = List.of();
    private @Nullable Offset applied;
    private @Nullable Offset keptApplied;
    private boolean allRows;
    private int snapshots;
    private int starts;
    private boolean whole;
    private final List<Listener> listeners = new ArrayList<>();

    /** Gets each change when it is applied; throws {@link AssertionError} when that cannot be. */
    @FunctionalInterface
    interface Listener {
        /** @param before the row as it was; null when there was none */
        void changed(Replica replica, @Nullable ObjectNode before, JsonNode change);
    }

    Replica(ObjectNode command) {
        this.command = command;
        this.conflates = command.path("conflate").asBoolean(false);
    }

    Replica onChange(Listener listener) {
        listeners.add(listener);
        return this;
    }

    /** It begins, without a snapshot, where there are no rows yet: so it has all of them. */
    Replica fromTheBeginning() {
        whole = true;
        return this;
    }

    /** The name of the transaction that a message is of; null where the source has no names. */
    static @Nullable String name(JsonNode message) {
        return message.path("tx").isString() ? message.path("tx").asString() : null;
    }

    /** What tells a change's transaction from the others: where they have no names, the place that all of it has. */
    static String transaction(JsonNode change) {
        String name = name(change);
        return name != null
                ? name
                : "that at " + Offset.parse(change.path("offset").asString()).major();
    }

    private boolean wantsRows() {
        return !command.has("snapshot")
                || !command.path("snapshot").isBoolean()
                || command.path("snapshot").asBoolean();
    }

    /** A connection begins, or this subscription ended with an error that says to try again. */
    ObjectNode start(String source, @Nullable String offset) {
        if (state == State.READY) {
            since = offsetBefore == null ? offset : offsetBefore;
            kept = new LinkedHashMap<>(rows);
            keptApplied = applied;
        } else {
            rows = new LinkedHashMap<>(kept);
            applied = keptApplied;
        }
        pending.clear();
        overtaken.clear();
        state = State.PREPARING;
        starts++;
        allRows = since != null || !wantsRows();
        ObjectNode subscribe = command.deepCopy();
        if (since != null) {
            subscribe.putObject("since").put(source, since);
            subscribe.put("channel", channel);
            formerly = channel;
        }
        return subscribe;
    }

    /** Whether this is its channel, or was when it had the rows with which it came back. */
    boolean isCalled(String name) {
        return name.equals(channel) || name.equals(formerly);
    }

    void subscribed(JsonNode message) {
        channel = message.path("channel").asString();
        key = new ArrayList<>();
        message.path("key").forEach(column -> key.add(column.asString()));
    }

    /** What it has is void; rows follow. */
    void reset() {
        rows = new LinkedHashMap<>();
        kept = new LinkedHashMap<>();
        pending.clear();
        overtaken.clear();
        applied = null;
        keptApplied = null;
        since = null;
        offsetBefore = null;
        allRows = !wantsRows();
        state = State.PREPARING;
    }

    void page(JsonNode message) {
        require(state == State.PREPARING, "rows came after ready");
        require(since == null, "rows came though it was resumed");
        require(!allRows, "rows came after the last page");
        for (JsonNode row : message.path("rows")) {
            String id = id(row);
            if (!overtaken.contains(id)) {
                require(rows.put(id, (ObjectNode) row) == null, "the snapshot has this row twice: " + row);
            }
        }
        if (!message.path("more").asBoolean()) {
            allRows = true;
            snapshots++;
        }
    }

    void ready() {
        require(state == State.PREPARING, "it was ready already");
        require(allRows, "it is ready before its last page");
        state = State.READY;
        overtaken.clear();
    }

    void receive(JsonNode change) {
        require(state != State.NEW, "a change came before it subscribed");
        Offset place = Offset.parse(change.path("offset").asString());
        if (!pending.isEmpty() && !conflates) {
            JsonNode last = pending.get(pending.size() - 1);
            require(
                    place.compareTo(Offset.parse(last.path("offset").asString())) > 0,
                    "the position does not rise after " + last);
        }
        require(
                since == null || place.compareTo(Offset.parse(since)) > 0,
                "it was resumed after " + since + " and got what is not later");
        pending.add(change);
    }

    /** The transaction that it has a part of; null when it has none. */
    @Nullable
    String open() {
        return pending.isEmpty() ? null : transaction(pending.get(0));
    }

    /**
     * Applies what it has of a transaction; returns whether that was something.
     *
     * @param tx null for a mark without a name; while rows or what was missed come, one of others may come between
     */
    boolean commit(@Nullable String tx) {
        if (pending.isEmpty()) {
            return false;
        }
        String expected = tx != null ? tx : state == State.READY ? transaction(pending.get(0)) : null;
        for (JsonNode change : pending) {
            require(
                    conflates || expected == null || transaction(change).equals(expected),
                    "the commit of " + expected + " came within " + change);
            apply(change);
        }
        pending.clear();
        return true;
    }

    private void apply(JsonNode change) {
        Offset place = Offset.parse(change.path("offset").asString());
        Offset before = applied;
        require(
                before == null || conflates || place.compareTo(before) > 0,
                "applied already, or out of order: it was at " + before);
        applied =
                before == null || !before.epoch().equals(place.epoch()) || place.compareTo(before) > 0 ? place : before;
        String action = change.path("action").asString();
        if (action.equals("truncate")) {
            rows.keySet().forEach(overtaken::add);
            rows.clear();
            listeners.forEach(listener -> listener.changed(this, null, change));
            return;
        }
        String id = id(change.path("key"));
        ObjectNode data = (ObjectNode) change.path("data");
        ObjectNode present = rows.get(id);
        overtaken.add(id);
        // While rows still come, a change may be of a row that has not come yet. One with a snapshot of its own choice
        // of
        // rows, or none, may be of a row that it never had. And the latest states of rows are ahead of the offset that
        // is
        // told beside them, so that after a resume some come again.
        if (allRows
                && !conflates
                && (wantsRows() || whole)
                && !command.path("snapshot").has("limit")) {
            require(action.equals("insert") == (present == null), "does not fit the row that is there: " + present);
        }
        if (action.equals("delete")) {
            rows.remove(id);
        } else {
            ObjectNode row = data.deepCopy();
            if (present != null && action.equals("update")) {
                row = present.deepCopy();
                row.setAll(data);
            }
            for (JsonNode column : change.path("unchanged")) {
                require(!data.has(column.asString()), "a value is there and unchanged");
                require(
                        present == null || conflates || row.has(column.asString()),
                        "nobody ever told the value of " + column);
            }
            rows.put(id, row);
        }
        listeners.forEach(listener -> listener.changed(this, present, change));
    }

    private String id(JsonNode row) {
        StringBuilder id = new StringBuilder();
        for (String column : key) {
            require(row.has(column), "no column " + column + " in " + row);
            id.append(row.get(column)).append('/');
        }
        return key.isEmpty() ? row.toString() : id.toString();
    }

    boolean isReady() {
        return twin == null ? state == State.READY : twin.isReady();
    }

    Map<String, ObjectNode> rows() {
        return twin == null ? rows : twin.rows();
    }

    /** How often it has been subscribed to. */
    int starts() {
        return starts;
    }

    /** How many snapshots it has had whole. */
    int snapshots() {
        return snapshots;
    }

    private void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what + " (" + command + ", " + state + ", since " + since + ")");
        }
    }

    @Override
    public String toString() {
        return command + " " + state + " at " + applied
                + (pending.isEmpty() ? "" : " with " + pending.size() + " pending");
    }
}
