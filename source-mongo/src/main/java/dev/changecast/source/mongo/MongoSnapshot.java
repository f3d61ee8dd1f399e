package dev.changecast.source.mongo;

import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoCursor;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.Snapshot;
import org.bson.BsonDocument;
import org.jspecify.annotations.Nullable;

/** Documents of one cluster time. */
final class MongoSnapshot implements Snapshot {
    private final ClientSession session;
    private final @Nullable MongoCursor<BsonDocument> cursor;
    private final Relation relation;
    private final RowFilter filter;
    private final long clusterTime;
    private final MongoOptions options;
    private final CapturedCollection collection;
    private final BsonJson json;
    private final int limit;
    private int given;
    private boolean closed;

    /**
     * @param cursor null when there are no rows
     * @param limit how many rows at most, 0 for all: what the server is asked for may be more than matches
     */
    MongoSnapshot(
            ClientSession session,
            @Nullable MongoCursor<BsonDocument> cursor,
            Relation relation,
            RowFilter filter,
            int limit,
            long clusterTime,
            MongoOptions options,
            CapturedCollection collection) {
        this.session = session;
        this.cursor = cursor;
        this.relation = relation;
        this.filter = filter;
        this.limit = limit;
        this.clusterTime = clusterTime;
        this.options = options;
        this.collection = collection;
        this.json = new BsonJson(options.int64AsText());
    }

    @Override
    public Relation relation() {
        return relation;
    }

    @Override
    public @Nullable Row next() {
        try {
            while (cursor != null && !closed && (limit == 0 || given < limit) && cursor.hasNext()) {
                BsonDocument document = cursor.next();
                // A field that it has and these rows do not is there with the next look at the collection.
                collection.learn(document);
                Row row = DocumentRow.of(relation, document, json);
                if (filter.matches(row)) {
                    given++;
                    return row;
                }
            }
            return null;
        } catch (RuntimeException e) {
            throw MongoFailure.ofSnapshot(e, options);
        }
    }

    @Override
    public boolean contains(@Nullable String tx, Position position) {
        return position.major() <= clusterTime;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            if (cursor != null) {
                cursor.close();
            }
            session.close();
        }
    }
}
