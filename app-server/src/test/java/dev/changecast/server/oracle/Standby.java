package dev.changecast.server.oracle;

import dev.changecast.server.e2e.TestPostgres;
import dev.changecast.testing.Eventually;
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
import java.util.TreeMap;

/** A physical standby of a {@link TestPostgres}, made from a copy of its stopped data directory, and later its successor. */
final class Standby implements AutoCloseable {
    private static final Duration WITHIN = Duration.ofSeconds(40);

    private final Path data;
    private final Map<String, String> settings;
    private EmbeddedPostgres postgres;

    /** @param data a copy of the primary's data directory */
    Standby(Path data, int primaryPort, Map<String, String> more) throws IOException {
        this.data = data;
        settings = new TreeMap<>(Map.of(
                "wal_level", "logical",
                "listen_addresses", "127.0.0.1",
                "unix_socket_directories", "",
                "hot_standby_feedback", "on",
                "primary_slot_name", "standby",
                "primary_conninfo",
                        "host=127.0.0.1 port=" + primaryPort + " user=postgres dbname=" + TestPostgres.DATABASE));
        settings.putAll(more);
        Files.createFile(data.resolve("standby.signal"));
        postgres = run(0);
    }

    private EmbeddedPostgres run(int port) throws IOException {
        Path log = data.resolveSibling("standby.log");
        // The configuration file wins over nothing here: what has blanks does not survive a command line.
        StringBuilder lines = new StringBuilder();
        settings.forEach(
                (name, value) -> lines.append(name).append(" = '").append(value).append("'\n"));
        Files.writeString(data.resolve("postgresql.auto.conf"), lines);
        return EmbeddedPostgres.builder()
                .setDataDirectory(data)
                .setCleanDataDirectory(false)
                .setPGStartupWait(WITHIN)
                .setOutputRedirector(Redirect.appendTo(log.toFile()))
                .setErrorRedirector(Redirect.appendTo(log.toFile()))
                .setServerConfig("max_connections", "100")
                .setPort(port)
                .start();
    }

    /** Waits until a query gives true. */
    void await(String what, String query) {
        Eventually.await(what, WITHIN, () -> {
            try (Connection connection = DriverManager.getConnection(
                            "jdbc:postgresql://127.0.0.1:" + postgres.getPort() + "/" + TestPostgres.DATABASE,
                            "postgres",
                            "");
                    Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(query)) {
                return row.next() && row.getBoolean(1);
            } catch (SQLException e) {
                throw new AssertionError(query, e);
            }
        });
    }

    /** Becomes a primary, and takes the address of the one that it followed, which has to be stopped. */
    void succeed(int port) throws IOException {
        await("the promotion", "SELECT pg_promote()");
        postgres.close();
        settings.remove("primary_conninfo");
        settings.remove("primary_slot_name");
        settings.remove("sync_replication_slots");
        postgres = run(port);
    }

    @Override
    public void close() throws IOException {
        postgres.close();
    }
}
