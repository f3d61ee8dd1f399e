package dev.changecast.bench.peer;

import dev.changecast.bench.load.Numbered;
import dev.changecast.bench.load.Outlet;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** Publishes by committing a row. */
public final class SqlOutlet implements Outlet {
    private final Connection connection;
    private final PreparedStatement insert;
    private final String rest;

    private SqlOutlet(Connection connection, PreparedStatement insert, String rest) {
        this.connection = connection;
        this.insert = insert;
        this.rest = rest;
    }

    /** @param bytes how large the JSON of a row is, about */
    public static SqlOutlet open(Postgres postgres, String table, int bytes) throws SQLException {
        Connection connection = postgres.connect();
        String shortest = "{\"id\":12345,\"text\":\"" + Numbered.mark(0) + "\"}";
        return new SqlOutlet(
                connection,
                connection.prepareStatement("INSERT INTO " + table + " (text) VALUES (?)"),
                "x".repeat(Math.max(0, bytes - shortest.length())));
    }

    @Override
    public void send(int number) throws SQLException {
        insert.setString(1, Numbered.mark(number) + rest);
        insert.executeUpdate();
    }

    @Override
    public void close() throws IOException {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new IOException(e);
        }
    }
}
