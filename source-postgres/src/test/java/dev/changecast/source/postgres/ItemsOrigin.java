package dev.changecast.source.postgres;

import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.Replay;
import dev.changecast.testing.Capability;
import dev.changecast.testing.Origin;
import dev.changecast.testing.Write;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** A database with a table of items, whichever way its changes are read. */
abstract class ItemsOrigin implements Origin {
    static final String PASSWORD = "hidden-from-all";

    final TestServer server;
    final TestDatabase database;

    ItemsOrigin(TestServer server) {
        this.server = server;
        database = server.database();
        prepare();
    }

    private void prepare() {
        database.execute("CREATE TABLE items (id int8 PRIMARY KEY, text text)");
        prepared();
    }

    /** The table has been made. */
    abstract void prepared();

    /** A source of the database, to be changed before it is built. */
    abstract PostgresSourceBuilder configured();

    /** What publishes a message; its only parameter is the text. */
    abstract String message();

    /** A transaction has ended. */
    void ended(Connection connection) throws SQLException {}

    @Override
    public Replay replay() {
        return Replay.FROM_POSITION;
    }

    @Override
    public Set<Capability> capabilities() {
        return EnumSet.complementOf(EnumSet.of(Capability.KEEPS_UNREAD, Capability.RECOGNISES_GIVEN));
    }

    @Override
    public ChangeSource source() {
        return configured().messages(true).build();
    }

    @Override
    public ChangeSource absent() {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return silent(free.getLocalPort());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public ChangeSource silent(int port) {
        return configured()
                .replication("jdbc:postgresql://127.0.0.1:" + port + "/" + database.name(), "anna", PASSWORD)
                .build();
    }

    @Override
    public List<String> secrets() {
        return List.of(PASSWORD);
    }

    @Override
    public String relation() {
        return "public.items";
    }

    @Override
    public void commit(List<Write> writes) throws SQLException {
        transaction(writes, true);
    }

    @Override
    public void rollBack(List<Write> writes) throws SQLException {
        transaction(writes, false);
    }

    private void transaction(List<Write> writes, boolean keep) throws SQLException {
        try (Connection connection = database.connect()) {
            connection.setAutoCommit(false);
            for (Write write : writes) {
                write(connection, write);
            }
            if (keep) {
                connection.commit();
            } else {
                connection.rollback();
            }
            ended(connection);
        }
    }

    private void write(Connection connection, Write write) throws SQLException {
        String sql = switch (write.kind()) {
            case INSERT -> "INSERT INTO items (text, id) VALUES (?, ?)";
            case UPDATE -> "UPDATE items SET text = ? WHERE id = ?";
            case MOVE -> "UPDATE items SET text = ?, id = " + write.to() + " WHERE id = ?";
            case DELETE -> "DELETE FROM items WHERE ?::text IS NULL AND id = ?";
            case TRUNCATE -> "TRUNCATE items";
            case MESSAGE -> message();
        };
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            int parameters = statement.getParameterMetaData().getParameterCount();
            if (parameters > 0) {
                statement.setString(1, write.text());
            }
            if (parameters > 1) {
                statement.setLong(2, write.key());
            }
            statement.execute();
        }
    }

    @Override
    public void replaceHistory() {
        close();
        server.execute("postgres", "CREATE DATABASE " + database.name());
        prepare();
    }

    @Override
    public boolean isOwnThread(String name) {
        return name.startsWith("PostgreSQL-JDBC");
    }

    @Override
    public void close() {
        server.execute("postgres", "DROP DATABASE " + database.name() + " WITH (FORCE)");
    }
}
