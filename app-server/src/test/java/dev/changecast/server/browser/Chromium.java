package dev.changecast.server.browser;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The installed Chromium, driven by the installed Node.js. */
final class Chromium implements AutoCloseable {
    private static final Path EXECUTABLE = Path.of(System.getProperty("chromium", "/usr/bin/chromium"));

    private final Playwright playwright;
    private final Browser browser;
    private final List<String> complaints = new ArrayList<>();

    private Chromium(String... more) {
        playwright = Playwright.create(new Playwright.CreateOptions()
                .setEnv(Map.of("PLAYWRIGHT_NODEJS_PATH", "/usr/bin/node", "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        Stream<String> usual = Stream.of(
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync");
        browser = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(EXECUTABLE)
                        .setArgs(Stream.concat(usual, Stream.of(more)).toList()));
    }

    /** Starts it; skips the test where there is none. */
    static Chromium launch(String... more) {
        assumeTrue(Files.isExecutable(EXECUTABLE), "there is no Chromium at " + EXECUTABLE);
        return new Chromium(more);
    }

    /** A browser of its own: its pages share nothing with others. */
    BrowserContext context(Browser.NewContextOptions options) {
        BrowserContext context = browser.newContext(options);
        context.setDefaultTimeout(40_000);
        context.onPage(page -> page.onPageError(complaints::add));
        return context;
    }

    /** A page in a browser of its own. */
    Page page() {
        return context(new Browser.NewContextOptions()).newPage();
    }

    /** Stops all its processes where they are, as the lid of a laptop does; until {@link #wake} no page can be asked. */
    void sleep() {
        signal("STOP");
    }

    void wake() {
        signal("CONT");
    }

    private static void signal(String name) {
        List<String> command = new ArrayList<>(List.of("kill", "-" + name));
        ProcessHandle.current()
                .descendants()
                .filter(process -> process.info().command().orElse("").contains("chrom"))
                .forEach(process -> command.add(Long.toString(process.pid())));
        try {
            int status = new ProcessBuilder(command).start().waitFor();
            if (status != 0) {
                throw new AssertionError(command + " failed with " + status);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** What pages threw and nobody caught. */
    List<String> complaints() {
        return complaints;
    }

    @Override
    public void close() {
        playwright.close();
    }
}
