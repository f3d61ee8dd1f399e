package dev.changecast.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What a browser does by itself, with nothing of ours around it. */
@Timeout(120)
@ExtendWith(ServerLogs.class)
class BrowserIT {
    private static final String YAML = """
            history: { directory: history }
            limits: { heartbeat: 3s, message_bytes: 64KiB }
            sources:
              pg: { type: postgres, url: "%s", user: postgres, heartbeat: 500ms }
            routes:
              - { from: pg/public.*, read: everyone }
            """;

    @TempDir
    private Path directory;

    private Chromium chromium;
    private TestPostgres postgres;
    private ServerProcess server;

    @BeforeEach
    void start() {
        chromium = new Chromium();
        postgres = TestPostgres.start(directory.resolve("postgres"), Map.of());
        postgres.execute("CREATE TABLE notes (id int PRIMARY KEY, text text)", "INSERT INTO notes VALUES (1, 'one')");
        server = ServerProcess.start(directory.resolve("server"), YAML.formatted(postgres.url()))
                .awaitReady();
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
        }
        if (postgres != null) {
            postgres.close();
        }
        if (chromium != null) {
            chromium.close();
        }
    }

    @Test
    void anEventSourceGoesOnByItselfAfterAKillWithoutGapOrRepeat() {
        Page page = chromium.page(server);
        page.evaluate("""
                () => {
                  window.messages = [];
                  window.opened = 0;
                  const events = new EventSource('/events?collection=notes');
                  events.onopen = () => window.opened++;
                  events.onmessage = (event) => window.messages.push(JSON.parse(event.data));
                }
                """);
        page.waitForFunction("messages.some((message) => message.type === 'ready')");
        postgres.execute("INSERT INTO notes VALUES (2, 'two')");
        page.waitForFunction("messages.some((message) => message.action && message.data.id === 2)");
        server.kill();
        postgres.execute("INSERT INTO notes VALUES (3, 'while it was dead')");
        server.startAgain();
        page.waitForFunction("messages.some((message) => message.action && message.data.id === 3)");
        page.waitForFunction("messages.filter((message) => message.type === 'ready').length === 2");
        postgres.execute("INSERT INTO notes VALUES (4, 'four')");
        page.waitForFunction("messages.some((message) => message.action && message.data.id === 4)");
        assertThat(page.evaluate("messages.filter((message) => message.action).map((message) => message.data.id)"))
                .isEqualTo(List.of(2, 3, 4));
        assertThat(page.evaluate("messages.filter((message) => message.type === 'snapshot').length"))
                .isEqualTo(1);
        assertThat(page.evaluate("messages.filter((message) => message.type === 'reset').length"))
                .isEqualTo(0);
        assertThat(page.evaluate("opened")).isEqualTo(2);
    }

    /** A browser compresses what it sends, too, once that is negotiated; and checks what it gets. */
    @Test
    void aWebSocketIsCompressedBothWays() {
        postgres.execute("INSERT INTO notes SELECT n, repeat('text ' || n || ' ', 20) FROM generate_series(2, 3000) n");
        Page page = chromium.page(server);
        page.evaluate("""
                () => {
                  window.messages = [];
                  window.closeCode = null;
                  window.socket = new WebSocket('ws://' + location.host + '/ws');
                  socket.onmessage = (event) => messages.push(JSON.parse(event.data));
                  socket.onclose = (event) => { closeCode = event.code; };
                  const wanted = Array.from({ length: 2999 }, (none, index) => index + 2);
                  socket.onopen = () => socket.send(JSON.stringify(
                    { type: 'subscribe', collection: 'notes', filter: { id: { $in: wanted.slice(0, 900) } } }));
                }
                """);
        page.waitForFunction("messages.some((message) => message.type === 'ready' || message.type === 'error')");
        assertThat(page.evaluate("socket.extensions"))
                .isEqualTo("permessage-deflate; server_no_context_takeover; client_no_context_takeover");
        assertThat(page.evaluate("messages.filter((message) => message.type === 'snapshot')"
                        + ".reduce((rows, message) => rows + message.rows.length, 0)"))
                .isEqualTo(900);
        postgres.execute("UPDATE notes SET text = repeat('now large ', 1000) WHERE id < 50");
        page.waitForFunction("messages.filter((message) => message.action === 'update').length === 48");
        assertThat(page.evaluate("messages.filter((message) => message.action === 'update')"
                        + ".every((message) => message.data.text.length === 10000)"))
                .isEqualTo(true);
        assertThat(page.evaluate("closeCode")).isNull();
        // More than a message may have, once it is unpacked: the browser sends a few hundred bytes of it.
        page.evaluate("() => socket.send(JSON.stringify({ type: 'ping', id: 'x'.repeat(1000000) }))");
        page.waitForFunction("closeCode !== null");
        assertThat(page.evaluate("closeCode")).isEqualTo(1009);
    }
}
