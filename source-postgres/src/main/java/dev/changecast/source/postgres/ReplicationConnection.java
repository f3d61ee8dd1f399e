package dev.changecast.source.postgres;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import org.postgresql.PGConnection;
import org.postgresql.PGProperty;
import org.postgresql.replication.LogSequenceNumber;
import org.postgresql.replication.PGReplicationStream;

/** A connection to a walsender. One thread, except {@link #close}. */
final class ReplicationConnection implements AutoCloseable {
    private static final long STATUS_INTERVAL_MILLISECONDS = 5_000;

    private final PostgresOptions options;
    private final Closing closing;
    private final Connection connection;

    private ReplicationConnection(PostgresOptions options, Closing closing, Connection connection) {
        this.options = options;
        this.closing = closing;
        this.connection = connection;
    }

    static ReplicationConnection open(PostgresOptions options, Closing closing) throws Exception {
        Properties properties = properties(options, "replication");
        PGProperty.REPLICATION.set(properties, "database");
        PGProperty.PREFER_QUERY_MODE.set(properties, "simple");
        Connection connection = closing.connect(() -> DriverManager.getConnection(options.url(), properties));
        ReplicationConnection opened = new ReplicationConnection(options, closing, connection);
        try {
            opened.prepare();
            return opened;
        } catch (SQLException | RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    /** What both our own connections need; values in the URL win. */
    static Properties properties(PostgresOptions options, String purpose) {
        Properties properties = new Properties();
        if (options.user() != null) {
            PGProperty.USER.set(properties, options.user());
        }
        if (options.password() != null) {
            PGProperty.PASSWORD.set(properties, options.password());
        }
        PGProperty.ASSUME_MIN_SERVER_VERSION.set(properties, "14");
        PGProperty.APPLICATION_NAME.set(properties, "changecast " + options.name() + " " + purpose);
        PGProperty.TCP_KEEP_ALIVE.set(properties, true);
        PGProperty.CONNECT_TIMEOUT.set(properties, 10);
        // With a time-out the driver connects on a thread of its own, so that a waiting thread can be interrupted.
        PGProperty.LOGIN_TIMEOUT.set(properties, 15);
        return properties;
    }

    /** The output of the types depends on these; the time limits of the role are not meant for a stream. */
    private void prepare() throws SQLException {
        if (connection.getMetaData().getDatabaseMajorVersion() < 14) {
            throw new ChangecastException(ErrorCode.SOURCE_NOT_READY, Readiness.tooOld(connection));
        }
        try (Statement statement = connection.createStatement()) {
            for (String setting : SessionSettings.ALL) {
                statement.execute("SET " + setting);
            }
        }
    }

    int serverVersion() throws SQLException {
        return connection.getMetaData().getDatabaseMajorVersion();
    }

    int processId() throws SQLException {
        return connection.unwrap(PGConnection.class).getBackendPID();
    }

    /** @param database oid of the database, {@code publication} that of the publication, both told by ordinary SQL */
    ServerIdentity identify(long database, long publication) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("IDENTIFY_SYSTEM")) {
            row.next();
            String system = row.getString("systemid");
            int timeline = row.getInt("timeline");
            long flushed = LogSequenceNumber.valueOf(row.getString("xlogpos")).asLong();
            return new ServerIdentity(
                    system, database, publication, timeline, flushed, timeline > 1 ? switches(timeline) : Map.of());
        }
    }

    private Map<Integer, Long> switches(int timeline) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("TIMELINE_HISTORY " + timeline)) {
            row.next();
            return parseHistory(new String(row.getBytes("content"), StandardCharsets.UTF_8));
        }
    }

    /** Lines of number, end and reason, separated by tabs; comments begin with a hash sign. */
    static Map<Integer, Long> parseHistory(String content) {
        Map<Integer, Long> ends = new HashMap<>();
        content.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .forEach(line -> {
                    String[] fields = line.split("\\s+", 3);
                    ends.put(
                            Integer.parseInt(fields[0]),
                            LogSequenceNumber.valueOf(fields[1]).asLong());
                });
        return ends;
    }

    /** Blocks until all transactions that are running now have ended; returns where the slot begins. */
    long createSlot() throws SQLException {
        int version = serverVersion();
        String command = "CREATE_REPLICATION_SLOT " + options.slot() + (options.temporary() ? " TEMPORARY" : "")
                + " LOGICAL pgoutput ";
        String failover = options.failover() && version >= 17 ? ", FAILOVER true" : "";
        command += version >= 15 ? "(SNAPSHOT 'nothing'" + failover + ")" : "NOEXPORT_SNAPSHOT";
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(command)) {
            row.next();
            return LogSequenceNumber.valueOf(row.getString("consistent_point")).asLong();
        }
    }

    void dropSlot() throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("DROP_REPLICATION_SLOT " + options.slot());
        }
    }

    /**
     * How often the server hears of us, in milliseconds, also while it has to wait: well within {@code
     * wal_sender_timeout}, since a question of the server stands in line behind what it has sent before.
     */
    long statusInterval() throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT setting::int8 FROM pg_settings WHERE name = 'wal_sender_timeout'")) {
            row.next();
            long limit = row.getLong(1);
            return limit == 0 ? STATUS_INTERVAL_MILLISECONDS : Math.min(STATUS_INTERVAL_MILLISECONDS, limit / 4 + 1);
        }
    }

    /** Starts to stream what was committed at or after this LSN. */
    PGReplicationStream stream(long from, long statusInterval) throws SQLException {
        return connection
                .unwrap(PGConnection.class)
                .getReplicationAPI()
                .replicationStream()
                .logical()
                .withSlotName(options.slot())
                .withStartPosition(LogSequenceNumber.valueOf(from))
                .withSlotOption("proto_version", "1")
                .withSlotOption("publication_names", Identifiers.quoted(options.publication()))
                .withSlotOption("messages", "true")
                .withStatusInterval((int) statusInterval, TimeUnit.MILLISECONDS)
                // The driver would confirm by itself what is not yet durable here.
                .withAutomaticFlush(false)
                .start();
    }

    @Override
    public void close() {
        closing.release(connection);
    }
}
