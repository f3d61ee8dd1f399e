package dev.changecast.source.postgres;

import java.sql.Statement;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** How snapshots and the stream belong together. Thread-safe. */
interface HandOver {
    /** Throws while there is no stream. */
    void requireStream();

    /**
     * Takes the snapshot, in a REPEATABLE READ transaction that has none yet.
     *
     * @param statement of its connection
     */
    SnapshotContents take(Statement statement) throws Exception;

    /** The shape of a table, as the stream tells it; in the same transaction. */
    Optional<RelationCatalog.Described> find(Handle handle, String schema, String table);

    /** As {@link dev.changecast.api.source.SnapshotReader#raiseFence}. */
    void raiseFence(String id) throws Exception;
}
