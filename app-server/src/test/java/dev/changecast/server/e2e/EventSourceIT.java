package dev.changecast.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A browser's own {@code EventSource}, with nothing around it, over a server that is killed and comes back. */
@Timeout(120)
@ExtendWith(ServerLogs.class)
class EventSourceIT {
    private static final Path CHROMIUM = Path.of(System.getProperty("chromium", "/usr/bin/chromium"));

    @TempDir
    private Path directory;

    @Test
    void aBareEventSourceGoesOnByItselfWithoutGapOrRepeat() {
        assumeTrue(Files.isExecutable(CHROMIUM), "there is no Chromium at " + CHROMIUM);
        try (TestPostgres postgres = TestPostgres.start(directory.resolve("postgres"), Map.of());
                Playwright playwright = Playwright.create(new Playwright.CreateOptions()
                        .setEnv(Map.of(
                                "PLAYWRIGHT_NODEJS_PATH", "/usr/bin/node", "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
                Browser browser = playwright
                        .chromium()
                        .launch(new BrowserType.LaunchOptions()
                                .setExecutablePath(CHROMIUM)
                                .setArgs(List.of("--no-sandbox", "--disable-gpu", "--no-first-run")))) {
            postgres.execute(
                    "CREATE TABLE notes (id int PRIMARY KEY, text text)", "INSERT INTO notes VALUES (1, 'one')");
            try (ServerProcess server = ServerProcess.start(directory.resolve("server"), """
                            history: { directory: history }
                            limits: { heartbeat: 3s }
                            sources:
                              pg: { type: postgres, url: "%s", user: postgres, heartbeat: 500ms }
                            routes:
                              - { from: pg/public.*, read: everyone }
                            """.formatted(postgres.url()))
                    .awaitReady()) {
                Page page = browser.newPage();
                page.navigate("http://127.0.0.1:" + server.port() + "/healthz");
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
                assertThat(page.evaluate(
                                "messages.filter((message) => message.action).map((message) => message.data.id)"))
                        .isEqualTo(List.of(2, 3, 4));
                assertThat(page.evaluate("messages.filter((message) => message.type === 'snapshot').length"))
                        .isEqualTo(1);
                assertThat(page.evaluate("messages.filter((message) => message.type === 'reset').length"))
                        .isEqualTo(0);
                assertThat(page.evaluate("opened")).isEqualTo(2);
            }
        }
    }
}
