package dev.changecast.server.browser;

import com.microsoft.playwright.Page;
import dev.changecast.server.e2e.ServerProcess;
import dev.changecast.server.e2e.TestPostgres;
import dev.changecast.testing.Eventually;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A database with workstations, the real server, a proxy before it that can refuse WebSockets, and pages behind that. */
final class Workplace implements AutoCloseable {
    static final int DESKS = 50;
    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final String YAML = """
            history: { directory: history }
            limits: { heartbeat: 2s, connections_per_address: 100 }
            sources:
              pg: { type: postgres, url: "%s", user: postgres, tables: [public.*], heartbeat: 500ms }
            routes:
              - { from: pg/public.workstations, read: everyone }
              - { from: pg/public.calls, event: call, push: { to: broadcast, priority: high } }
            """;

    final TestPostgres postgres;
    final ServerProcess server;
    final UpgradeProxy proxy;

    Workplace(Path directory) throws Exception {
        postgres = TestPostgres.start(directory.resolve("postgres"), Map.of());
        postgres.execute(
                "CREATE TABLE workstations (id int PRIMARY KEY, name text, status text, employee text, floor_number int)",
                "ALTER TABLE workstations REPLICA IDENTITY FULL",
                "CREATE TABLE calls (id int PRIMARY KEY, text text)",
                "INSERT INTO workstations SELECT n, 'Desk ' || n, 'available', 'nobody', 1 + n % 2"
                        + " FROM generate_series(1, " + DESKS + ") n");
        server = ServerProcess.start(directory.resolve("server"), YAML.formatted(postgres.url()))
                .awaitReady();
        proxy = UpgradeProxy.to(server::port);
        serve(proxy);
    }

    /** Lets a proxy answer for the page under test. */
    static void serve(UpgradeProxy proxy) throws IOException {
        proxy.serve("/test/page.html", "text/html; charset=utf-8", resource("page.html"));
        proxy.serve("/test/page.js", "text/javascript; charset=utf-8", resource("page.js"));
    }

    static byte[] resource(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(Workplace.class.getResourceAsStream(name), name)) {
            return in.readAllBytes();
        }
    }

    /** Opens the page under test, with the client's options, and waits until it shows the rows. */
    void open(Page page, Map<String, ?> options) {
        visit(page, options);
        await(page, "live.state === 'ready'");
    }

    void visit(Page page, Map<String, ?> options) {
        page.navigate(proxy.url() + "/test/page.html");
        await(page, "window.start");
        page.evaluate("options => start(options)", options);
    }

    /** Waits until something is true in the page, also when nobody sees it. */
    static void await(Page page, String condition) {
        Eventually.await(
                condition + "; the page had " + page.evaluate("JSON.stringify([window.seen, window.told])"),
                PATIENCE,
                () -> Boolean.TRUE.equals(page.evaluate("!!(" + condition + ")")));
    }

    /** Somebody sits down. */
    void seat(int desk, String employee) {
        postgres.execute(
                "UPDATE workstations SET status = 'occupied', employee = '" + employee + "' WHERE id = " + desk);
    }

    /** Waits until the page shows what a SELECT says. */
    void awaitSame(Page page) {
        Map<String, String> expected =
                new TreeMap<>(postgres.query("SELECT id || ':' || employee FROM workstations").stream()
                        .map(row -> Objects.requireNonNull(row).split(":"))
                        .collect(Collectors.toMap(parts -> parts[0], parts -> parts[1])));
        Eventually.await(
                "the page to show what the database says", PATIENCE, () -> expected.equals(page.evaluate("byId()")));
    }

    @Override
    public void close() throws IOException {
        proxy.close();
        server.close();
        postgres.close();
    }
}
