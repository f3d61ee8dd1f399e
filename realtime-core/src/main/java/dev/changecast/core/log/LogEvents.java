package dev.changecast.core.log;

import dev.changecast.api.source.Checkpoint;

/** What a log tells its owner. No method may block or call the log back for writing. */
public interface LogEvents {
    /**
     * There is more to read, or the log was restarted. Called by the capture thread after each chunk, so it must be cheap;
     * where readers see only what is durable, by the log's own thread.
     */
    void appended();

    /**
     * Everything up to this checkpoint, which ends a complete transaction or is a progress, has reached the disk.
     * Cumulative; called by the log's own thread, never for an epoch that {@link FeedLog#restart} has ended.
     */
    void durable(Checkpoint checkpoint);

    /**
     * The log cannot be written at the moment and tries again each second; {@code why} is for the operator. Called after
     * each failure, by the log's own thread.
     */
    void blocked(String why);

    /** The log can be written again. Called by the log's own thread. */
    void unblocked();
}
