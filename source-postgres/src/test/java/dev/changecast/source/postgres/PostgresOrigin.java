package dev.changecast.source.postgres;

import java.time.Duration;

/** A database of a server that soon takes a silent walsender's peer for dead. */
final class PostgresOrigin extends ItemsOrigin {
    PostgresOrigin(TestServer server) {
        super(server);
    }

    @Override
    void prepared() {}

    @Override
    PostgresSourceBuilder configured() {
        return database.source();
    }

    @Override
    String message() {
        return "SELECT pg_logical_emit_message(true, 'changecast.message', ?)";
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
    public Duration withoutRoom() {
        return Duration.ofSeconds(4);
    }

    @Override
    public void close() {
        awaitNobody();
        database.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '"
                + database.slot() + "'");
        super.close();
    }
}
