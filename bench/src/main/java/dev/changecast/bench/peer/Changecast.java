package dev.changecast.bench.peer;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** This project's server, started as its users do: {@code ./changecast serve}. It can be stopped and started again. */
public final class Changecast implements AutoCloseable {
    static final String API_KEY = "an-api-key-of-the-benchmarks-0123456789";

    private static final String CONFIGURATION = """
            server: { host: 127.0.0.1, port: %port }
            auth: { anonymous: true%keys }
            limits: { connections: 50000, connections_per_address: 50000, subscriptions: 10000, commands_at_once: 20000,
                      commands_per_second: 20000, publishes_per_second: 1000000, room_members: 50000 }
            history: { directory: history, memory: %memory }
            rooms: [ { room: bench, join: everyone } ]
            """;

    private static final String SOURCE = """
            sources:
              pg: { type: postgres, url: "%url", user: %user, slot: "%slot", heartbeat: 5s }
            routes:
              - { from: "pg/public.*", read: everyone }
            """;

    private final Path home;
    private final Path directory;
    private final InetSocketAddress address;
    private final @Nullable Postgres postgres;
    private final String slot;
    private ServerProcess process;

    /** What it is started with. */
    public record Options(boolean keys, @Nullable Postgres postgres, String slot, String memory) {
        public static Options publishing() {
            return new Options(true, null, "", "64MiB");
        }

        public static Options capturing(Postgres postgres, String slot) {
            return new Options(false, postgres, slot, "64MiB");
        }

        public Options memory(String memory) {
            return new Options(keys, postgres, slot, memory);
        }
    }

    private Changecast(
            Path home,
            Path directory,
            InetSocketAddress address,
            @Nullable Postgres postgres,
            String slot,
            ServerProcess process) {
        this.home = home;
        this.directory = directory;
        this.address = address;
        this.postgres = postgres;
        this.slot = slot;
        this.process = process;
    }

    /** Starts it and waits until it is ready. */
    public static Changecast start(Path home, Path directory, Options options)
            throws IOException, InterruptedException, TimeoutException {
        Files.createDirectories(directory);
        InetSocketAddress address = ServerProcess.freeAddress();
        Postgres postgres = options.postgres();
        String configuration = CONFIGURATION
                .replace("%port", Integer.toString(address.getPort()))
                .replace("%keys", options.keys() ? ", api_keys: [\"" + API_KEY + "\"]" : "")
                .replace("%memory", options.memory());
        if (postgres != null) {
            configuration += SOURCE.replace("%url", postgres.url())
                    .replace("%user", Postgres.USER)
                    .replace("%slot", options.slot());
        }
        Files.writeString(directory.resolve("changecast.yaml"), configuration);
        Changecast changecast =
                new Changecast(home, directory, address, postgres, options.slot(), run(home, directory));
        try {
            changecast.process.awaitAnswer(address, "/readyz");
            return changecast;
        } catch (IOException | InterruptedException | TimeoutException e) {
            changecast.process.close();
            throw e;
        }
    }

    private static ServerProcess run(Path home, Path directory) throws IOException {
        String options = System.getProperty("bench.changecast.options", "");
        return ServerProcess.start(
                "Changecast",
                directory,
                Map.of("CHANGECAST_JAVA_OPTS", options),
                List.of(
                        home.resolve("changecast").toString(),
                        "serve",
                        "--config",
                        directory.resolve("changecast.yaml").toString()));
    }

    public InetSocketAddress address() {
        return address;
    }

    public ServerProcess process() {
        return process;
    }

    /** Ends the process, and keeps its history and its slot. */
    public void stop() throws SQLException, TimeoutException {
        process.close();
        awaitSlot(false);
    }

    /** Starts again after {@link #stop}; returns at once. */
    public void startAgain() throws IOException {
        process = run(home, directory);
    }

    /** Waits until the slot is read; returns when that was, of {@link System#nanoTime}. */
    public long awaitReading() throws SQLException, TimeoutException {
        return awaitSlot(true);
    }

    private long awaitSlot(boolean active) throws SQLException, TimeoutException {
        return postgres == null ? System.nanoTime() : awaitSlot(postgres, slot, active);
    }

    /** Waits until somebody reads a slot, or nobody does; returns when that was. */
    public static long awaitSlot(Postgres postgres, String slot, boolean active) throws SQLException, TimeoutException {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        try (var connection = postgres.connect();
                var statement =
                        connection.prepareStatement("SELECT active FROM pg_replication_slots WHERE slot_name = ?")) {
            statement.setString(1, slot);
            while (System.nanoTime() < deadline) {
                try (var rows = statement.executeQuery()) {
                    if (rows.next() && rows.getBoolean(1) == active) {
                        return System.nanoTime();
                    }
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
            }
        }
        throw new TimeoutException("slot " + slot + " did not become " + (active ? "active" : "inactive"));
    }

    @Override
    public void close() {
        process.close();
    }
}
