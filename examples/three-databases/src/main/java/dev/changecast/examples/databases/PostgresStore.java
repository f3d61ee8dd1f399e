package dev.changecast.examples.databases;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Orders of a shop, in a real PostgreSQL that comes from Maven. */
final class PostgresStore implements Store {
    private static final List<String> CUSTOMERS =
            List.of("Ada", "Ben", "Chiara", "Dmitri", "Elif", "Farid", "Greta", "Hana", "Ivo", "Jun");
    private static final List<String> GOODS = List.of(
            "Teapot", "Bicycle bell", "Wool socks", "Reading lamp", "Chess set", "Lunch box", "Umbrella", "Headphones");
    private static final int ORDERS = 20;
    /** An order is new, packed, delivered, and in the end deleted. So many are on their way at least. */
    private static final int OPEN = 6;

    private final Path directory;
    private final int port;
    private final Random random = new Random();
    private @Nullable EmbeddedPostgres postgres;
    private @Nullable Connection connection;

    PostgresStore(Path directory, int port) {
        this.directory = directory;
        this.port = port;
    }

    @Override
    public void start() throws IOException, SQLException {
        Files.createDirectories(directory);
        Redirect log = Redirect.appendTo(directory.resolve("postgres.log").toFile());
        EmbeddedPostgres started = EmbeddedPostgres.builder()
                .setDataDirectory(directory.resolve("data"))
                .setCleanDataDirectory(false)
                .setPGStartupWait(Duration.ofSeconds(60))
                .setOutputRedirector(log)
                .setErrorRedirector(log)
                .setPort(port)
                .setServerConfig("wal_level", "logical")
                .setServerConfig("synchronous_commit", "on")
                .setServerConfig("listen_addresses", "127.0.0.1")
                .setServerConfig("unix_socket_directories", "")
                .setServerConfig("shared_buffers", "32MB")
                .start();
        postgres = started;
        try (Connection admin = started.getPostgresDatabase().getConnection();
                Statement statement = admin.createStatement()) {
            if (!statement
                    .executeQuery("SELECT 1 FROM pg_database WHERE datname = 'shop'")
                    .next()) {
                statement.execute("CREATE DATABASE shop");
            }
        }
        try (Connection shop = started.getDatabase("postgres", "shop").getConnection();
                Statement statement = shop.createStatement()) {
            statement.execute("CREATE TABLE IF NOT EXISTS orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
                    + " n bigint NOT NULL, customer text NOT NULL, goods text NOT NULL,"
                    + " state text NOT NULL DEFAULT 'new')");
        }
    }

    @Override
    public void stop() throws IOException {
        EmbeddedPostgres running = postgres;
        if (running != null) {
            running.close();
        }
    }

    @Override
    public void write(long number) throws SQLException {
        EmbeddedPostgres running = postgres;
        if (running == null) {
            throw new SQLException("PostgreSQL was never started");
        }
        Connection open = connection;
        if (open == null) {
            open = running.getDatabase("postgres", "shop").getConnection();
            open.setAutoCommit(false);
            connection = open;
        }
        try (Statement statement = open.createStatement()) {
            int moved = statement.executeUpdate(
                    "UPDATE orders SET n = %d, state = CASE state WHEN 'new' THEN 'packed' ELSE 'delivered' END"
                                    .formatted(number)
                            + " WHERE id = (SELECT id FROM orders WHERE state <> 'delivered' ORDER BY random() LIMIT 1)"
                            + " AND (SELECT count(*) FROM orders WHERE state <> 'delivered') > %d".formatted(OPEN));
            if (moved == 0) {
                statement.executeUpdate("INSERT INTO orders (n, customer, goods) VALUES (%d, '%s', '%s')"
                        .formatted(number, oneOf(CUSTOMERS), oneOf(GOODS)));
                statement.executeUpdate(
                        "DELETE FROM orders WHERE id <= (SELECT max(id) FROM orders) - %d".formatted(ORDERS));
            }
            open.commit();
        } catch (SQLException e) {
            connection = null;
            open.close();
            throw e;
        }
    }

    private String oneOf(List<String> choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}
