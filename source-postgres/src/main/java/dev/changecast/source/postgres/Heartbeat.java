package dev.changecast.source.postgres;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a message into the stream every now and then, on a thread and an ordinary connection of its own, so that a
 * stream that has died is noticed and the slot of an idle database moves. At each heartbeat it also looks for new
 * tables. While the stream has something unconfirmed, it looks every second whether the database is still there: one
 * that shuts down waits for its walsenders, but ends ordinary connections at once.
 */
final class Heartbeat implements Runnable, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Heartbeat.class);
    private static final int LOOK_MILLISECONDS = 1_000;

    private final PostgresOptions options;
    private final Database database;
    private final Publication publication;
    private final TransactionIds transactionIds;
    private final Closing closing = new Closing();
    private final String run = UUID.randomUUID().toString();
    private final Thread thread;

    private boolean mayEmit = true;
    private volatile @Nullable Throwable failure;
    private volatile boolean attentive;
    /** Since when a heartbeat is on its way; 0 when none is. */
    private volatile long unseenSince;

    /** Since when the database has not answered; 0 when nothing was asked. */
    private volatile long askingSince;

    private volatile long emitted;

    Heartbeat(PostgresOptions options, Database database, Publication publication, TransactionIds transactionIds) {
        this.options = options;
        this.database = database;
        this.publication = publication;
        this.transactionIds = transactionIds;
        thread = new Thread(this, "changecast-" + options.name() + "-heartbeat");
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Throws when the database has gone. */
    void check() {
        Throwable seen = failure;
        if (seen != null) {
            throw PostgresFailure.of(seen, options);
        }
    }

    /** Whether to look every second. */
    void attentive(boolean attentive) {
        this.attentive = attentive;
    }

    /** A heartbeat came by in the stream, perhaps that of another source. */
    void seen(String id) {
        if (id.equals(run + ":" + emitted)) {
            unseenSince = 0;
        }
    }

    /** For how many milliseconds a heartbeat has been on its way, or a question to the database open; 0 when none is. */
    long unansweredMilliseconds() {
        long now = System.nanoTime();
        long heartbeat = unseenSince;
        long question = askingSince;
        return Math.max(heartbeat == 0 ? 0 : now - heartbeat, question == 0 ? 0 : now - question) / 1_000_000;
    }

    @Override
    public void run() {
        Connection connection = null;
        boolean reconnecting = false;
        long nextBeat = System.nanoTime();
        while (!closing.isClosed()) {
            try {
                boolean due = System.nanoTime() - nextBeat >= 0;
                if (due) {
                    nextBeat = System.nanoTime() + options.heartbeat().toNanos();
                }
                askingSince = System.nanoTime();
                if (connection == null && (due || reconnecting)) {
                    connection = connect();
                    reconnecting = false;
                }
                if (connection != null && due) {
                    beat(connection);
                } else if (connection != null && attentive) {
                    ask(connection, "SELECT 1");
                }
                askingSince = 0;
                closing.pause(Math.min(LOOK_MILLISECONDS, options.heartbeat().toMillis()));
            } catch (InterruptedException interrupted) {
                break;
            } catch (Exception e) {
                askingSince = 0;
                if (closing.isClosed()) {
                    break;
                }
                if (reconnecting) {
                    failure = e;
                    break;
                }
                LOG.warn(
                        "{}: heartbeat failed: {}",
                        options.name(),
                        PostgresFailure.of(e, options).getMessage());
                if (connection != null && PostgresFailure.isUnreachable(e)) {
                    // Perhaps only this connection was ended: the database has gone when there is no other to be had.
                    closing.release(connection);
                    connection = null;
                    reconnecting = true;
                }
            }
        }
        if (connection != null) {
            closing.release(connection);
        }
    }

    private Connection connect() throws Exception {
        Connection connection = closing.connect(() ->
                DriverManager.getConnection(options.url(), ReplicationConnection.properties(options, "heartbeat")));
        try (Statement statement = connection.createStatement()) {
            // Sent once it is on disk there: neither later, as with "off", nor when some standby has it.
            statement.execute("SET synchronous_commit = 'local'");
        }
        return connection;
    }

    private void beat(Connection connection) throws SQLException {
        transactionIds.nextIs(ask(connection, "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::int8"));
        if (mayEmit) {
            emit(connection);
        }
        if (options.hasWildcards()) {
            publication.addNewTables();
        }
    }

    private void emit(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(
                "SELECT pg_logical_emit_message(true, '" + PgOutputDecoder.HEARTBEAT + "', ?)")) {
            long number = emitted + 1;
            statement.setString(1, run + ":" + number);
            emitted = number;
            if (unseenSince == 0) {
                unseenSince = System.nanoTime();
            }
            statement.execute();
        } catch (SQLException e) {
            unseenSince = 0;
            if (PostgresFailure.isUnreachable(e)) {
                throw e;
            }
            mayEmit = false;
            LOG.warn(
                    "{}: no heartbeats (a standby, or no privilege): a stream that has died silently is noticed by TCP"
                            + " keep-alive only, and the slot moves only with the database's own activity: {}",
                    options.name(),
                    e.getMessage());
        }
    }

    private static long ask(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(30);
            try (ResultSet row = statement.executeQuery(sql)) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    /** Waits a little, so that nothing of it is under way when the source frees its connections. */
    @Override
    public void close() {
        closing.close();
        try {
            thread.join(LOOK_MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
