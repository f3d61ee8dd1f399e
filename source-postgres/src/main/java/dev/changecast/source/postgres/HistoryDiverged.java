package dev.changecast.source.postgres;

/** The server sent another history than the one that the log was read from. */
final class HistoryDiverged extends Exception {
    private static final long serialVersionUID = 1L;

    HistoryDiverged() {
        super("the database has another history than the one that was read: it was set back to an earlier state");
    }
}
