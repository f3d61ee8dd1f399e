package dev.changecast.source.mongo;

import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import java.time.Instant;
import java.util.List;
import org.bson.BsonDocument;
import org.jspecify.annotations.Nullable;

/**
 * One event of a change stream, as far as it matters to us.
 *
 * @param token takes the stream up again behind it
 * @param places how many places it takes in its cluster time, whether it is captured or not
 * @param changes what is captured of it: nothing, one change, or one at each of its places
 * @param invalidates whether the stream ends with it
 */
record StreamEvent(
        long clusterTime,
        BsonDocument token,
        Instant committedAt,
        int places,
        List<Change> changes,
        boolean invalidates) {

    /** A change of one row, or of a whole collection. */
    record Change(
            Relation relation,
            Operation operation,
            @Nullable Row after,
            @Nullable Row before) {}

    /**
     * What a stream had to give at once.
     *
     * @param events empty when nothing came for a while
     * @param token takes the stream up again behind all of it; null when the server told none
     */
    record Batch(List<StreamEvent> events, @Nullable BsonDocument token) {
        /** Whether the stream has ended with it, and has to be opened again. */
        boolean endsStream() {
            return !events.isEmpty() && events.get(events.size() - 1).invalidates();
        }
    }
}
