package dev.changecast.server.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.PlaywrightException;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.ColorScheme;
import dev.changecast.server.e2e.ServerLogs;
import dev.changecast.testing.Eventually;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The example with three databases, as it is, in a real browser, with its buttons pressed. */
@ExtendWith(ServerLogs.class)
class ThreeDatabasesPageIT {
    private static final Path SCREENSHOTS = Path.of("target", "screenshots");
    private static final Duration START = Duration.ofMinutes(3);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final LocatorAssertions.HasTextOptions PATIENT =
            new LocatorAssertions.HasTextOptions().setTimeout(60_000);
    private static final List<String> DATABASES = List.of("shop", "scans", "fleet");
    private static final int PHONE_WIDTH = 390;

    @TempDir
    private static Path directory;

    private static Chromium chromium;
    private static ThreeDatabasesExample example;

    private Page page;

    @BeforeAll
    static void start() throws Exception {
        chromium = Chromium.launch();
        example = new ThreeDatabasesExample(directory);
        // PostgreSQL is made, the server starts beside it, and tries again with growing patience what it does not find.
        Page first = open(new Browser.NewContextOptions());
        for (String name : DATABASES) {
            assertThat(first.locator(".card[data-name=" + name + "] tbody tr[data-id]")
                            .first())
                    .isVisible(new LocatorAssertions.IsVisibleOptions().setTimeout(START.toMillis()));
        }
        first.context().close();
    }

    @AfterAll
    static void stop() {
        if (chromium != null) {
            chromium.close();
        }
        if (example != null) {
            example.close();
        }
    }

    @BeforeEach
    void open() {
        page = open(new Browser.NewContextOptions().setViewportSize(1240, 700));
    }

    @AfterEach
    void leave() {
        page.context().close();
    }

    private static Page open(Browser.NewContextOptions options) {
        Page opened = chromium.context(options).newPage();
        Eventually.await("the page", START, () -> {
            assertThat(example.isAlive()).as("the application").isTrue();
            try {
                opened.navigate(example.url());
                return true;
            } catch (PlaywrightException notYet) {
                return false;
            }
        });
        return opened;
    }

    private Locator card(String name) {
        return page.locator(".card[data-name=" + name + "]");
    }

    /** The number of what the page has of a database; 0 when it has nothing. */
    private int last(String name) {
        return (int) page.evaluate(
                "name => Math.max(0, ...[...document.querySelectorAll(`[data-name=${name}] tbody tr`)]"
                        + ".map((row) => Number(row.dataset.n ?? 0)))",
                name);
    }

    private void awaitState(String name, String state) {
        assertThat(card(name).locator(".pill")).hasText(state, PATIENT);
    }

    private void awaitMore(String name, int more) {
        int present = last(name);
        try {
            Eventually.await(more + " more of " + name, PATIENCE, () -> last(name) >= present + more);
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "; the page shows " + page.innerText("body"), e);
        }
    }

    private void awaitAllHere(String name) {
        awaitState(name, "streaming");
        assertThat(card(name).locator(".behind")).hasText("all here", PATIENT);
        awaitMore(name, 1);
    }

    private void press(String name, String button) {
        card(name)
                .locator("button", new Locator.LocatorOptions().setHasText(button))
                .click();
    }

    /** Waits until one is told to have failed, with the reason, and sees the others go on while nothing comes of it. */
    private void assertFailsAlone(String name, String reason) {
        awaitState(name, "failed");
        assertThat(card(name).locator(".reason")).containsText(reason);
        int before = last(name);
        Map<String, Integer> others = new HashMap<>();
        for (String other : DATABASES) {
            if (!other.equals(name)) {
                awaitMore(other, 3);
                others.put(other, last(other));
                assertThat(card(other).locator(".pill")).hasText("streaming");
                assertThat(card(other).locator(".reason")).hasText("");
            }
        }
        assertThat(others).hasSize(2);
        assertThat(last(name)).isEqualTo(before);
    }

    @Test
    void rowsOfAllThreeComeAndEachDatabaseFailsAndCatchesUpAlone() {
        DATABASES.forEach(this::awaitAllHere);
        assertThat(page.locator("#connection")).hasText("connected");

        int shown = last("shop");
        press("shop", "Cut network");
        assertFailsAlone("shop", "cannot reach the database at 127.0.0.1");
        assertThat(card("shop").locator(".behind")).containsText("not here yet");
        assertThat(last("shop")).isGreaterThanOrEqualTo(shown);
        press("shop", "Mend network");
        awaitAllHere("shop");

        press("scans", "Stop database");
        assertFailsAlone("scans", "cannot speak with the Redis at redis://127.0.0.1");
        press("scans", "Start again");
        awaitAllHere("scans");

        press("fleet", "Stop database");
        assertFailsAlone("fleet", "no primary or router answers at 127.0.0.1");
        press("fleet", "Start again");
        awaitAllHere("fleet");

        assertThat(chromium.complaints()).isEmpty();
        assertThat(example.server.logged()).doesNotContain("cannot continue");
    }

    @Test
    void itCanBeReadByDayByNightAndOnAPhone() {
        DATABASES.forEach(this::awaitAllHere);
        DATABASES.forEach(name -> Eventually.await(
                "seven rows of " + name,
                PATIENCE,
                () -> card(name).locator("tbody tr[data-id]").count() == 7));
        photograph(page, "three-databases-light.png");
        page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.DARK));
        photograph(page, "three-databases-dark.png");
        page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.LIGHT));
        Page phone = open(new Browser.NewContextOptions()
                .setViewportSize(PHONE_WIDTH, 844)
                .setDeviceScaleFactor(2)
                .setIsMobile(true)
                .setHasTouch(true));

        press("fleet", "Cut network");
        awaitState("fleet", "failed");
        awaitMore("shop", 5);
        photograph(page, "three-databases-one-down.png");
        photograph(phone, "three-databases-phone.png");
        for (Page each : List.of(page, phone)) {
            int width = ((Number) each.evaluate("document.documentElement.scrollWidth")).intValue();
            assertThat(width).isLessThanOrEqualTo(each.viewportSize().width);
            // Nothing is cut off within a card either.
            assertThat((List<?>) each.evaluate("[...document.querySelectorAll('.rows')]"
                            + ".filter((rows) => rows.scrollWidth > rows.clientWidth).map((rows) => rows.textContent)"))
                    .isEmpty();
        }
        phone.context().close();
        press("fleet", "Mend network");
        awaitAllHere("fleet");
    }

    private static void photograph(Page page, String file) {
        page.screenshot(
                new Page.ScreenshotOptions().setPath(SCREENSHOTS.resolve(file)).setFullPage(true));
    }
}
