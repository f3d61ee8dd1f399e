package dev.changecast.examples;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;

/** A real PostgreSQL with a database {@code app} that holds a shop. */
final class ShopDatabase implements AutoCloseable {
    private final EmbeddedPostgres postgres;

    ShopDatabase() throws IOException {
        postgres = EmbeddedPostgres.builder()
                .setServerConfig("wal_level", "logical")
                .setServerConfig("fsync", "off")
                // The library turns it off; then what is committed comes late.
                .setServerConfig("synchronous_commit", "on")
                .setLocaleConfig("locale", "C.UTF-8")
                .setLocaleConfig("encoding", "UTF8")
                .start();
        execute("postgres", "CREATE DATABASE app");
        execute("CREATE TABLE orders (id int PRIMARY KEY, item text, card_number text)");
        execute("CREATE TABLE customers (id int PRIMARY KEY, name text)");
    }

    String url() {
        return url("app");
    }

    private String url(String database) {
        return "jdbc:postgresql://127.0.0.1:" + postgres.getPort() + "/" + database;
    }

    /** As superuser. */
    void execute(String sql) {
        execute("app", sql);
    }

    private void execute(String database, String sql) {
        try (Connection connection = DriverManager.getConnection(url(database), "postgres", null);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new AssertionError(sql, e);
        }
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
