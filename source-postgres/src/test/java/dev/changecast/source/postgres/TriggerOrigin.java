package dev.changecast.source.postgres;

import java.sql.Connection;
import java.sql.SQLException;

/** A database with triggers, in which a tick is made after each transaction, so that each is a batch of its own. */
final class TriggerOrigin extends ItemsOrigin {
    TriggerOrigin(TestServer server) {
        super(server);
    }

    @Override
    void prepared() {
        TriggerInstallationIT.install(configured().messages(true));
    }

    @Override
    PostgresSourceBuilder configured() {
        return TriggerInstallationIT.source(database);
    }

    @Override
    String message() {
        return "INSERT INTO changecast.change (relation, operation, new_row) VALUES (0, 'M', ?)";
    }

    @Override
    void ended(Connection connection) throws SQLException {
        connection.setAutoCommit(true);
        connection.createStatement().execute("SELECT changecast.tick('1 day')");
    }

    @Override
    public Mistaken mistaken() {
        PostgresSourceBuilder mistaken = configured()
                .messages(true)
                .replication(database.url().replace(database.name(), "postgres"), "postgres", PASSWORD)
                .tables("public.not_there");
        return Mistaken.of(mistaken.build(), "has no triggers", "public.not_there");
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
}
