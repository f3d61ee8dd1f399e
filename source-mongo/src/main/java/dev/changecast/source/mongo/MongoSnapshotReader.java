package dev.changecast.source.mongo;

import com.mongodb.ClientSessionOptions;
import com.mongodb.client.ClientSession;
import com.mongodb.client.FindIterable;
import com.mongodb.client.MongoCursor;
import com.mongodb.client.model.Collation;
import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Snapshot;
import dev.changecast.api.source.SnapshotQuery;
import dev.changecast.api.source.SnapshotReader;
import java.util.function.Supplier;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonTimestamp;
import org.jspecify.annotations.Nullable;

/** Reads documents as they were at one cluster time, by read concern {@code snapshot}. Thread-safe. */
final class MongoSnapshotReader implements SnapshotReader {
    private static final Collation BY_BYTES =
            Collation.builder().locale("simple").build();

    private final MongoConnection connection;
    private final MongoOptions options;
    private final CollectionCatalog catalog;
    private final PendingFences fences;
    private final Supplier<@Nullable Deployment> captured;

    /** @param captured what the stream reads from; null while there is no stream */
    MongoSnapshotReader(
            MongoConnection connection,
            MongoOptions options,
            CollectionCatalog catalog,
            PendingFences fences,
            Supplier<@Nullable Deployment> captured) {
        this.connection = connection;
        this.options = options;
        this.catalog = catalog;
        this.fences = fences;
        this.captured = captured;
    }

    @Override
    public Snapshot open(SnapshotQuery query) {
        stream();
        ClientSession session = null;
        try {
            CapturedCollection collection =
                    catalog.find(query.relation().namespace(), query.relation().name());
            if (collection == null || collection.identity() == null) {
                throw new ChangecastException(
                        ErrorCode.UNKNOWN_COLLECTION,
                        "there is no collection " + query.relation().qualifiedName());
            }
            Relation relation = collection.relation();
            RowFilter filter = RowFilter.compile(query.filter(), relation);
            session = connection
                    .client()
                    .startSession(ClientSessionOptions.builder().snapshot(true).build());
            MongoCursor<BsonDocument> cursor = find(session, query, relation).cursor();
            // The server chooses the time with its first answer, and tells it there.
            boolean any = cursor.hasNext();
            BsonTimestamp time = session.getSnapshotTimestamp();
            if (time == null) {
                cursor.close();
                throw new ChangecastException(
                        ErrorCode.UNSUPPORTED,
                        "the server does not tell of what time its rows are; " + Deployment.WANTED);
            }
            return new MongoSnapshot(
                    session,
                    any ? cursor : null,
                    relation,
                    filter,
                    query.limit(),
                    ClusterTime.of(time),
                    options,
                    collection);
        } catch (RuntimeException e) {
            if (session != null) {
                session.close();
            }
            throw MongoFailure.ofSnapshot(e, options);
        }
    }

    private Deployment stream() {
        Deployment deployment = captured.get();
        if (deployment == null) {
            throw new ChangecastException(
                    ErrorCode.SOURCE_UNAVAILABLE, "no snapshot while nothing is captured from " + options.address());
        }
        return deployment;
    }

    private FindIterable<BsonDocument> find(ClientSession session, SnapshotQuery query, Relation relation) {
        FindIterable<BsonDocument> found = connection
                .client()
                .getDatabase(relation.namespace())
                .getCollection(relation.name(), BsonDocument.class)
                .find(session, FilterQuery.of(query.filter(), relation))
                .collation(BY_BYTES);
        if (!query.orderBy().isEmpty()) {
            BsonDocument order = new BsonDocument();
            for (SnapshotQuery.Order by : query.orderBy()) {
                if (relation.indexOf(by.column()) < 0) {
                    throw new ChangecastException(
                            ErrorCode.UNKNOWN_COLUMN,
                            "there is no field " + by.column() + " in " + relation.qualifiedName());
                }
                order.append(by.column(), new BsonInt32(by.descending() ? -1 : 1));
            }
            found.sort(order).allowDiskUse(true);
        }
        return found;
    }

    /** Nothing is written: the fence is a time, which the stream will pass. */
    @Override
    public void raiseFence(String id) {
        Deployment deployment = stream();
        try {
            String database = options.onlyDatabase();
            fences.add(id, connection.present(deployment.sharded(), database == null ? "admin" : database));
        } catch (RuntimeException e) {
            throw MongoFailure.ofSnapshot(e, options);
        }
    }
}
