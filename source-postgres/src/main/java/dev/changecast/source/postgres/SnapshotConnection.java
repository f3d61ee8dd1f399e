package dev.changecast.source.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Set;
import org.jdbi.v3.core.Handle;

/**
 * A connection of the pool, in a transaction in which rows are read. When the network swallows it, both sides get rid of
 * it: the database ends the transaction, with its lock on the table, after some silence; and a thread that waits here can
 * be freed by another. One thread, except {@link #giveUp}.
 */
final class SnapshotConnection implements AutoCloseable {
    /** How long the first rows of a filtered or sorted table may take. */
    private static final int LONGEST_WAIT_MILLISECONDS = 600_000;

    private final Handle handle;
    private final Connection connection;
    private final Set<SnapshotConnection> open;

    /** What the pool had it at. */
    private final int wait;

    /** Since when an answer of the database is waited for; 0 when none is. */
    private volatile long askedAt = System.nanoTime();

    private boolean closed;

    private SnapshotConnection(Handle handle, Set<SnapshotConnection> open) throws SQLException {
        this.handle = handle;
        this.open = open;
        connection = handle.getConnection();
        wait = connection.getNetworkTimeout();
        connection.setNetworkTimeout(Runnable::run, LONGEST_WAIT_MILLISECONDS);
    }

    /**
     * Begins a transaction.
     *
     * @param open where it is listed until it is closed
     * @param silence how long the database keeps the transaction when it hears nothing
     */
    static SnapshotConnection begin(Handle handle, Set<SnapshotConnection> open, Duration silence) throws SQLException {
        SnapshotConnection begun = new SnapshotConnection(handle, open);
        open.add(begun);
        try {
            begun.begin(silence.toMillis());
            return begun;
        } catch (SQLException | RuntimeException e) {
            begun.close();
            throw e;
        }
    }

    private void begin(long silence) throws SQLException {
        handle.begin();
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
            // For one that waits for us, one that sends, and one whose network is no longer there.
            statement.execute("SET LOCAL idle_in_transaction_session_timeout = " + silence);
            statement.execute("SET LOCAL tcp_user_timeout = " + silence);
            statement.execute("SET LOCAL tcp_keepalives_idle = 15");
            statement.execute("SET LOCAL tcp_keepalives_interval = 5");
            statement.execute("SET LOCAL tcp_keepalives_count = 3");
        }
    }

    Handle handle() {
        return handle;
    }

    /** What waits for the database. */
    @FunctionalInterface
    interface Question<T> {
        T ask() throws SQLException;
    }

    <T> T ask(Question<T> question) throws SQLException {
        askedAt = System.nanoTime();
        try {
            return question.ask();
        } finally {
            askedAt = 0;
        }
    }

    /** Ends it, if it has been waiting for so long; whoever waits gets an exception. Any thread. */
    void giveUp(Duration waiting) {
        long since = askedAt;
        if (since != 0 && System.nanoTime() - since >= waiting.toNanos()) {
            try {
                connection.abort(Runnable::run);
            } catch (SQLException alreadyGone) {
                // There is nothing left to end.
            }
        }
    }

    /** Ends the transaction, whatever has become of it, and gives the connection back. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try (handle) {
            ask(() -> {
                handle.rollback();
                connection.setNetworkTimeout(Runnable::run, wait);
                return handle;
            });
        } catch (SQLException | RuntimeException connectionLost) {
            // There is nothing to give back.
        } finally {
            open.remove(this);
        }
    }
}
