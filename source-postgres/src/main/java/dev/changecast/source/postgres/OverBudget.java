package dev.changecast.source.postgres;

/** What becomes of a slot that holds back more WAL than it may. */
public enum OverBudget {
    /** The source is not ready, and says so. The slot keeps what it needs. */
    WARN,
    /**
     * The slot is dropped and made anew, so that the database's disk does not fill: what was not read is lost to this server,
     * and every client is told by a reset.
     */
    RELEASE
}
