package dev.changecast.server.demo;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole product at once: a real PostgreSQL, capture, the log, WebSocket, and the page in a real Chromium. */
class DemoIT {
    private static final Path CHROMIUM = Path.of(System.getProperty("chromium", "/usr/bin/chromium"));
    private static final Path SCREENSHOTS = Path.of("target", "screenshots");
    private static final LocatorAssertions.HasTextOptions PATIENT =
            new LocatorAssertions.HasTextOptions().setTimeout(40_000);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path directory;

    private static Playwright playwright;
    private static Browser browser;
    private static DemoSettings settings;
    private static Demo demo;

    private final List<String> complaints = new ArrayList<>();
    private Page page;

    @BeforeAll
    static void start() {
        assumeTrue(Files.isExecutable(CHROMIUM), "there is no Chromium at " + CHROMIUM);
        // Nothing happens in the office but what a test does.
        settings = new DemoSettings(directory, 0, null, false, Duration.ofDays(1));
        demo = new Demo(settings, text -> {});
        demo.start();
        playwright = Playwright.create(new Playwright.CreateOptions()
                .setEnv(Map.of("PLAYWRIGHT_NODEJS_PATH", "/usr/bin/node", "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        browser = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions()
                        .setExecutablePath(CHROMIUM)
                        .setArgs(List.of(
                                "--no-sandbox",
                                "--disable-gpu",
                                "--disable-quic",
                                "--no-first-run",
                                "--disable-background-networking",
                                "--disable-component-update",
                                "--disable-sync")));
    }

    @AfterAll
    static void stop() {
        if (playwright != null) {
            playwright.close();
        }
        if (demo != null) {
            demo.close();
        }
    }

    @BeforeEach
    void open() {
        page = open(new Browser.NewPageOptions().setViewportSize(1600, 900));
    }

    @AfterEach
    void leave() {
        page.context().close();
    }

    private Page open(Browser.NewPageOptions options) {
        Page opened = browser.newPage(options);
        opened.onPageError(complaints::add);
        opened.navigate(demo.url());
        assertThat(opened.locator("#state")).hasText("live", PATIENT);
        return opened;
    }

    private static void sql(String... statements) throws SQLException {
        try (Connection connection = DriverManager.getConnection(demo.jdbcUrl());
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (String each : statements) {
                statement.execute(each);
            }
            connection.commit();
        }
    }

    private static String seat(String employee, String name) {
        return "UPDATE workstations SET status = 'occupied', employee = '" + employee + "' WHERE name = '" + name + "'";
    }

    private Locator desk(String name) {
        return page.locator(".desk")
                .filter(new Locator.FilterOptions()
                        .setHas(page.locator("text.label", new Page.LocatorOptions().setHasText(name))));
    }

    private Locator newestChange() {
        return page.locator("#changes li").first();
    }

    @Test
    void theOfficeIsDrawnAsItIsInTheDatabase() {
        assertThat(page.locator(".desk")).hasCount(40);
        assertThat(desk("2-07")).isVisible();
    }

    @Test
    void anUpdateInTheDatabaseAppearsOnThePage() throws Exception {
        sql(seat("Grace Hopper", "1-05"));

        assertThat(desk("1-05").locator(".employee")).hasText("Grace H.", PATIENT);
        assertThat(desk("1-05")).hasAttribute("data-status", "occupied");
        assertThat(newestChange()).containsText(Pattern.compile("1-05.*Grace Hopper.*tx \\d+offset \\d+-\\d+\\d ms"));
        assertThat(page.locator("#latency")).hasText(Pattern.compile("\\d+ ms"));
        assertThat(complaints).isEmpty();
    }

    @Test
    void whatOneTransactionChangesAppearsAsOne() throws Exception {
        sql(seat("Person One", "2-01"), seat("Person Two", "2-02"));

        assertThat(newestChange())
                .containsText(Pattern.compile("2-01.*Person One.*2-02.*Person Two.*2 rows in one tx"));
    }

    @Test
    void whatIsRolledBackNeverAppears() throws Exception {
        try (Connection connection = DriverManager.getConnection(demo.jdbcUrl());
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute(seat("A Ghost", "1-06"));
            connection.rollback();
        }
        sql(seat("A Person", "1-07"));

        assertThat(desk("1-07").locator(".employee")).hasText("A P.", PATIENT);
        assertThat(page.locator("#changes")).not().containsText("A Ghost");
        assertThat(desk("1-06").locator(".employee")).not().hasText("A G.");
    }

    @Test
    void aNewRowAppearsAndADeletedOneDisappears() throws Exception {
        sql("INSERT INTO workstations (name, department, x, y, width, height, floor_number)"
                + " VALUES ('New desk', 'Guests', 500, 360, 92, 56, 1)");
        assertThat(desk("New desk")).isVisible();

        sql("DELETE FROM workstations WHERE name = 'New desk'");
        assertThat(desk("New desk")).hasCount(0);
    }

    @Test
    void whatThePageSaysToTryTellsEveryScreenSomething() throws Exception {
        assertThat(page.locator("#notify")).containsText("changecast.notify");
        sql(page.locator("#notify").textContent());

        assertThat(newestChange())
                .containsText(Pattern.compile("notification Coffee is ready.*tx \\d+ ms"), containing());
        assertThat(page.locator("#state")).hasText("live");
        assertThat(complaints).isEmpty();
    }

    @Test
    void aPersonChangesAWorkstationFromThePage() {
        desk("2-20").click();
        assertThat(page.locator("#panel")).isVisible();
        page.locator("#choices [data-status=reserved]").click();
        page.locator("#employee").fill("Alan Turing");
        page.locator("#save").click();

        assertThat(page.locator("#outcome")).containsText("Captured as transaction", containing());
        page.screenshot(new Page.ScreenshotOptions().setPath(SCREENSHOTS.resolve("panel.png")));
        assertThat(desk("2-20")).hasAttribute("data-status", "reserved");
        assertThat(desk("2-20").locator(".employee")).hasText("Alan T.");
    }

    @Test
    void theServerRefusesAFormThatMakesNoSense() {
        desk("2-19").click();
        page.locator("#choices [data-status=occupied]").click();
        page.locator("#employee").evaluate("input => { input.required = false; input.value = ''; }");
        page.locator("#save").click();

        assertThat(page.locator("#outcome")).hasText("Who is it occupied by? Give an employee.");
    }

    @Test
    void afterARestartOfEverythingThePageGoesOnWhereItWas() throws Exception {
        assertThat(page.locator("#state")).hasText("live");
        DemoSettings samePorts =
                new DemoSettings(directory, portOf(demo.url()), portOf(demo.jdbcUrl()), false, settings.eventEvery());
        demo.close();
        assertThat(page.locator("#state")).hasText("reconnecting", PATIENT);

        demo = new Demo(samePorts, text -> {});
        demo.start();
        sql(seat("Ada Lovelace", "1-12"));

        assertThat(page.locator("#state")).hasText("live", PATIENT);
        assertThat(desk("1-12").locator(".employee")).hasText("Ada L.", PATIENT);
        assertThat(newestChange()).containsText("Ada Lovelace");
    }

    @Test
    void thePageIsShownInLightAndDarkAndOnAPhone() throws Exception {
        sql(seat("Margaret Hamilton", "1-01"), seat("Edsger Dijkstra", "2-11"));
        assertThat(newestChange()).containsText("Edsger Dijkstra");
        page.screenshot(new Page.ScreenshotOptions().setPath(SCREENSHOTS.resolve("light.png")));
        page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.DARK));
        page.screenshot(new Page.ScreenshotOptions().setPath(SCREENSHOTS.resolve("dark.png")));

        Page phone = open(new Browser.NewPageOptions()
                .setViewportSize(390, 844)
                .setDeviceScaleFactor(2)
                .setIsMobile(true)
                .setHasTouch(true));
        phone.screenshot(new Page.ScreenshotOptions()
                .setPath(SCREENSHOTS.resolve("phone.png"))
                .setFullPage(true));
        assertThat(((Number) phone.evaluate("document.documentElement.scrollWidth")).intValue())
                .as("nothing sticks out sideways")
                .isLessThanOrEqualTo(390);
        phone.context().close();
        assertThat(complaints).isEmpty();
    }

    private static LocatorAssertions.ContainsTextOptions containing() {
        return new LocatorAssertions.ContainsTextOptions().setTimeout(40_000);
    }

    private static int portOf(String url) {
        return Integer.parseInt(url.replaceFirst(".*127\\.0\\.0\\.1:(\\d+)/.*", "$1"));
    }
}
