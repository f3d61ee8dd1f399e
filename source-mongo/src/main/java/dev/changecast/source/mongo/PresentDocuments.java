package dev.changecast.source.mongo;

import com.mongodb.ClientSessionOptions;
import com.mongodb.MongoNamespace;
import com.mongodb.ReadConcern;
import com.mongodb.ReadPreference;
import com.mongodb.client.ClientSession;
import com.mongodb.client.model.changestream.ChangeStreamDocument;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonTimestamp;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * Looks up the documents that updates tell only the changed fields of: as the server's {@code updateLookup} does, but a
 * batch at a time, and for collections that are captured alone. What is found is at least as new as the update.
 */
final class PresentDocuments {
    private static final int IDS_AT_ONCE = 200;

    private final MongoConnection connection;

    PresentDocuments(MongoConnection connection) {
        this.connection = connection;
    }

    /** What was found, by collection and {@code _id}. */
    record Found(Map<String, Map<BsonValue, BsonDocument>> documents) {
        /** The document that an event is of; null when it is gone. */
        @Nullable
        BsonDocument document(ChangeStreamDocument<BsonDocument> event) {
            MongoNamespace namespace = Objects.requireNonNull(event.getNamespace());
            return documents.getOrDefault(namespace.getFullName(), Map.of()).get(id(event));
        }
    }

    Found of(List<ChangeStreamDocument<BsonDocument>> events, Predicate<ChangeStreamDocument<BsonDocument>> wanted) {
        Map<MongoNamespace, Set<BsonDocument>> keys = new LinkedHashMap<>();
        BsonTimestamp latest = null;
        for (ChangeStreamDocument<BsonDocument> event : events) {
            if (wanted.test(event)) {
                keys.computeIfAbsent(Objects.requireNonNull(event.getNamespace()), namespace -> new LinkedHashSet<>())
                        .add(Objects.requireNonNull(event.getDocumentKey()));
                latest = event.getClusterTime();
            }
        }
        Map<String, Map<BsonValue, BsonDocument>> found = new HashMap<>();
        if (latest != null) {
            try (ClientSession session = connection
                    .client()
                    .startSession(ClientSessionOptions.builder()
                            .causallyConsistent(true)
                            .build())) {
                // The member that answers waits until it has the last of these changes.
                session.advanceOperationTime(latest);
                keys.forEach((namespace, wantedKeys) ->
                        found.put(namespace.getFullName(), find(session, namespace, List.copyOf(wantedKeys))));
            }
        }
        return new Found(found);
    }

    private Map<BsonValue, BsonDocument> find(
            ClientSession session, MongoNamespace namespace, List<BsonDocument> keys) {
        Map<BsonValue, BsonDocument> found = new HashMap<>();
        for (int from = 0; from < keys.size(); from += IDS_AT_ONCE) {
            connection
                    .client()
                    .getDatabase(namespace.getDatabaseName())
                    .getCollection(namespace.getCollectionName(), BsonDocument.class)
                    .withReadConcern(ReadConcern.MAJORITY)
                    .withReadPreference(ReadPreference.primary())
                    .find(session, anyOf(keys.subList(from, Math.min(from + IDS_AT_ONCE, keys.size()))))
                    .forEach(document -> found.put(document.get(CapturedCollection.ID), document));
        }
        return found;
    }

    /** Keys of a sharded collection hold what says on which shard a document is. */
    private static BsonDocument anyOf(List<BsonDocument> keys) {
        if (keys.stream().allMatch(key -> key.size() == 1)) {
            BsonArray ids = new BsonArray(
                    keys.stream().map(key -> key.get(CapturedCollection.ID)).toList());
            return new BsonDocument(CapturedCollection.ID, new BsonDocument("$in", ids));
        }
        return new BsonDocument("$or", new BsonArray(keys));
    }

    private static @Nullable BsonValue id(ChangeStreamDocument<BsonDocument> event) {
        return Objects.requireNonNull(event.getDocumentKey()).get(CapturedCollection.ID);
    }
}
