package dev.changecast.source.postgres;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Makes ticks, over a connection of its own, so that neither a long batch nor a full pool is in the way. Whoever makes one
 * in the whole database holds a lock meanwhile, so that each tick sees what the one before it saw. Thread-safe; blocks.
 */
final class Ticker implements AutoCloseable {
    private static final String LOCK = "SELECT pg_advisory_xact_lock(1667785070, 1)";

    private final Closing closing;
    private final Connection connection;
    private long newest;

    private Ticker(Closing closing, Connection connection) {
        this.closing = closing;
        this.connection = connection;
    }

    static Ticker open(PostgresOptions options, Closing closing) throws Exception {
        return new Ticker(closing, connect(options, closing, "ticker"));
    }

    /** A connection for a run, with settings that it can rely on whatever the role has. */
    static Connection connect(PostgresOptions options, Closing closing, String purpose) throws Exception {
        Connection connection = closing.connect(
                () -> DriverManager.getConnection(options.url(), ReplicationConnection.properties(options, purpose)));
        try (Statement statement = connection.createStatement()) {
            for (String setting : SessionSettings.ALL) {
                statement.execute("SET " + setting);
            }
            statement.execute("SET idle_in_transaction_session_timeout = 0");
            statement.execute("SET default_transaction_isolation = 'read committed'");
            // What was delivered must not be forgotten by a crash, nor by a failover to a standby that is waited for.
            statement.execute("SET synchronous_commit = 'on'");
            statement.execute("SET enable_seqscan = off");
            // A network that swallows everything looks like a question that takes long.
            connection.setNetworkTimeout(Runnable::run, (int)
                    Math.max(60_000, 3 * options.heartbeat().toMillis()));
            return connection;
        } catch (SQLException | RuntimeException e) {
            closing.release(connection);
            throw e;
        }
    }

    /** The last tick, which is a new one when something has changed or the last one is older than this. */
    synchronized long tick(Duration longest) throws SQLException {
        return grown(call("SELECT changecast.tick(?::interval)", interval(longest)));
    }

    /** A tick that lies before an earlier one is of another history. */
    private long grown(long tick) throws SQLException {
        if (tick < newest) {
            throw new SQLException("the history has begun anew", "55000");
        }
        newest = tick;
        return tick;
    }

    /** What takes a snapshot, elsewhere, and tells its text. */
    @FunctionalInterface
    interface SnapshotTaker {
        String take() throws Exception;
    }

    /** The tick whose state is exactly that of a snapshot, which is taken while no other tick is made. */
    synchronized long tickOf(SnapshotTaker taker) throws Exception {
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute(LOCK);
            long tick = call(
                    "SELECT changecast.tick(?::interval, ?::pg_snapshot)", interval(Duration.ofDays(1)), taker.take());
            connection.commit();
            return tick;
        } catch (Exception e) {
            connection.rollback();
            throw e;
        } finally {
            connection.setAutoCommit(true);
        }
    }

    /** Wakes all who read. */
    synchronized void wake() throws SQLException {
        execute("NOTIFY changecast");
    }

    /**
     * Registers a reader behind a tick, or behind the last one.
     *
     * @return the tick; null when it has been trimmed
     */
    synchronized @Nullable Long register(String reader, @Nullable Long tick, Duration keep) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT changecast.register(?, ?::int8, ?::interval)")) {
            statement.setString(1, reader);
            statement.setString(2, tick == null ? null : Long.toString(tick));
            statement.setString(3, interval(keep));
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                long place = row.getLong(1);
                return row.wasNull() ? null : place;
            }
        }
    }

    /** Says whether the reader is still registered. */
    synchronized boolean acknowledge(String reader, long tick) throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT changecast.acknowledge(?, ?)::int::int8")) {
            statement.setString(1, reader);
            statement.setLong(2, tick);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1) == 1;
            }
        }
    }

    /** Deletes at most so many changes that nobody needs any more, and says how many it were. */
    synchronized long trim(int step) throws SQLException {
        return call("SELECT changecast.trim(?::int4)::int8", Integer.toString(step));
    }

    /** From now on who writes has to wake us. */
    synchronized void sleep() throws SQLException {
        execute("SELECT changecast.sleep()");
    }

    /** Begins another history instead of this one. */
    synchronized void renew(String installation) throws SQLException {
        newest = 0;
        try (PreparedStatement statement = connection.prepareStatement("SELECT changecast.renew(?::uuid)")) {
            statement.setString(1, installation);
            statement.execute();
        }
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private long call(String sql, String... parameters) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setString(i + 1, parameters[i]);
            }
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return row.getLong(1);
            }
        }
    }

    private static String interval(Duration duration) {
        return duration.toMillis() + " milliseconds";
    }

    @Override
    public void close() {
        closing.release(connection);
    }
}
