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
}
