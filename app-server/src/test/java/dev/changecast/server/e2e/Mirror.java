package dev.changecast.server.e2e;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The rows of one subscription as its client has them. Changes wait for their commit. Throws {@link AssertionError} when
 * a change does not fit the rows: an insert of what is there, an update or a delete of what is not. Guarded by its
 * client's lock.
 */
final class Mirror {
    final ObjectNode command;

    /** Null until the first {@code subscribed}. */
    @Nullable
    String channel;

    boolean ready;

    /** What it was last started with; null for none. */
    @Nullable
    String since;

    private final Map<String, ObjectNode> rows = new LinkedHashMap<>();
    private final List<Change> pending = new ArrayList<>();
    private final List<Change> applied = new ArrayList<>();
    private final Set<String> touched = new HashSet<>();
    private List<String> key = List.of();
    private boolean hasAllRows = true;
    private boolean wasReady;
    private boolean startedAgain;

    /** The last change received on this connection. */
    private @Nullable Offset received;

    private @Nullable Offset last;

    Mirror(ObjectNode command) {
        this.command = command;
    }

    /** It begins without the rows that there are. */
    Mirror partial() {
        hasAllRows = false;
        return this;
    }

    /** A new connection, on which it is subscribed to anew; says how. */
    ObjectNode subscribe(@Nullable String source, @Nullable String offset) {
        ObjectNode subscribe = command.deepCopy();
        pending.clear();
        received = null;
        if (ready && source != null && offset != null) {
            since = offset;
        } else if (wasReady && since != null) {
            // It was being resumed: it starts as it was started before, and gets again what it got since.
            startedAgain = true;
        } else {
            clear();
        }
        ready = false;
        if (since != null && source != null) {
            subscribe.putObject("since").put(source, since);
            subscribe.put("channel", channel);
        }
        return subscribe;
    }

    void subscribed(JsonNode message) {
        channel = message.path("channel").asString();
        key = new ArrayList<>();
        message.path("key").forEach(column -> key.add(column.asString()));
    }

    void reset() {
        clear();
        since = null;
        ready = false;
        received = null;
    }

    private void clear() {
        rows.clear();
        pending.clear();
        touched.clear();
        last = null;
        wasReady = false;
    }

    void page(JsonNode message) {
        require(!ready, "a page of rows after ready");
        for (JsonNode row : message.path("rows")) {
            String id = id(row);
            if (touched.contains(id)) {
                continue;
            }
            require(rows.put(id, (ObjectNode) row) == null, "the snapshot has twice the row " + id);
        }
    }

    void isReady() {
        ready = true;
        wasReady = true;
        touched.clear();
    }

    void receive(Change change) {
        require(received == null || change.offset().isAfter(received), "after " + received + " came " + change);
        require(
                since == null || change.offset().isAfter(Offset.parse(since)),
                "resumed after " + since + ", but got " + change);
        received = change.offset();
        pending.add(change);
    }

    /** The transaction that it has a part of; null when it has none. */
    @Nullable
    String pendingTransaction() {
        return pending.isEmpty() ? null : pending.get(0).tx();
    }

    void commit(String tx) {
        for (Iterator<Change> each = pending.iterator(); each.hasNext(); ) {
            Change change = each.next();
            if (change.tx().equals(tx)) {
                each.remove();
                apply(change);
            }
        }
        require(pending.isEmpty(), "the commit of " + tx + " came within another transaction: " + pending);
    }

    private void apply(Change change) {
        Offset before = last;
        if (before != null && !change.offset().isAfter(before)) {
            require(startedAgain, "applied already: " + change + ", is at " + before);
            return;
        }
        last = change.offset();
        applied.add(change);
        if (change.action().equals("truncate")) {
            rows.clear();
            return;
        }
        JsonNode data = change.data();
        require(data != null && change.key() != null, "no data or key in " + change);
        if (key.isEmpty()) {
            return;
        }
        String id = id(change.key());
        touched.add(id);
        ObjectNode present = rows.get(id);
        require(
                !hasAllRows || change.action().equals("insert") == (present == null),
                "does not fit what is there (" + present + "): " + change);
        if (change.action().equals("delete")) {
            rows.remove(id);
            return;
        }
        ObjectNode row = present == null || change.action().equals("insert")
                ? (ObjectNode) data.deepCopy()
                : present.deepCopy().setAll((ObjectNode) data);
        rows.put(id, row);
    }

    private String id(JsonNode row) {
        if (key.isEmpty()) {
            return row.toString();
        }
        StringBuilder id = new StringBuilder();
        for (String column : key) {
            require(row.has(column), "no key column " + column + " in " + row);
            id.append(row.get(column)).append('/');
        }
        return id.toString();
    }

    Map<String, ObjectNode> rows() {
        return rows;
    }

    List<Change> applied() {
        return applied;
    }

    private void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(command + " " + channel + ": " + what);
        }
    }
}
