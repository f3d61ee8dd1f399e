package dev.changecast.server.e2e;

import dev.changecast.testing.Eventually;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A real PostgreSQL that can be stopped in every way, and started again with its data. */
public final class TestPostgres implements AutoCloseable {
    public static final String DATABASE = "app";

    /** Tests with this tag run over an older PostgreSQL, too. */
    public static final String OLDER_TOO = "older-postgres";

    /** How a database is stopped; the names are those of {@code pg_ctl stop -m}. */
    public enum Stop {
        FAST("INT"),
        IMMEDIATE("QUIT");

        private final String signal;

        Stop(String signal) {
            this.signal = signal;
        }
    }

    private final Path directory;
    private final Map<String, String> settings = new LinkedHashMap<>();
    private final int port;
    private EmbeddedPostgres postgres;

    private TestPostgres(Path directory, Map<String, String> settings, int port) {
        this.directory = directory;
        this.port = port;
        // Processes are killed here, machines are not.
        this.settings.putAll(Map.of(
                "wal_level", "logical",
                "listen_addresses", "127.0.0.1",
                "unix_socket_directories", "",
                "fsync", "off",
                // The embedded server's default is off: commits are streamed when they are flushed, 0.2 s later.
                "synchronous_commit", "on",
                "max_connections", "60",
                "max_wal_size", "512MB",
                "shared_buffers", "32MB"));
        this.settings.putAll(settings);
        this.postgres = run();
    }

    /** @param directory where it keeps its data and its log; made when missing */
    public static TestPostgres start(Path directory, Map<String, String> settings) {
        TestPostgres started = new TestPostgres(directory, settings, FreePort.get());
        started.executeIn("postgres", "CREATE DATABASE " + DATABASE);
        return started;
    }

    private EmbeddedPostgres run() {
        Path log = log();
        EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
                .setDataDirectory(directory.resolve("data"))
                .setCleanDataDirectory(false)
                .setPGStartupWait(Duration.ofSeconds(60))
                .setOutputRedirector(Redirect.appendTo(log.toFile()))
                .setErrorRedirector(Redirect.appendTo(log.toFile()))
                .setLocaleConfig("locale", "C.UTF-8")
                .setLocaleConfig("encoding", "UTF8")
                .setPort(port);
        settings.forEach(builder::setServerConfig);
        try {
            Files.createDirectories(directory);
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public int port() {
        return port;
    }

    /** A configuration in which everybody may read all its tables. */
    String shownToEverybody() {
        return """
                history: { directory: history }
                limits: { heartbeat: 3s }
                sources:
                  pg: { type: postgres, url: "%s", user: postgres, heartbeat: 500ms }
                routes:
                  - { from: pg/public.*, read: everyone }
                """.formatted(url());
    }

    public String url() {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + DATABASE;
    }

    public Path log() {
        return directory.resolve("postgres.log");
    }

    public Connection connect() throws SQLException {
        return connect(DATABASE);
    }

    public Connection connect(String database) throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/" + database, "postgres", null);
    }

    public void execute(String... statements) {
        executeIn(DATABASE, statements);
    }

    public void executeIn(String database, String... statements) {
        try (Connection connection = connect(database)) {
            for (String sql : statements) {
                try (Statement statement = connection.createStatement()) {
                    statement.execute(sql);
                }
            }
        } catch (SQLException e) {
            throw new AssertionError(String.join("; ", statements), e);
        }
    }

    /** The first column of all rows. */
    public List<@Nullable String> query(String sql) {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<@Nullable String> values = new ArrayList<>();
            while (rows.next()) {
                values.add(rows.getString(1));
            }
            return values;
        } catch (SQLException e) {
            throw new AssertionError(sql, e);
        }
    }

    /** Stops the database and waits until it has; fails when that takes longer. Returns how long it took. */
    public Duration stop(Stop how, Duration within) {
        long began = System.nanoTime();
        try {
            long process = Long.parseLong(Files.readAllLines(directory.resolve("data/postmaster.pid"))
                    .get(0)
                    .strip());
            int signalled = new ProcessBuilder("kill", "-" + how.signal, Long.toString(process))
                    .start()
                    .waitFor();
            if (signalled != 0) {
                throw new AssertionError("no process " + process + " to stop");
            }
            Eventually.await(
                    "the database to stop (" + how + ")",
                    within,
                    () -> !Files.exists(directory.resolve("data/postmaster.pid"))
                            || ProcessHandle.of(process).isEmpty());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
        return Duration.ofNanos(System.nanoTime() - began);
    }

    /** Starts it again, on the same port and data, with a setting changed for good. */
    public void startAgain(String... change) {
        for (int i = 0; i < change.length; i += 2) {
            settings.put(change[i], change[i + 1]);
        }
        // Frees what belongs to the process that has gone.
        close();
        postgres = run();
    }

    @Override
    public void close() {
        try {
            postgres.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
