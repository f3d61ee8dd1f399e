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

/** A database with triggers, in which a tick is made after each transaction, so that each is a batch of its own. */
final class TriggerOrigin implements Origin {
    private static final String PASSWORD = "hidden-from-all";

    private final TestServer server;
    private final TestDatabase database;

    TriggerOrigin(TestServer server) {
        this.server = server;
        database = server.database();
        createTable();
    }

    private void createTable() {
        database.execute("CREATE TABLE items (id int8 PRIMARY KEY, text text)");
        TriggerInstallationIT.install(configured());
    }

    private PostgresSourceBuilder configured() {
        return TriggerInstallationIT.source(database).messages(true);
    }

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
        return configured().build();
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
    public Mistaken mistaken() {
        PostgresSourceBuilder mistaken = configured()
                .replication(database.url().replace(database.name(), "postgres"), "postgres", PASSWORD)
                .tables("public.not_there");
        return Mistaken.of(mistaken.build(), "has no triggers", "public.not_there");
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
            connection.setAutoCommit(true);
            connection.createStatement().execute("SELECT changecast.tick('1 day')");
        }
    }

    private static void write(Connection connection, Write write) throws SQLException {
        String sql = switch (write.kind()) {
            case INSERT -> "INSERT INTO items (text, id) VALUES (?, ?)";
            case UPDATE -> "UPDATE items SET text = ? WHERE id = ?";
            case MOVE -> "UPDATE items SET text = ?, id = " + write.to() + " WHERE id = ?";
            case DELETE -> "DELETE FROM items WHERE ?::text IS NULL AND id = ?";
            case TRUNCATE -> "TRUNCATE items";
            case MESSAGE -> "INSERT INTO changecast.change (relation, operation, new_row) VALUES (0, 'M', ?)";
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
    public void breakConnection() {
        database.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name IN ('changecast "
                        + database.name() + " reader', 'changecast " + database.name() + " ticker')");
    }

    /** As if the reader had been away for longer than is kept for it. */
    @Override
    public void loseHistory() {
        database.execute(
                "DELETE FROM changecast.reader", "SELECT changecast.tick('0')", "SELECT changecast.trim(1000000)");
    }

    @Override
    public void replaceHistory() {
        close();
        server.execute("postgres", "CREATE DATABASE " + database.name());
        createTable();
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
