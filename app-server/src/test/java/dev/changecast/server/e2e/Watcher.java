package dev.changecast.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A client that looks on while a {@link Load} writes, and in the end has to have seen everything once. */
final class Watcher implements AutoCloseable {
    private final RecordingClient client;
    private final Mirror events;
    private final Mirror counters;
    private final Mirror marks;
    private final @Nullable Integer writer;

    private Watcher(RecordingClient client, @Nullable Integer writer, boolean snapshot) {
        this.client = client;
        this.writer = writer;
        String filter = writer == null ? "" : ",\"filter\":{\"writer\":" + writer + "}";
        String rows = ",\"snapshot\":" + snapshot + "}";
        events = client.subscribe("{\"collection\":\"events\"" + filter + rows);
        counters = client.subscribe("{\"collection\":\"counters\"" + rows);
        marks = client.subscribe("{\"collection\":\"marks\"" + rows);
        if (!snapshot) {
            counters.partial();
        }
        client.awaitReady();
    }

    /**
     * Watches from before the first write.
     *
     * @param writer whose events it wants; null for everybody's
     */
    static Watcher of(ServerProcess server, @Nullable Integer writer) {
        return new Watcher(RecordingClient.connect(server.webSocket()), writer, false);
    }

    RecordingClient client() {
        return client;
    }

    int seen() {
        return client.applied(events).size();
    }

    /** Waits until it has seen so many more events. */
    void awaitMore(int more) {
        int[] before = {-1};
        client.await(more + " more events", () -> {
            before[0] = before[0] < 0 ? events.applied().size() : before[0];
            return events.applied().size() >= before[0] + more;
        });
    }

    /** Waits until everything written so far has come, and compares it with the database. */
    void assertHasSeenEverythingOnce(TestPostgres postgres, int mark) {
        client.await(
                "the mark",
                () -> marks.rows().values().stream()
                        .anyMatch(row -> row.path("id").asInt() == mark));
        // The other channels may still be catching up.
        client.awaitReady();
        String where = writer == null ? "" : " WHERE writer = " + writer;
        List<Long> ids = client.applied(events).stream()
                .map(change -> change.key().path("id").asLong())
                .toList();
        Set<Long> seen = new TreeSet<>(ids);
        assertThat(ids.size() - seen.size()).as("events that came twice").isZero();
        Set<Long> expected = postgres.query("SELECT id FROM events" + where).stream()
                .map(Long::parseLong)
                .collect(Collectors.toCollection(TreeSet::new));
        Set<Long> missing = new TreeSet<>(expected);
        missing.removeAll(seen);
        assertThat(missing)
                .as(
                        "missing of %s events, of which %s were seen, with filter '%s'",
                        expected.size(), seen.size(), where)
                .isEmpty();
        seen.removeAll(expected);
        assertThat(seen).as("events that the database does not have").isEmpty();
        assertCounted();
        assertThat(client.rows(counters).values()).containsExactlyInAnyOrderElementsOf(counters(postgres));
    }

    /** Each state of each counter came, in order. */
    private void assertCounted() {
        Map<Integer, Integer> counts = new HashMap<>();
        for (Change change : client.applied(counters)) {
            int id = change.number("id");
            assertThat(change.number("n")).as("counter " + id).isEqualTo(counts.getOrDefault(id, 0) + 1);
            counts.put(id, change.number("n"));
        }
        assertThat(counts).isNotEmpty();
    }

    private static List<tools.jackson.databind.node.ObjectNode> counters(TestPostgres postgres) {
        return SpineSchema.rows(postgres, "SELECT json_build_object('id', id, 'n', n) FROM counters WHERE n > 0")
                .stream()
                .map(row -> (tools.jackson.databind.node.ObjectNode) row)
                .toList();
    }

    @Override
    public void close() {
        client.close();
    }
}
