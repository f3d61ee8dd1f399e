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
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** A database of a server that soon takes a silent walsender's peer for dead. */
final class PostgresOrigin implements Origin {
    private static final String PASSWORD = "hidden-from-all";

    private final TestServer server;
    private final TestDatabase database;

    PostgresOrigin(TestServer server) {
        this.server = server;
        database = server.database();
        createTable();
    }

    private void createTable() {
        database.execute("CREATE TABLE items (id int8 PRIMARY KEY, text text)");
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
        return database.source().messages(true).build();
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
        return database.source()
                .replication("jdbc:postgresql://127.0.0.1:" + port + "/" + database.name(), "anna", PASSWORD)
                .build();
    }

    @Override
    public Mistaken mistaken() {
        PostgresSourceBuilder mistaken = database.source()
                .replication(database.url(), "postgres", PASSWORD)
                .create(false)
                .publication("not_made")
                .slot("not_made_either")
                .tables("public.not_there");
        return Mistaken.of(mistaken.build(), "publication not_made ", "slot not_made_either ", "public.not_there");
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
        }
    }

    private static void write(Connection connection, Write write) throws SQLException {
        String sql = switch (write.kind()) {
            case INSERT -> "INSERT INTO items (text, id) VALUES (?, ?)";
            case UPDATE -> "UPDATE items SET text = ? WHERE id = ?";
            case MOVE -> "UPDATE items SET text = ?, id = " + write.to() + " WHERE id = ?";
            case DELETE -> "DELETE FROM items WHERE ?::text IS NULL AND id = ?";
            case TRUNCATE -> "TRUNCATE items";
            case MESSAGE -> "SELECT pg_logical_emit_message(true, 'changecast.message', ?)";
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
        database.execute("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = '"
                + database.slot() + "'");
    }

    @Override
    public void loseHistory() {
        awaitNobody();
        database.execute("SELECT pg_drop_replication_slot('" + database.slot() + "')");
    }

    /** The server goes on to serve a slot for a moment after its client has gone. */
    private void awaitNobody() {
        TestServer.await(
                "the slot is let go of",
                () -> database.query("SELECT 1 FROM pg_replication_slots WHERE active AND slot_name = '"
                                + database.slot() + "'")
                        .isEmpty());
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
    public Duration withoutRoom() {
        return Duration.ofSeconds(4);
    }

    @Override
    public void close() {
        awaitNobody();
        database.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '"
                + database.slot() + "'");
        server.execute("postgres", "DROP DATABASE " + database.name() + " WITH (FORCE)");
    }
}
