package dev.changecast.bench.peer;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;

/** A real PostgreSQL that writes to disk as one in production does. */
public final class Postgres implements AutoCloseable {
    public static final String DATABASE = "app";
    public static final String USER = "postgres";

    private static final Map<String, String> SETTINGS = Map.ofEntries(
            Map.entry("wal_level", "logical"),
            Map.entry("fsync", "on"),
            // The embedded server's default is off: commits are streamed when they are flushed, 0.2 s later.
            Map.entry("synchronous_commit", "on"),
            Map.entry("max_wal_size", "8GB"),
            Map.entry("checkpoint_timeout", "30min"),
            Map.entry("shared_buffers", "128MB"),
            Map.entry("max_connections", "60"),
            Map.entry("max_replication_slots", "40"),
            Map.entry("max_wal_senders", "40"),
            Map.entry("listen_addresses", "127.0.0.1"),
            Map.entry("unix_socket_directories", ""));

    private final EmbeddedPostgres server;

    private Postgres(EmbeddedPostgres server) {
        this.server = server;
    }

    /**
     * Starts a new one.
     *
     * @param statements what makes its tables
     */
    public static Postgres start(Path directory, String... statements) throws IOException, SQLException {
        return start(directory, Map.of(), statements);
    }

    /**
     * Starts a new one.
     *
     * @param settings that differ from the usual ones
     * @param statements what makes its tables
     */
    public static Postgres start(Path directory, Map<String, String> settings, String... statements)
            throws IOException, SQLException {
        Files.createDirectories(directory);
        Path log = directory.resolve("log.txt");
        EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
                .setDataDirectory(directory.resolve("data"))
                .setPGStartupWait(Duration.ofSeconds(60))
                .setOutputRedirector(Redirect.appendTo(log.toFile()))
                .setErrorRedirector(Redirect.appendTo(log.toFile()))
                .setLocaleConfig("locale", "C.UTF-8")
                .setLocaleConfig("encoding", "UTF8")
                .setPort(ServerProcess.freeAddress().getPort());
        SETTINGS.forEach(builder::setServerConfig);
        settings.forEach(builder::setServerConfig);
        Postgres started = new Postgres(builder.start());
        try (Connection connection = started.connect("postgres");
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + DATABASE);
        }
        started.execute(statements);
        return started;
    }

    public int port() {
        return server.getPort();
    }

    public String url() {
        return url(DATABASE);
    }

    private String url(String database) {
        return "jdbc:postgresql://127.0.0.1:" + port() + "/" + database;
    }

    public Connection connect() throws SQLException {
        return connect(DATABASE);
    }

    private Connection connect(String database) throws SQLException {
        return DriverManager.getConnection(url(database), USER, "");
    }

    /** Runs statements one after the other. */
    public void execute(String... statements) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** The first column of the first row as text. */
    public String query(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            return rows.next() ? String.valueOf(rows.getString(1)) : "";
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}
