package dev.changecast.server.e2e;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A real browser. Where there is none, the test that wants it is skipped. */
final class Chromium implements AutoCloseable {
    private static final Path EXECUTABLE = Path.of(System.getProperty("chromium", "/usr/bin/chromium"));

    private final Playwright playwright;
    private final Browser browser;

    Chromium() {
        assumeTrue(Files.isExecutable(EXECUTABLE), "there is no Chromium at " + EXECUTABLE);
        playwright = Playwright.create(new Playwright.CreateOptions()
                .setEnv(Map.of("PLAYWRIGHT_NODEJS_PATH", "/usr/bin/node", "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(EXECUTABLE)
                        .setArgs(List.of("--no-sandbox", "--disable-gpu", "--no-first-run")));
    }

    /** A page of that server, so that it may connect. */
    Page page(ServerProcess server) {
        // The tests wait by evaluating text in the page, which the pages of the server rightly forbid.
        Page page = browser.newPage(new Browser.NewPageOptions().setBypassCSP(true));
        page.navigate("http://127.0.0.1:" + server.port() + "/healthz");
        return page;
    }

    @Override
    public void close() {
        playwright.close();
    }
}
