package dev.changecast.core;

/**
 * Receives committed changes inside the embedder's own process, in order, each once while the engine runs. It is a
 * reader of the log like any session: a slow one delays nobody, and one that falls out of the log's window is told.
 */
@FunctionalInterface
public interface ChangeListener {
    /**
     * Called by a thread of its own, one change at a time. What it throws is logged, and the next change follows.
     */
    void onChange(Change change) throws Exception;

    /** Changes were missed: they left the log before this listener came to them, or the source began a new epoch. */
    default void onReset(String reason) throws Exception {}
}
