package dev.changecast.mongo.standin;

import de.bwaldvogel.mongo.bson.BsonTimestamp;
import de.bwaldvogel.mongo.bson.Document;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What has happened, in the order of cluster times. Used under the stand-in's lock. */
final class StandInOplog {
    /**
     * One event.
     *
     * @param before the document before it; null where there was none
     * @param after the document after it; null where there is none
     * @param images whether the collection keeps both
     */
    record Entry(
            Token token,
            String database,
            @Nullable String collection,
            Document event,
            @Nullable Document before,
            @Nullable Document after,
            boolean images) {}

    private final List<Entry> entries = new ArrayList<>();
    private long time;
    private long floor;
    private boolean inTransaction;
    private int place;

    StandInOplog() {
        tick();
        floor = time;
    }

    /** The last time at which something was written; of a transaction that is under way, its own. */
    long time() {
        return time;
    }

    BsonTimestamp timestamp() {
        return new BsonTimestamp(time);
    }

    /** The next time. */
    void tick() {
        time = Math.max(time + 1, Instant.now().getEpochSecond() << 32 | 1);
        place = 0;
    }

    /** A primary without work writes a note now and then, which no stream shows: every ten seconds, here every one. */
    void tickEachSecond() {
        if (time >>> 32 < Instant.now().getEpochSecond()) {
            tick();
        }
    }

    void beginTransaction() {
        tick();
        inTransaction = true;
    }

    void endTransaction() {
        inTransaction = false;
    }

    void add(
            String operation,
            String database,
            @Nullable String collection,
            Document more,
            @Nullable Document before,
            @Nullable Document after,
            boolean images) {
        if (!inTransaction) {
            tick();
        }
        Token token = new Token(time, ++place);
        Document namespace = new Document("db", database);
        if (collection != null) {
            namespace.append("coll", collection);
        }
        Document event = new Document("_id", token.document())
                .append("operationType", operation)
                .append("clusterTime", timestamp())
                .append("wallTime", Instant.now())
                .append("ns", namespace);
        event.putAll(more);
        entries.add(new Entry(token, database, collection, event, before, after, images));
    }

    /** What lies behind a place. */
    List<Entry> after(Token token) {
        int low = 0;
        int high = entries.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (entries.get(middle).token().compareTo(token) > 0) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return entries.subList(low, entries.size());
    }

    /** Whether a stream may begin here: whether what follows is still there. */
    boolean reachesBackTo(long since) {
        return Long.compareUnsigned(since, floor) >= 0;
    }

    boolean holds(Token token) {
        return entries.stream().anyMatch(entry -> entry.token().equals(token));
    }

    /** The oplog was too small: everything but its last entry goes. */
    void shrink() {
        floor = time;
        entries.removeIf(entry -> entry.token().time() != time);
    }

    /** As after the restore of a backup: so many of the last events have not happened. */
    void loseLast(int events) {
        for (int i = 0; i < events; i++) {
            entries.remove(entries.size() - 1);
        }
    }

    /** The event as a stream shows it that was opened with these options. */
    static Document shown(Entry entry, Document options, @Nullable Document present) {
        Document event = entry.event().cloneDeeply();
        String operation = String.valueOf(event.get("operationType"));
        String wanted = String.valueOf(options.get("fullDocument"));
        if (operation.equals("insert") || operation.equals("replace")) {
            event.append("fullDocument", Objects.requireNonNull(entry.after()).cloneDeeply());
        } else if (operation.equals("update") && wanted.equals("updateLookup")) {
            event.append("fullDocument", present);
        } else if (operation.equals("update") && wanted.equals("whenAvailable")) {
            event.append("fullDocument", entry.images() ? entry.after() : null);
        }
        if (String.valueOf(options.get("fullDocumentBeforeChange")).equals("whenAvailable")
                && List.of("update", "replace", "delete").contains(operation)) {
            event.append("fullDocumentBeforeChange", entry.images() ? entry.before() : null);
        }
        return event;
    }
}
