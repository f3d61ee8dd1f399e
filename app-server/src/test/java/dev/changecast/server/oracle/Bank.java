package dev.changecast.server.oracle;

import dev.changecast.server.e2e.ServerProcess;
import dev.changecast.server.e2e.TestPostgres;
import dev.changecast.testing.FaultProxy;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** A database with the {@link BankSchema}, a server, and proxies between both and between server and clients. */
final class Bank implements AutoCloseable {
    /** Small queues and little memory, so that sessions fall behind and the log is read from disk. */
    static final String YAML = """
            history: { directory: history, memory: 1MiB }
            limits: { heartbeat: 1s, connections_per_address: 1000, snapshot_rows: 1000000, queue_bytes: 64KiB }
            sources:
              pg: { type: postgres, url: "%s", user: postgres, tables: [public.*], heartbeat: 500ms }
            routes:
              - { from: pg/public.*, read: everyone }
            """;

    final TestPostgres postgres;
    final FaultProxy database;
    final ServerProcess server;
    final FaultProxy clients;

    Bank(Path directory) throws Exception {
        this(directory, Map.of());
    }

    Bank(Path directory, Map<String, String> settings) throws Exception {
        this(directory, settings, postgres -> {});
    }

    /** What is done to the database before the server sees it. */
    @FunctionalInterface
    interface Preparation {
        void prepare(TestPostgres postgres) throws Exception;
    }

    Bank(Path directory, Map<String, String> settings, Preparation preparation) throws Exception {
        this(directory, settings, preparation, YAML, Map.of());
    }

    /**
     * @param yaml with a place for the database's URL
     * @param environment what the server's has beside this process's
     */
    Bank(
            Path directory,
            Map<String, String> settings,
            Preparation preparation,
            String yaml,
            Map<String, String> environment)
            throws Exception {
        Map<String, String> all = new HashMap<>(Map.of(
                "wal_sender_timeout",
                "3s",
                "deadlock_timeout",
                "50ms",
                "synchronous_commit",
                "on",
                "full_page_writes",
                "on"));
        all.putAll(settings);
        postgres = TestPostgres.start(directory.resolve("postgres"), all);
        BankSchema.create(postgres);
        preparation.prepare(postgres);
        database = FaultProxy.to(postgres.port());
        String url = "jdbc:postgresql://127.0.0.1:" + database.port() + "/" + TestPostgres.DATABASE;
        server = ServerProcess.start(directory.resolve("server"), yaml.formatted(url), environment)
                .awaitReady();
        clients = FaultProxy.to(server.port());
    }

    /** Where clients connect, by way of the proxy. */
    URI address() {
        return URI.create("ws://127.0.0.1:" + clients.port() + "/ws");
    }

    @Override
    public void close() throws IOException {
        clients.close();
        server.close();
        database.close();
        postgres.close();
    }
}
