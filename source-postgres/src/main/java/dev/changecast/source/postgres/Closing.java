package dev.changecast.source.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Lets {@code close()} stop a run from another thread wherever it blocks: connections are aborted, which ends reads,
 * writes and statements; a connection being made is given up by interrupting its thread. Elsewhere the thread is never
 * interrupted, since the sink may be writing a file on it. Thread-safe.
 */
final class Closing {
    private final AtomicBoolean closed = new AtomicBoolean();
    private final CountDownLatch closedSignal = new CountDownLatch(1);
    private final List<Connection> connections = new ArrayList<>();
    private @Nullable Thread interruptible;

    boolean isClosed() {
        return closed.get();
    }

    /** Waits, but no longer than until this closes. */
    void pause(long milliseconds) throws InterruptedException {
        closedSignal.await(milliseconds, TimeUnit.MILLISECONDS);
    }

    /** Does something whose waiting an interrupt ends, such as getting a connection. */
    <T> T interruptibly(Callable<T> work) throws Exception {
        synchronized (this) {
            refuseWhenClosed();
            interruptible = Thread.currentThread();
        }
        try {
            return work.call();
        } finally {
            synchronized (this) {
                interruptible = null;
                if (closed.get()) {
                    Thread.interrupted();
                }
            }
        }
    }

    /** Connects; the connection is aborted when this closes, until {@link #release}. */
    Connection connect(Callable<Connection> connect) throws Exception {
        Connection connection = interruptibly(connect);
        synchronized (this) {
            if (closed.get()) {
                abort(connection);
            }
            refuseWhenClosed();
            connections.add(connection);
        }
        return connection;
    }

    /** Ends a connection at once, without waiting for the server to finish what it is sending. */
    void release(Connection connection) {
        synchronized (this) {
            connections.remove(connection);
        }
        abort(connection);
    }

    /** Says whether it was open. */
    boolean close() {
        if (!closed.compareAndSet(false, true)) {
            return false;
        }
        closedSignal.countDown();
        List<Connection> open;
        synchronized (this) {
            open = List.copyOf(connections);
            connections.clear();
            if (interruptible != null) {
                interruptible.interrupt();
            }
        }
        open.forEach(Closing::abort);
        return true;
    }

    private void refuseWhenClosed() throws SQLException {
        if (closed.get()) {
            throw new SQLException("the source is closed");
        }
    }

    private static void abort(Connection connection) {
        try {
            connection.abort(Runnable::run);
        } catch (SQLException alreadyGone) {
            // There is nothing left to end.
        }
    }
}
