package dev.changecast.source.postgres;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/** One database of a {@link TestServer}, with a slot name of its own. */
record TestDatabase(TestServer server, String name) {
    String slot() {
        return "slot_" + name;
    }

    String url() {
        return server.url(name);
    }

    void execute(String... statements) {
        server.execute(name, statements);
    }

    List<String> query(String sql) {
        return server.query(name, sql);
    }

    Connection connect() throws SQLException {
        return server.connect(name);
    }

    /** All statements in one transaction; returns its {@code pg_current_xact_id()}. */
    String transaction(String... statements) {
        try (Connection connection = connect();
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (String sql : statements) {
                statement.execute(sql);
            }
            String xid;
            try (var row = statement.executeQuery("SELECT pg_current_xact_id()::text")) {
                row.next();
                xid = row.getString(1);
            }
            connection.commit();
            return xid;
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    PostgresSourceBuilder source() {
        return PostgresSource.builder()
                .name(name)
                .replication(url(), "postgres", null)
                .slot(slot())
                .heartbeat(Duration.ofMillis(300));
    }
}
