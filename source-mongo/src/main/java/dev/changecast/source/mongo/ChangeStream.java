package dev.changecast.source.mongo;

import com.mongodb.MongoNamespace;
import com.mongodb.client.ChangeStreamIterable;
import com.mongodb.client.MongoChangeStreamCursor;
import com.mongodb.client.model.changestream.ChangeStreamDocument;
import com.mongodb.client.model.changestream.FullDocument;
import com.mongodb.client.model.changestream.FullDocumentBeforeChange;
import com.mongodb.client.model.changestream.OperationType;
import dev.changecast.api.source.Operation;
import dev.changecast.source.mongo.StreamEvent.Batch;
import dev.changecast.source.mongo.StreamEvent.Change;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.bson.BsonDocument;
import org.bson.BsonTimestamp;
import org.jspecify.annotations.Nullable;

/**
 * One stream of all changes of a database or a cluster. What is captured of them is chosen here and not by the server:
 * each event has its place, whatever is captured. Used by one thread; everything blocks on the server.
 */
final class ChangeStream implements AutoCloseable {
    /** How long the server waits for something to tell: a fence waits as long, when nothing happens. */
    private static final long AWAIT_MILLISECONDS = 100;

    private static final int MOST_EVENTS = 500;

    private final MongoConnection connection;
    private final MongoOptions options;
    private final Deployment deployment;
    private final CollectionCatalog catalog;
    private final PresentDocuments documents;
    private final BsonJson json;
    private SplitEvents fragments = new SplitEvents();
    private @Nullable MongoChangeStreamCursor<ChangeStreamDocument<BsonDocument>> cursor;

    ChangeStream(MongoConnection connection, MongoOptions options, Deployment deployment, CollectionCatalog catalog) {
        this.connection = connection;
        this.options = options;
        this.deployment = deployment;
        this.catalog = catalog;
        this.documents = new PresentDocuments(connection);
        this.json = new BsonJson(options.int64AsText());
    }

    /** Begins, or begins again, behind a token. */
    void open(BsonDocument token) {
        // Behind an invalidation nothing else is allowed, and elsewhere it is the same as resumeAfter.
        open(stream().startAfter(token));
    }

    /** Begins with the events of a time. */
    void open(BsonTimestamp time) {
        open(stream().startAtOperationTime(time));
    }

    private void open(ChangeStreamIterable<BsonDocument> stream) {
        close();
        fragments = new SplitEvents();
        cursor = stream.cursor();
    }

    private ChangeStreamIterable<BsonDocument> stream() {
        List<BsonDocument> stages = deployment.splitsEvents()
                ? List.of(new BsonDocument("$changeStreamSplitLargeEvent", new BsonDocument()))
                : List.of();
        String database = options.onlyDatabase();
        ChangeStreamIterable<BsonDocument> stream = database == null
                ? connection.client().watch(stages, BsonDocument.class)
                : connection.client().getDatabase(database).watch(stages, BsonDocument.class);
        stream.maxAwaitTime(AWAIT_MILLISECONDS, TimeUnit.MILLISECONDS);
        if (deployment.hasImages()) {
            stream.fullDocument(FullDocument.WHEN_AVAILABLE)
                    .fullDocumentBeforeChange(FullDocumentBeforeChange.WHEN_AVAILABLE);
        }
        return stream;
    }

    /** What comes next; nothing, when nothing has come for a moment. */
    Batch next() {
        MongoChangeStreamCursor<ChangeStreamDocument<BsonDocument>> from =
                Objects.requireNonNull(cursor, "the stream is not open");
        List<ChangeStreamDocument<BsonDocument>> raw = new ArrayList<>();
        ChangeStreamDocument<BsonDocument> read = from.tryNext();
        while (read != null) {
            ChangeStreamDocument<BsonDocument> whole = fragments.add(read);
            if (whole != null) {
                raw.add(whole);
                if (endsBatch(whole)) {
                    break;
                }
            }
            if (raw.size() >= MOST_EVENTS || from.available() == 0) {
                break;
            }
            read = from.tryNext();
        }
        if (raw.isEmpty() && read != null) {
            // The parts of a large event so far: neither something nor nothing.
            return next();
        }
        return new Batch(events(raw), from.getResumeToken());
    }

    /** Whether names mean something else behind this event, so that those before it have to be looked up first. */
    private static boolean endsBatch(ChangeStreamDocument<BsonDocument> event) {
        OperationType type = event.getOperationType();
        return type == OperationType.DROP
                || type == OperationType.RENAME
                || type == OperationType.DROP_DATABASE
                || type == OperationType.INVALIDATE;
    }

    private List<StreamEvent> events(List<ChangeStreamDocument<BsonDocument>> raw) {
        List<StreamEvent> events = new ArrayList<>(raw.size());
        PresentDocuments.Found present = documents.of(raw, this::lacksDocument);
        for (ChangeStreamDocument<BsonDocument> event : raw) {
            boolean renames = event.getOperationType() == OperationType.RENAME;
            events.add(new StreamEvent(
                    ClusterTime.of(Objects.requireNonNull(event.getClusterTime(), "an event without cluster time")),
                    event.getResumeToken(),
                    committedAt(event),
                    renames ? 2 : 1,
                    changes(event, present),
                    event.getOperationType() == OperationType.INVALIDATE));
        }
        return events;
    }

    private static Instant committedAt(ChangeStreamDocument<BsonDocument> event) {
        return event.getWallTime() == null
                ? ClusterTime.instant(ClusterTime.of(Objects.requireNonNull(event.getClusterTime())))
                : Instant.ofEpochMilli(event.getWallTime().getValue());
    }

    private boolean lacksDocument(ChangeStreamDocument<BsonDocument> event) {
        return event.getOperationType() == OperationType.UPDATE
                && event.getFullDocument() == null
                && collection(event.getNamespace()) != null;
    }

    private @Nullable CapturedCollection collection(@Nullable MongoNamespace namespace) {
        return namespace == null ? null : catalog.find(namespace.getDatabaseName(), namespace.getCollectionName());
    }

    private List<Change> changes(ChangeStreamDocument<BsonDocument> event, PresentDocuments.Found present) {
        OperationType type = event.getOperationType();
        CapturedCollection collection = collection(event.getNamespace());
        if (type == OperationType.RENAME) {
            return renamed(event, collection);
        }
        if (collection == null) {
            return List.of();
        }
        return switch (type) {
            case INSERT -> written(collection, Operation.INSERT, event, event.getFullDocument());
            case REPLACE -> written(collection, Operation.UPDATE, event, event.getFullDocument());
            case UPDATE -> updated(collection, event, present);
            case DELETE -> List.of(deleted(collection, event));
            case DROP -> {
                catalog.forget(collection.database(), collection.name());
                yield List.of(truncated(collection));
            }
            default -> List.of();
        };
    }

    private List<Change> updated(
            CapturedCollection collection, ChangeStreamDocument<BsonDocument> event, PresentDocuments.Found present) {
        if (event.getFullDocument() != null) {
            return written(collection, Operation.UPDATE, event, event.getFullDocument());
        }
        BsonDocument now = present.document(event);
        if (now == null) {
            // It was deleted since, or the collection dropped, which comes later in the stream.
            return List.of();
        }
        collection.learn(now);
        // The document before the change and the one of now may have several changes between them: no pair.
        var relation = collection.relation(false);
        return List.of(new Change(relation, Operation.UPDATE, DocumentRow.of(relation, now, json), null));
    }

    private List<Change> written(
            CapturedCollection collection,
            Operation operation,
            ChangeStreamDocument<BsonDocument> event,
            @Nullable BsonDocument after) {
        if (after == null) {
            throw new IllegalStateException("an " + event.getOperationTypeString() + " of " + collection.qualifiedName()
                    + " came without its document");
        }
        collection.learn(after);
        BsonDocument before = event.getFullDocumentBeforeChange();
        if (before != null) {
            collection.learn(before);
        }
        var relation = operation == Operation.INSERT ? collection.relation() : collection.relation(before != null);
        return List.of(new Change(
                relation,
                operation,
                DocumentRow.of(relation, after, json),
                before == null ? null : DocumentRow.of(relation, before, json)));
    }

    private Change deleted(CapturedCollection collection, ChangeStreamDocument<BsonDocument> event) {
        BsonDocument before = event.getFullDocumentBeforeChange();
        if (before != null) {
            collection.learn(before);
        }
        var relation = collection.relation(before != null);
        BsonDocument key = Objects.requireNonNull(event.getDocumentKey(), "a delete without the document's key");
        return new Change(
                relation,
                Operation.DELETE,
                null,
                before == null ? DocumentRow.ofKey(relation, key, json) : DocumentRow.of(relation, before, json));
    }

    private static Change truncated(CapturedCollection collection) {
        return new Change(collection.relation(), Operation.TRUNCATE, null, null);
    }

    /**
     * The old name has no documents any more. Those of the new name are others than before, of which no change tells: it
     * is another collection, with which whoever holds rows of the old one has to start anew.
     */
    private List<Change> renamed(ChangeStreamDocument<BsonDocument> event, @Nullable CapturedCollection from) {
        List<Change> changes = new ArrayList<>();
        if (from != null) {
            changes.add(truncated(from));
            catalog.forget(from.database(), from.name());
        }
        MongoNamespace target = event.getDestinationNamespace();
        if (target != null) {
            catalog.forget(target.getDatabaseName(), target.getCollectionName());
            CapturedCollection to = collection(target);
            if (to != null) {
                changes.add(truncated(to));
            }
        }
        return changes;
    }

    @Override
    public void close() {
        if (cursor != null) {
            cursor.close();
            cursor = null;
        }
    }
}
