package dev.changecast.server.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.ColorScheme;
import dev.changecast.server.demo.Demo;
import dev.changecast.server.demo.DemoSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page that shows what the client has, in the demo: looked at in {@code target/screenshots}. */
class ClientPageIT {
    private static final Path SCREENSHOTS = Path.of("target", "screenshots");
    private static final String COLUMNS = "client/?columns=name,department,employee,status,notes";
    private static final LocatorAssertions.HasTextOptions PATIENT =
            new LocatorAssertions.HasTextOptions().setTimeout(40_000);

    @TempDir
    private static Path directory;

    private static Chromium chromium;
    private static Demo demo;

    @BeforeAll
    static void start() {
        chromium = Chromium.launch();
        demo = new Demo(new DemoSettings(directory, 0, null, false, Duration.ofMillis(300)), text -> {});
        demo.start();
    }

    @AfterAll
    static void stop() {
        if (chromium != null) {
            chromium.close();
        }
        if (demo != null) {
            demo.close();
        }
    }

    private static Page open(Browser.NewContextOptions options, String address) {
        Page page = chromium.context(options).newPage();
        page.navigate(demo.url() + address);
        assertThat(page.locator("#state")).hasText("connected", PATIENT);
        assertThat(page.locator("#count")).hasText(Pattern.compile("\\d+ rows, ready"), PATIENT);
        return page;
    }

    @Test
    void itShowsStateWayOffsetRowsAndTransactionsWhateverIsDoneToTheConnection() {
        Page page = open(new Browser.NewContextOptions().setViewportSize(1440, 900), COLUMNS);
        assertThat(page.locator("#way")).hasText("WebSocket");
        assertThat(page.locator("#offset")).hasText(Pattern.compile("\\d+-\\d+"));
        assertThat(page.locator("#rows tr").nth(39)).isVisible();
        assertThat(page.locator("#events .origin").first())
                .hasText(Pattern.compile("tx \\d+ · \\d+-\\d+ · \\d+ ms"), PATIENT);

        page.locator("#cut").click();
        assertThat(page.locator("#connections")).hasText("2", PATIENT);
        page.screenshot(new Page.ScreenshotOptions().setPath(SCREENSHOTS.resolve("client-light.png")));
        page.locator("#refuse").check();
        assertThat(page.locator("#way")).hasText("long polling", PATIENT);
        page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.DARK));
        page.screenshot(new Page.ScreenshotOptions().setPath(SCREENSHOTS.resolve("client-dark.png")));
        page.locator("#refuse").uncheck();
        assertThat(page.locator("#way")).hasText("WebSocket", PATIENT);
        assertThat(page.locator("#resets")).hasText("0");

        page.locator("#filter").fill("{\"floor\": 1}");
        page.locator("form button").click();
        assertThat(page.locator("#problem")).containsText("there is no column \"floor\"");
        page.locator("#filter").fill("floor 1");
        page.locator("form button").click();
        assertThat(page.locator("#problem")).containsText("A filter is JSON");
        page.context().close();
        assertThat(chromium.complaints()).isEmpty();
    }

    @Test
    void nothingSticksOutOnAPhone() {
        Page phone = open(
                new Browser.NewContextOptions()
                        .setViewportSize(390, 844)
                        .setDeviceScaleFactor(2)
                        .setIsMobile(true)
                        .setHasTouch(true),
                "client/?columns=name,employee,status&order=-employee&filter=%7B%22floor_number%22%3A1%7D");
        phone.screenshot(new Page.ScreenshotOptions()
                .setPath(SCREENSHOTS.resolve("client-phone.png"))
                .setFullPage(true));
        assertThat(((Number) phone.evaluate("document.documentElement.scrollWidth")).intValue())
                .isLessThanOrEqualTo(390);
        phone.context().close();
    }
}
