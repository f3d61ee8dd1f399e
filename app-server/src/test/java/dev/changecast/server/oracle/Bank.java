package dev.changecast.server.oracle;

import dev.changecast.server.command.CommandLineRun;
import dev.changecast.server.e2e.ServerProcess;
import dev.changecast.server.e2e.TestPostgres;
import dev.changecast.server.e2e.TestPostgres.Stop;
import dev.changecast.testing.FaultProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** A database with the {@link BankSchema}, a server, and proxies between both and between server and clients. */
final class Bank implements Stage {
    static final String YAML = SETTINGS + """
            sources:
              pg: { type: postgres, url: "%s", user: postgres, tables: [public.*], heartbeat: 500ms }
            routes:
              - { from: pg/public.*, read: everyone }
            """;

    private static final String TRIGGER_YAML =
            YAML.replace("type: postgres,", "type: postgres, mode: trigger, poll: 10ms,");

    final TestPostgres postgres;
    final FaultProxy database;
    final ServerProcess server;
    final FaultProxy clients;
    private final boolean triggers;

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
        triggers = yaml.contains("mode: trigger");
        postgres = TestPostgres.start(directory.resolve("postgres"), all);
        BankSchema.create(postgres);
        preparation.prepare(postgres);
        database = FaultProxy.to(postgres.port());
        String url = "jdbc:postgresql://127.0.0.1:" + database.port() + "/" + TestPostgres.DATABASE;
        server = ServerProcess.start(directory.resolve("server"), yaml.formatted(url), environment)
                .awaitReady();
        clients = FaultProxy.to(server.port());
    }

    /** Captured from by triggers, which are installed as an operator would. */
    static Bank withTriggers(Path directory) throws Exception {
        return new Bank(
                directory,
                Map.of("wal_level", "replica"),
                postgres -> installTriggers(directory, postgres),
                TRIGGER_YAML,
                Map.of());
    }

    static void installTriggers(Path directory, TestPostgres postgres) throws IOException {
        Path file = Files.writeString(
                directory.resolve("install.yaml"),
                "auth: { anonymous: true }\n" + TRIGGER_YAML.formatted(postgres.url()));
        CommandLineRun installed = CommandLineRun.of("postgres", "install", "--yes", "--config", file.toString());
        if (installed.exit() != 0) {
            throw new AssertionError(installed.toString());
        }
    }

    @Override
    public String source() {
        return "pg";
    }

    @Override
    public ServerProcess server() {
        return server;
    }

    @Override
    public FaultProxy database() {
        return database;
    }

    @Override
    public FaultProxy clients() {
        return clients;
    }

    @Override
    public void endConnections() {
        postgres.query("SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity WHERE "
                + (triggers ? "application_name LIKE 'changecast%'" : "backend_type = 'walsender'"));
    }

    /** It crashes. */
    @Override
    public void restartDatabase() {
        postgres.stop(Stop.IMMEDIATE, Duration.ofSeconds(20));
        postgres.startAgain();
    }

    @Override
    public void close() throws IOException {
        clients.close();
        server.close();
        database.close();
        postgres.close();
    }
}
