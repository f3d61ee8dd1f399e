package dev.changecast.server.demo;

import dev.changecast.api.ChangecastException;
import dev.changecast.server.config.Configuration;
import dev.changecast.server.config.ConfigurationReader;
import dev.changecast.server.config.Findings;
import dev.changecast.server.config.Providers;
import dev.changecast.server.http.Endpoint;
import dev.changecast.server.http.StaticFiles;
import dev.changecast.server.postgres.NotifyFunction;
import dev.changecast.server.serve.Requirements;
import dev.changecast.server.serve.Server;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;

/** Database, people, server and page, started and stopped together. */
public final class Demo implements AutoCloseable {
    private static final int USUAL_POSTGRES_PORT = 54_329;
    private static final List<String> FILES =
            List.of("page.css", "page.js", "feed.js", "panel.js", "plan.js", "icon.svg");

    private final DemoSettings settings;
    private final Consumer<String> progress;
    private final Deque<AutoCloseable> running = new ArrayDeque<>();
    private boolean closed;
    private int port;
    private int postgresPort;

    /** @param progress is told what is going on during the start, for a person */
    public Demo(DemoSettings settings, Consumer<String> progress) {
        this.settings = settings;
        this.progress = progress;
    }

    /**
     * Starts everything; the page can be opened when it returns.
     *
     * @throws DemoException when that is impossible; nothing runs then
     */
    public synchronized void start() {
        if (closed) {
            return;
        }
        port = settings.port() == 0 ? freePort() : settings.port();
        Requirements.port(new Configuration.Server("127.0.0.1", port, java.time.Duration.ofSeconds(30), true, null))
                .ifPresent(problem -> {
                    throw new DemoException(
                            "127.0.0.1:" + port + " is in use or not allowed: choose another with --port");
                });
        try {
            Files.createDirectories(settings.directory());
            running.push(lock());
            DemoDatabase database = startDatabase();
            Server server = server(database);
            server.start();
            running.push(server);
            OfficeLife life =
                    new OfficeLife(database.office(), settings.eventEvery().toMillis(), new Random());
            life.start();
            running.push(life);
        } catch (IOException | SQLException e) {
            close();
            throw new DemoException(
                    "PostgreSQL cannot be started: " + e.getMessage() + "; its log is "
                            + settings.directory().resolve("postgres.log"),
                    e);
        } catch (ChangecastException e) {
            close();
            throw new DemoException(e.getMessage(), e);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private DemoDatabase startDatabase() throws IOException, SQLException {
        Path data = settings.directory().resolve("postgres");
        if (settings.reset()) {
            progress.accept("Forgetting earlier runs");
            DemoDatabase.remove(data);
            DemoDatabase.remove(settings.directory().resolve("history"));
        }
        boolean first = !Files.exists(data.resolve("PG_VERSION"));
        progress.accept(
                first ? "Starting PostgreSQL, for the first time (a few seconds)" : "Starting PostgreSQL again");
        long began = System.nanoTime();
        DemoDatabase database = DemoDatabase.start(data, postgresPort());
        running.push(database);
        postgresPort = database.port();
        try (Connection connection = database.office().getConnection()) {
            Office.create(connection);
            installNotify(connection);
        }
        progress.accept("PostgreSQL is running on 127.0.0.1:%d (%.1f s)"
                .formatted(postgresPort, (System.nanoTime() - began) / 1e9));
        return database;
    }

    /** So that people can try it; the same again in a database of an earlier run. */
    private static void installNotify(Connection connection) throws SQLException {
        String sql = NotifyFunction.sql()
                .orElseThrow(() -> new DemoException("the plug-in for PostgreSQL is not on the class path"));
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private Server server(DemoDatabase database) {
        Providers providers = Providers.onClassPath();
        Findings findings = new Findings();
        Configuration configuration = new ConfigurationReader(providers, Map.of(), findings)
                .read("the office", configurationText(database), settings.directory())
                .orElseThrow(() -> new IllegalStateException("the demo's configuration: " + findings.errors()));
        Set<String> hosts = Set.of("127.0.0.1:" + port, "localhost:" + port, "[::1]:" + port);
        Endpoint workstations = new SameOrigin(hosts, new WorkstationEndpoint(database.office()));
        Map<String, Endpoint> endpoints = Map.of(
                "/",
                new StaticFiles(Demo.class, "/", List.of("index.html")),
                "/demo/*",
                new StaticFiles(Demo.class, "/demo/", FILES),
                "/client/*",
                StaticFiles.clientPage("/client/"),
                WorkstationEndpoint.PATH,
                workstations,
                WorkstationEndpoint.PATH + "/*",
                workstations,
                DatabaseEndpoint.PATH,
                new SameOrigin(hosts, new DatabaseEndpoint(postgresPort)));
        return Server.of(configuration, providers, endpoints);
    }

    /** The demo is configured as any server is. */
    private String configurationText(DemoDatabase database) {
        try (InputStream template = Demo.class.getResourceAsStream("demo.yaml")) {
            if (template == null) {
                throw new IllegalStateException("there is no demo.yaml beside " + Demo.class.getName());
            }
            return new String(template.readAllBytes(), StandardCharsets.UTF_8)
                    .replace("%port%", Integer.toString(port))
                    .replace("%jdbc-url%", database.jdbcUrl())
                    .replace("%user%", DemoDatabase.USER);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One demo per directory: a second one would stop the first one's database, which it could not tell from a leftover. */
    private FileChannel lock() throws IOException {
        FileChannel channel = FileChannel.open(
                settings.directory().resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return channel;
            }
        } catch (OverlappingFileLockException heldByThisProcess) {
            // Answered below.
        }
        channel.close();
        throw new DemoException("another demo is running in " + settings.directory()
                + ": end it, or give this one another --directory");
    }

    private int postgresPort() {
        if (settings.postgresPort() != null) {
            return settings.postgresPort();
        }
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), USUAL_POSTGRES_PORT));
            return USUAL_POSTGRES_PORT;
        } catch (IOException inUse) {
            return freePort();
        }
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The page. */
    public String url() {
        return "http://127.0.0.1:" + port + "/";
    }

    public String webSocketUrl() {
        return "ws://127.0.0.1:" + port + "/ws";
    }

    /** The line that connects PostgreSQL's own client. */
    public String psql() {
        return DatabaseEndpoint.psql(postgresPort);
    }

    /** A statement that tells everybody something. */
    public String notifyExample() {
        return DatabaseEndpoint.NOTIFY;
    }

    /** How a program connects to the database. */
    public String jdbcUrl() {
        return "jdbc:postgresql://127.0.0.1:" + postgresPort + "/" + DemoDatabase.NAME + "?user=" + DemoDatabase.USER;
    }

    /** Ends the people first, then the server, then the database; waits for each. Idempotent. */
    @Override
    public synchronized void close() {
        closed = true;
        while (!running.isEmpty()) {
            try {
                running.pop().close();
            } catch (Exception e) {
                progress.accept("Something did not end properly: " + e.getMessage());
            }
        }
    }
}
