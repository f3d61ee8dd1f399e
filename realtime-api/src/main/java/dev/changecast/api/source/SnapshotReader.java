package dev.changecast.api.source;

/** Reads present rows of a relation so that the changes after them can be told exactly. */
public interface SnapshotReader {
    /**
     * Opens a read of one database state. Called on a thread of the engine's snapshot pool; blocks until the database
     * has answered. The engine opens no more at once than it was configured to.
     *
     * @throws dev.changecast.api.ChangecastException with a code for the client
     */
    Snapshot open(SnapshotQuery query) throws Exception;

    /**
     * Makes the source call {@link ChangeSink#fence} with this id at a place in its stream that lies behind every
     * transaction committed before this call, and behind every one that a snapshot closed before it does not contain.
     * Called by an engine thread; may block on the database.
     */
    void raiseFence(String id) throws Exception;
}
