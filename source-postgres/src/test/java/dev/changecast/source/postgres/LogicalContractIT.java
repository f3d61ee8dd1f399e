package dev.changecast.source.postgres;

import dev.changecast.testing.Origin;
import dev.changecast.testing.SourceContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** What the engine relies on, over a server that soon takes a silent peer for dead. */
class LogicalContractIT extends SourceContract {
    private static TestServer server;

    @BeforeAll
    static void startServer() {
        server = TestServer.start(builder -> builder.setServerConfig("wal_sender_timeout", "2s"));
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @Override
    protected Origin origin() {
        return new PostgresOrigin(server);
    }
}
