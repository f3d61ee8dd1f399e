package dev.changecast.source.postgres;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import dev.changecast.api.source.SourceFigure;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The pool for ordinary SQL: the one that was given, or a small one of our own, made when first needed and closed with
 * the source. Thread-safe.
 */
final class SourcePool implements DataSource, AutoCloseable {
    private static final long CONNECTION_WAIT_MILLISECONDS = 10_000;
    private static final long IDLE_MILLISECONDS = 60_000;

    private final PostgresOptions options;
    private final @Nullable DataSource given;
    private @Nullable HikariDataSource own;
    private boolean closed;

    SourcePool(PostgresOptions options, @Nullable DataSource given) {
        this.options = options;
        this.given = given;
    }

    /** Whether it is ours, and so goes to the address that changes are read from. */
    boolean isOwn() {
        return given == null;
    }

    /** In autocommit mode, which a given pool may not have by itself; pools undo this when they take a connection back. */
    @Override
    public Connection getConnection() throws SQLException {
        Connection connection = pool().getConnection();
        if (!connection.getAutoCommit()) {
            connection.setAutoCommit(true);
        }
        return connection;
    }

    /** How many connections it has; nothing for a pool that was given, whose owner counts. */
    synchronized List<SourceFigure> figures() {
        if (own == null || own.isClosed()) {
            return List.of();
        }
        HikariPoolMXBean state = own.getHikariPoolMXBean();
        return List.of(
                connections("active", state.getActiveConnections()),
                connections("idle", state.getIdleConnections()),
                new SourceFigure(
                        "changecast_postgres_connections_limit",
                        "Connections for ordinary SQL that there may be: pool_size.",
                        options.poolSize()),
                new SourceFigure(
                        "changecast_postgres_connections_awaited",
                        "Threads that wait for a connection.",
                        state.getThreadsAwaitingConnection()));
    }

    private static SourceFigure connections(String state, int count) {
        return new SourceFigure(
                "changecast_postgres_connections",
                "Connections for ordinary SQL, by state.",
                Map.of("state", state),
                count);
    }

    private synchronized DataSource pool() throws SQLException {
        if (closed) {
            throw new SQLException("the source is closed");
        }
        if (given != null) {
            return given;
        }
        if (own == null) {
            HikariConfig config = new HikariConfig();
            config.setPoolName("changecast-" + options.name());
            config.setJdbcUrl(options.url());
            Properties properties = ReplicationConnection.properties(options, "pool");
            properties.forEach((name, value) -> config.addDataSourceProperty((String) name, value));
            config.setUsername(options.userName());
            config.setPassword(options.password());
            config.setMaximumPoolSize(options.poolSize());
            config.setMinimumIdle(0);
            config.setIdleTimeout(IDLE_MILLISECONDS);
            config.setConnectionTimeout(CONNECTION_WAIT_MILLISECONDS);
            // The first connection is made when it is asked for, so that a database that is away is no error here.
            config.setInitializationFailTimeout(-1);
            own = new HikariDataSource(config);
        }
        return own;
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (own != null) {
            own.close();
        }
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException("the pool has one user");
    }

    @Override
    public @Nullable PrintWriter getLogWriter() {
        return null;
    }

    @Override
    public void setLogWriter(@Nullable PrintWriter out) throws SQLException {
        throw new SQLFeatureNotSupportedException();
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        throw new SQLFeatureNotSupportedException();
    }

    @Override
    public int getLoginTimeout() {
        return 0;
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        throw new SQLFeatureNotSupportedException();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return pool().unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return pool().isWrapperFor(type);
    }
}
