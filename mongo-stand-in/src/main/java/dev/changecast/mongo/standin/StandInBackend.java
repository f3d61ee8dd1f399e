package dev.changecast.mongo.standin;

import de.bwaldvogel.mongo.ServerVersion;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.bson.ObjectId;
import de.bwaldvogel.mongo.exception.MongoServerError;
import io.netty.channel.Channel;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Answers commands: those that mongo-java-server answers as a replica set would go there, one at a time. */
final class StandInBackend extends MemoryBackend {
    private static final long FIRST_CURSOR = 1L << 40;
    private static final int FIRST_BATCH = 101;
    /** Of MongoDB 7.0. */
    private static final int WIRE_VERSION = 21;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition written = lock.newCondition();
    private final StandInOplog oplog = new StandInOplog();
    private final StandInWrites writes = new StandInWrites(oplog, this::plain, this::resolveDatabase);
    private final StandInTransactions transactions = new StandInTransactions();
    private final Map<Long, StandInStream> streams = new HashMap<>();
    private final Map<Long, List<Document>> snapshots = new HashMap<>();
    private final AtomicLong cursors = new AtomicLong(FIRST_CURSOR);
    private final ObjectId replicaSetId = new ObjectId();
    private final ObjectId electionId = new ObjectId();
    private final String address;
    private int wireVersion = WIRE_VERSION;
    private boolean alone;
    private String failingCommand = "";
    private int failures;
    private int failureCode;

    StandInBackend(String address) {
        this.address = address;
        version(ServerVersion.MONGO_5_0);
    }

    // ---- Faults

    void change(Runnable fault) {
        lock.lock();
        try {
            fault.run();
            written.signalAll();
        } finally {
            lock.unlock();
        }
    }

    StandInOplog oplog() {
        return oplog;
    }

    void killStreams() {
        streams.clear();
    }

    /** A server that goes down closes its backend, which would forget everything; it has to be there when it comes back. */
    @Override
    public void close() {}

    /** Forgets everything. */
    void end() {
        super.close();
    }

    void fail(String command, int code, int times) {
        failingCommand = command.toLowerCase(Locale.ROOT);
        failureCode = code;
        failures = times;
    }

    void alone() {
        alone = true;
    }

    void wireVersion(int version) {
        wireVersion = version;
    }

    long time() {
        lock.lock();
        try {
            return oplog.time();
        } finally {
            lock.unlock();
        }
    }

    // ---- Commands

    @Override
    public Document handleCommand(@Nullable Channel channel, String database, String command, Document query) {
        lock.lock();
        try {
            Document answer = answer(channel, database, command.toLowerCase(Locale.ROOT), command, query);
            answer.putIfAbsent("operationTime", oplog.timestamp());
            // It is written to the network by another thread, later.
            return answer.cloneDeeply();
        } finally {
            lock.unlock();
        }
    }

    private Document answer(@Nullable Channel channel, String database, String name, String command, Document query) {
        failIfTold(name);
        switch (name) {
            case "hello", "ismaster":
                return hello(plain(channel, database, "ismaster", query));
            case "replsetgetconfig":
                return ok().append(
                                "config",
                                new Document("_id", "rs0")
                                        .append("settings", new Document("replicaSetId", replicaSetId)));
            case "dbstats":
                return ok();
            case "aggregate":
                Document stage = changeStream(query);
                if (stage != null) {
                    return open(database, stage);
                }
                break;
            case "find":
                if (query.get("readConcern") instanceof Document concern && "snapshot".equals(concern.get("level"))) {
                    return snapshot(channel, database, query);
                }
                break;
            case "getmore":
                long cursor = ((Number) query.get(command)).longValue();
                if (cursor >= FIRST_CURSOR) {
                    return more(cursor, query);
                }
                break;
            case "killcursors":
                if (((List<?>) query.get("cursors"))
                        .stream().allMatch(id -> ((Number) id).longValue() >= FIRST_CURSOR)) {
                    return kill((List<?>) query.get("cursors"));
                }
                break;
            case "committransaction", "aborttransaction":
                return endTransaction(channel, query, name.startsWith("commit"));
            default:
                break;
        }
        if (StandInTransactions.isPart(query)) {
            return transactions.add(database, command, query);
        }
        Document answer = writes.isWrite(name) ? writes.write(channel, database, name, command, query) : null;
        if (answer != null) {
            written.signalAll();
            return answer;
        }
        return plain(channel, database, command, query);
    }

    private Document plain(@Nullable Channel channel, String database, String command, Document query) {
        return super.handleCommand(channel, database, command, query);
    }

    static Document ok() {
        return new Document("ok", 1.0);
    }

    private Document hello(Document answer) {
        if (alone) {
            return answer.append("ismaster", true)
                    .append("isWritablePrimary", true)
                    .append("maxWireVersion", wireVersion)
                    .append("helloOk", true);
        }
        return answer.append("setName", "rs0")
                .append("hosts", List.of(address))
                .append("me", address)
                .append("primary", address)
                .append("secondary", false)
                .append("ismaster", true)
                .append("isWritablePrimary", true)
                .append("setVersion", 1)
                .append("electionId", electionId)
                .append("logicalSessionTimeoutMinutes", 30)
                .append("maxWireVersion", wireVersion)
                .append("helloOk", true);
    }

    private Document endTransaction(@Nullable Channel channel, Document query, boolean commits) {
        List<StandInTransactions.Part> parts = transactions.end(query);
        if (commits && !parts.isEmpty()) {
            oplog.beginTransaction();
            try {
                parts.forEach(part -> writes.write(
                        channel,
                        part.database(),
                        part.command().toLowerCase(Locale.ROOT),
                        part.command(),
                        part.query()));
            } finally {
                oplog.endTransaction();
                written.signalAll();
            }
        }
        return ok();
    }

    // ---- Streams

    private static @Nullable Document changeStream(Document query) {
        return query.get("pipeline") instanceof List<?> pipeline
                        && !pipeline.isEmpty()
                        && pipeline.get(0) instanceof Document stage
                        && stage.get("$changeStream") instanceof Document options
                ? options
                : null;
    }

    private Document open(String database, Document options) {
        boolean cluster = Boolean.TRUE.equals(options.get("allChangesForCluster"));
        if (wireVersion < 17 && options.containsKey("fullDocumentBeforeChange")) {
            throw new MongoServerError(
                    40415, "Location40415", "BSON field 'fullDocumentBeforeChange' is an unknown field");
        }
        StandInStream stream = StandInStream.open(oplog, cluster ? null : database, options);
        long id = cursors.incrementAndGet();
        streams.put(id, stream);
        return answer(id, stream, "firstBatch", List.of());
    }

    private Document more(long id, Document query) {
        List<Document> rows = snapshots.get(id);
        if (rows != null) {
            return rows(id, rows, "nextBatch", query.get("batchSize"), String.valueOf(query.get("collection")));
        }
        long wait = query.get("maxTimeMS") instanceof Number number ? number.longValue() : 1000;
        long nanos = TimeUnit.MILLISECONDS.toNanos(wait);
        try {
            while (true) {
                StandInStream stream = streams.get(id);
                if (stream == null) {
                    throw new MongoServerError(43, "CursorNotFound", "cursor id " + id + " not found");
                }
                oplog.tickEachSecond();
                int most =
                        query.get("batchSize") instanceof Number size && size.intValue() > 0 ? size.intValue() : 1000;
                List<Document> events = stream.next(most, this::present);
                if (!events.isEmpty() || nanos <= 0) {
                    if (stream.isOver()) {
                        streams.remove(id);
                    }
                    return answer(stream.isOver() ? 0 : id, stream, "nextBatch", events);
                }
                nanos = written.awaitNanos(nanos);
                failIfTold("getmore");
            }
        } catch (InterruptedException e) {
            throw new MongoServerError(11601, "Interrupted", "operation was interrupted");
        }
    }

    private void failIfTold(String command) {
        if (failures > 0 && failingCommand.equals(command)) {
            failures--;
            throw new MongoServerError(failureCode, "Code" + failureCode, "the test wants it so");
        }
    }

    private @Nullable Document present(StandInOplog.Entry entry) {
        Object id = entry.event().get("documentKey") instanceof Document key ? key.get("_id") : null;
        return id == null || entry.collection() == null
                ? null
                : writes.documents(entry.database(), entry.collection()).get(id);
    }

    private Document answer(long id, StandInStream stream, String batch, List<Document> events) {
        return ok().append(
                        "cursor",
                        new Document("id", id)
                                .append("ns", stream.namespace())
                                .append(batch, events)
                                .append("postBatchResumeToken", stream.token().document()));
    }

    // ---- Snapshots

    private Document snapshot(@Nullable Channel channel, String database, Document query) {
        Document everything = query.clone();
        everything.remove("readConcern");
        everything.put("batchSize", Integer.MAX_VALUE);
        everything.put("filter", withKnownTypes(query.getOrDefault("filter", new Document())));
        Document answer = plain(channel, database, "find", everything);
        List<Document> rows = ((List<?>) ((Document) answer.get("cursor")).get("firstBatch"))
                .stream().map(row -> ((Document) row).cloneDeeply()).toList();
        long id = cursors.incrementAndGet();
        Object size = query.getOrDefault("batchSize", FIRST_BATCH);
        return rows(id, rows, "firstBatch", size, String.valueOf(query.get("find")), database);
    }

    /** Without the types of code, symbols and pointers, which mongo-java-server has no names for. */
    private static Object withKnownTypes(Object filter) {
        if (filter instanceof Document document) {
            Document known = new Document();
            document.forEach((field, value) -> known.put(
                    field,
                    field.equals("$type") && value instanceof List<?> types
                            ? types.stream()
                                    .filter(type -> !List.of(12, 13, 14, 15).contains(type))
                                    .toList()
                            : withKnownTypes(value)));
            return known;
        }
        return filter instanceof List<?> list
                ? list.stream().map(StandInBackend::withKnownTypes).toList()
                : filter;
    }

    private Document rows(
            long id, List<Document> rows, String batch, @Nullable Object size, String... collectionAndDatabase) {
        int most = size instanceof Number number && number.intValue() > 0 ? number.intValue() : rows.size();
        List<Document> now = rows.subList(0, Math.min(most, rows.size()));
        List<Document> later = List.copyOf(rows.subList(now.size(), rows.size()));
        if (later.isEmpty()) {
            snapshots.remove(id);
        } else {
            snapshots.put(id, later);
        }
        String database = collectionAndDatabase.length > 1 ? collectionAndDatabase[1] : "db";
        Document cursor = new Document("id", later.isEmpty() ? 0L : id)
                .append("ns", database + "." + collectionAndDatabase[0])
                .append(batch, List.copyOf(now));
        if (batch.equals("firstBatch")) {
            cursor.append("atClusterTime", oplog.timestamp());
        }
        return ok().append("cursor", cursor);
    }

    private Document kill(List<?> ids) {
        ids.forEach(id -> {
            streams.remove(((Number) id).longValue());
            snapshots.remove(((Number) id).longValue());
        });
        return ok().append("cursorsKilled", ids)
                .append("cursorsNotFound", List.of())
                .append("cursorsAlive", List.of())
                .append("cursorsUnknown", List.of());
    }
}
