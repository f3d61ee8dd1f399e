package dev.changecast.server.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.ColorScheme;
import dev.changecast.auth.jwt.TokenSigner;
import dev.changecast.server.e2e.FreePort;
import dev.changecast.server.e2e.ServerLogs;
import dev.changecast.server.e2e.ServerProcess;
import dev.changecast.server.e2e.TestPostgres;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.TestClient;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The dashboard in a real browser, over a real server and database: idle, under load, and with the database away. */
@ExtendWith(ServerLogs.class)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DashboardPageIT {
    private static final Path SCREENSHOTS = Path.of("target", "screenshots");
    private static final String SECRET = "s-0123456789-0123456789-0123456789";
    private static final String KEY = "k-0123456789-0123456789";
    private static final LocatorAssertions.ContainsTextOptions PATIENT =
            new LocatorAssertions.ContainsTextOptions().setTimeout(30_000);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int CROWD = 300;

    /** How long the load lasts, so that the plots show something; longer for pictures that people are to see. */
    private static final Duration LOAD = Duration.ofSeconds(Integer.getInteger("dashboard.load", 6));

    /** Markup wherever somebody from outside can put text. */
    private static final String MARKUP = "<img src=x onerror=hacked=1><b>x</b>";

    private static final String CONFIGURATION = """
            server: { port: %d, ready_within: 5s }
            auth: { jwt: { secret: "%s" }, api_keys: ["%s"] }
            limits: { connections: 1000, connections_per_address: 1000, connections_per_user: 1000, queue_bytes: 64KiB }
            history: { directory: history }
            sources:
              pg: { type: postgres, url: "%s", user: postgres, tables: [public.*], heartbeat: 500ms }
            routes:
              - { from: pg/public.orders, read: authenticated, hide: [card], old: true }
              - { from: pg/public.scans, read: authenticated }
              - { from: pg/public.payroll, read: { roles: [payroll] }, rows: { tenant: "{claims.tenant}" } }
            rooms: [ { room: "*", join: authenticated, send: authenticated } ]
            dashboard: { roles: [admin] }
            """;

    @TempDir
    private static Path directory;

    private static TestPostgres postgres;
    private static ServerProcess server;
    private static Chromium chromium;
    private static Listeners listeners;

    private final List<BrowserContext> contexts = new ArrayList<>();
    private final ConcurrentLinkedQueue<String> asked = new ConcurrentLinkedQueue<>();
    private final List<TestClient> clients = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        postgres = TestPostgres.start(directory.resolve("postgres"), Map.of());
        postgres.execute(
                "CREATE TABLE orders (id int PRIMARY KEY, status text, note text, card text)",
                "ALTER TABLE orders REPLICA IDENTITY FULL",
                "CREATE TABLE scans (id int PRIMARY KEY, image text)",
                "ALTER TABLE scans REPLICA IDENTITY FULL",
                "INSERT INTO scans VALUES (1, '')",
                "CREATE TABLE payroll (id int PRIMARY KEY, tenant int, salary int)",
                "ALTER TABLE payroll REPLICA IDENTITY FULL",
                "CREATE TABLE \"<b>x</b>\" (id int PRIMARY KEY)",
                "INSERT INTO orders SELECT n, 'open', 'note ' || n, 'c' FROM generate_series(1, 100) n");
        int port = FreePort.get();
        server = ServerProcess.startWith(
                        directory.resolve("server"), port, CONFIGURATION.formatted(port, SECRET, KEY, postgres.url()))
                .awaitAlive()
                .awaitReady();
        listeners = new Listeners(port);
        chromium = Chromium.launch();
    }

    @AfterAll
    static void stop() throws Exception {
        if (chromium != null) {
            chromium.close();
        }
        if (listeners != null) {
            listeners.close();
        }
        if (server != null) {
            server.close();
        }
        postgres.close();
    }

    @AfterEach
    void leave() {
        clients.forEach(TestClient::drop);
        contexts.forEach(BrowserContext::close);
        assertThat(chromium.complaints()).isEmpty();
        assertThat(asked).allMatch(url -> url.startsWith("http://127.0.0.1:" + server.port() + "/"));
    }

    private static String token(String user, String... roles) {
        return TokenSigner.secret(SECRET)
                .token()
                .claim("sub", user)
                .claim("roles", List.of(roles))
                .claim("tenant", "7")
                .expiresAt(Instant.now().plus(Duration.ofHours(1)))
                .sign();
    }

    private TestClient connect(String user) {
        TestClient client =
                TestClient.connect(server.webSocket(), Map.of("Authorization", "Bearer " + token(user, "clerk")));
        clients.add(client);
        client.await("welcome");
        return client;
    }

    private static Browser.NewContextOptions desktop() {
        return new Browser.NewContextOptions().setViewportSize(1440, 900);
    }

    private Page open(Browser.NewContextOptions options, String part) {
        BrowserContext context = chromium.context(options);
        contexts.add(context);
        Page page = context.newPage();
        page.onRequest(request -> asked.add(request.url()));
        page.navigate("http://127.0.0.1:" + server.port() + "/dashboard" + part);
        return page;
    }

    private Page signedIn(Browser.NewContextOptions options, String part) {
        return signedIn(options, part, KEY);
    }

    private Page signedIn(Browser.NewContextOptions options, String part, String key) {
        Page page = open(options, part);
        page.locator("#sign-in input").fill(key);
        page.locator("#sign-in button").click();
        assertThat(page.locator("#sign-in")).not().isVisible();
        return page;
    }

    private static void photograph(Page page, String file) {
        page.screenshot(
                new Page.ScreenshotOptions().setPath(SCREENSHOTS.resolve(file)).setFullPage(true));
    }

    private static void photographBoth(Page page, String name) {
        photograph(page, name + "-light.png");
        page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.DARK));
        photograph(page, name + "-dark.png");
        page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.LIGHT));
    }

    private static Locator plot(Page page, String title) {
        return page.locator("#plots figure").filter(new Locator.FilterOptions().setHasText(title));
    }

    private static Browser.NewContextOptions phone() {
        return new Browser.NewContextOptions()
                .setViewportSize(390, 844)
                .setDeviceScaleFactor(2)
                .setIsMobile(true)
                .setHasTouch(true);
    }

    private static void assertFits(Page phone) {
        assertThat(((Number) phone.evaluate("document.documentElement.scrollWidth")).intValue())
                .isLessThanOrEqualTo(390);
    }

    // ---- Who may look

    @Test
    @Order(1)
    void whoHasNoKeyIsAskedForOneAndToldWhyAnotherIsNone() {
        Page page = open(desktop(), "");
        assertThat(page.locator("#sign-in-why")).containsText("give your API key", PATIENT);
        page.locator("#sign-in input").fill("wrong");
        page.locator("#sign-in button").click();
        assertThat(page.locator("#sign-in-why")).containsText("it is no API key, and no token", PATIENT);
        assertThat(page.locator("#tiles")).isEmpty();
        page.locator("#sign-in input").fill(token("olga", "admin"));
        page.locator("#sign-in button").click();
        assertThat(page.locator("#troubles")).containsText("Nothing is wrong.", PATIENT);
        page.reload();
        assertThat(page.locator("#troubles")).containsText("Nothing is wrong.", PATIENT);
        page.locator("#sign-out").click();
        assertThat(page.locator("#sign-in")).isVisible();
    }

    @Test
    @Order(2)
    void anIdleServerSaysThatNothingIsWrong() {
        Page page = signedIn(desktop(), "/");
        assertThat(page.locator("#troubles")).containsText("Nothing is wrong. The source delivers", PATIENT);
        assertThat(page.locator("#sources")).containsText("streaming");
        assertThat(page.locator("#slowest")).containsText("Nobody waits for anything.");
        assertThat(page.locator("#plots figure")).hasCount(12);
        assertThat(page.locator("#tiles")).containsText("in use · of 4", PATIENT);
        assertThat(plot(page, "Lag of the sources")).containsText("pg");
        assertThat(plot(page, "Database connections")).containsText("idle");
        photographBoth(page, "dashboard-idle");
    }

    // ---- Sessions

    @Test
    @Order(3)
    void aSessionIsFoundLookedAtAndDisconnected() {
        TestClient ann = connect("ann");
        ann.send(
                "{\"type\":\"subscribe\",\"collection\":\"orders\",\"snapshot\":false,\"filter\":{\"status\":\"open\"}}");
        ann.await("ready");
        ann.send("{\"type\":\"join_room\",\"room\":\"kitchen\"}");
        ann.await("room_joined");
        connect("bob");
        Page page = signedIn(desktop(), "/#sessions");
        assertThat(page.locator("#session-count")).containsText("of 2", PATIENT);
        page.locator("#session-search input").fill("AN");
        assertThat(page.locator("#session-count")).containsText("found in 2", PATIENT);
        page.locator("#session-list a").first().click();
        assertThat(page.locator("#session")).containsText("{\"status\":{\"$eq\":\"open\"}}", PATIENT);
        assertThat(page.locator("#session")).containsText("kitchen");
        assertThat(page.locator("#session")).containsText("at the head");
        photographBoth(page, "dashboard-session");
        page.locator("#session a", new Page.LocatorOptions().setHasText("What may it see?"))
                .click();
        assertThat(page.locator("#access-state"))
                .containsText("User ann with the roles clerk may read 2 of 4", PATIENT);
        page.goBack();
        page.locator("#session .danger").click();
        assertThat(page.locator("#session .danger")).containsText("Disconnect it now?");
        assertThat(ann.received().close()).isNull();
        page.locator("#session .danger").click();
        assertThat(ann.received().awaitClose().code()).isEqualTo(4500);
        assertThat(page.locator("#session")).containsText("This session is over.", PATIENT);
    }

    // ---- What somebody may see

    @Test
    @Order(4)
    void theRuleForSomebodyIsExplained() {
        Page page = signedIn(desktop(), "/#access");
        page.locator("[name=user]").fill("42");
        page.locator("[name=roles]").fill("payroll");
        page.locator("[name=claims]").fill("{\"tenant\": 7}");
        page.locator("#access-form button").click();
        assertThat(page.locator("#access-list")).containsText("{\"tenant\":{\"$eq\":\"7\"}}", PATIENT);
        assertThat(page.locator("#access-list")).containsText("card");
        photograph(page, "dashboard-access.png");
        page.locator("[name=claims]").fill("7");
        page.locator("#access-form button").click();
        assertThat(page.locator("#access-state")).containsText("\"claims\" is a JSON object", PATIENT);
    }

    // ---- The changes that pass

    @Test
    @Order(5)
    void changesAreSeenAsTheyComeThroughTheFilterAndWithoutHiddenColumns() {
        Page page = open(desktop(), "/#changes");
        page.locator("#sign-in input").fill(token("olga", "admin"));
        page.locator("#sign-in button").click();
        assertThat(page.locator("#tail-state")).containsText("you, olga, may read", PATIENT);
        page.locator("[name=collection]").first().selectOption("orders");
        page.locator("[name=filter]").fill("{\"status\":\"paid\"}");
        page.locator("#tail-form [type=submit]").click();
        assertThat(page.locator("#tail-state")).containsText("Listening", PATIENT);
        postgres.execute(
                "UPDATE orders SET note = 'not this' WHERE id = 1",
                "UPDATE orders SET status = 'paid', card = 'secret' WHERE id = 2",
                "UPDATE orders SET note = 'changed' WHERE id = 2");
        assertThat(page.locator("#tail li")).hasCount(2, new LocatorAssertions.HasCountOptions().setTimeout(30_000));
        assertThat(page.locator("#tail li").first()).containsText("\"note 2\" → \"changed\"");
        assertThat(page.locator("#tail")).not().containsText("secret");
        page.locator("#tail-pause").click();
        postgres.execute("UPDATE orders SET note = 'later' WHERE id = 2");
        assertThat(page.locator("#tail-state")).containsText("3 have passed", PATIENT);
        assertThat(page.locator("#tail li")).hasCount(2);
        page.locator("#tail-pause").click();
        assertThat(page.locator("#tail li")).hasCount(3);
        page.locator("[name=filter]").fill("{\"nothing\":1}");
        page.locator("#tail-form [type=submit]").click();
        assertThat(page.locator("#tail-state")).containsText("nothing", PATIENT);
    }

    // ---- Under load

    @Test
    @Order(6)
    void underLoadTheFiguresTheSlowestAndTheHistoryAreThere() throws Exception {
        for (int i = 0; i < CROWD; i++) {
            listeners.add("/events?collection=orders&snapshot=false&token=" + encoded(token("user-" + i % 250)), true);
        }
        listeners.add("/events?collection=scans&snapshot=false&token=" + encoded(token("sleeper")), false);
        for (int i = 0; i < 12; i++) {
            TestClient client = connect("desk-" + i);
            client.send("{\"type\":\"join_room\",\"room\":\"floor-" + i % 3 + "\"}");
        }
        Page page = signedIn(desktop(), "/");
        AtomicInteger number = new AtomicInteger();
        ScheduledExecutorService writer = Executors.newSingleThreadScheduledExecutor();
        writer.scheduleWithFixedDelay(() -> write(number.getAndIncrement()), 0, 50, TimeUnit.MILLISECONDS);
        try {
            assertThat(page.locator("#tiles")).containsText(String.valueOf(CROWD + 13), PATIENT);
            assertThat(page.locator("#slowest")).containsText("sleeper", PATIENT);
            long until = System.nanoTime() + LOAD.toNanos();
            Eventually.await("some load", LOAD.plus(PATIENCE), () -> System.nanoTime() - until > 0);
            assertThat(page.locator("#plots [data-line='0'].line").nth(1))
                    .hasAttribute("d", java.util.regex.Pattern.compile("M.*L.*L.*"));
            photographBoth(page, "dashboard-load");
            Page late = signedIn(phone(), "/");
            assertThat(late.locator("#tiles")).containsText(String.valueOf(CROWD + 13), PATIENT);
            assertThat(((Number) late.evaluate(
                                    "document.querySelector('#plots path.line').getAttribute('d').split('L').length"))
                            .intValue())
                    .isGreaterThan(5);
            assertFits(late);
            photograph(late, "dashboard-phone.png");
            late.navigate("http://127.0.0.1:" + server.port() + "/dashboard/#sessions");
            assertThat(late.locator("#session-count")).containsText("1–50 of 31", PATIENT);
            assertFits(late);
            assertThat(late.locator("#session-list tbody tr").first().boundingBox().height)
                    .isLessThan(40);
            photograph(late, "dashboard-phone-sessions.png");
            late.locator("#session-list a").first().click();
            assertThat(late.locator("#session")).containsText("Place in the sources", PATIENT);
            assertFits(late);
            photograph(late, "dashboard-phone-session.png");
            Page reader = signedIn(phone(), "/#changes", token("olga", "admin"));
            reader.locator("#tail-form [type=submit]").click();
            assertThat(reader.locator("#tail")).containsText("orders", PATIENT);
            assertFits(reader);
            photograph(reader, "dashboard-phone-changes.png");
            reader.navigate("http://127.0.0.1:" + server.port() + "/dashboard/#access");
            reader.locator("#access-form [type=submit]").click();
            assertThat(reader.locator("#access-list")).containsText("payroll", PATIENT);
            assertFits(reader);
            photograph(reader, "dashboard-phone-access.png");
        } finally {
            writer.shutdown();
            assertThat(writer.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** Twenty transactions a second, and now and then more than the buffers of a socket hold. */
    private static void write(int number) {
        postgres.execute("UPDATE orders SET status = 'step " + number + "' WHERE id BETWEEN " + (1 + number % 10 * 5)
                + " AND " + (5 + number % 10 * 5));
        if (number % 5 == 0) {
            postgres.execute("UPDATE scans SET image = repeat('" + number % 10 + "', 300000)");
        }
    }

    // ---- Trouble

    @Test
    @Order(7)
    void aDatabaseThatIsAwayStandsInTheFirstLineUntilItIsBack() {
        Page page = signedIn(desktop(), "/");
        assertThat(page.locator("#sources")).containsText("streaming", PATIENT);
        postgres.stop(TestPostgres.Stop.FAST, PATIENCE);
        assertThat(page.locator("#troubles p.bad").first()).containsText("pg", PATIENT);
        assertThat(page.locator("#sources tr.attention").first()).containsText("failed", PATIENT);
        assertThat(page.locator("#tiles")).containsText("none is known", PATIENT);
        photographBoth(page, "dashboard-down");
        Page phone = signedIn(phone(), "/");
        assertThat(phone.locator("#troubles p.bad").first()).containsText("pg", PATIENT);
        assertFits(phone);
        photograph(phone, "dashboard-phone-down.png");
        postgres.startAgain();
        assertThat(page.locator("#sources")).containsText("streaming", PATIENT);
        assertThat(page.locator("#troubles p.bad"))
                .hasCount(0, new LocatorAssertions.HasCountOptions().setTimeout(30_000));
    }

    /** Names and values of others are text, wherever they stand. */
    @Test
    @Order(8)
    void whatComesFromOutsideIsNeverMarkup() {
        TestClient mallory = connect(MARKUP);
        mallory.send("{\"type\":\"join_room\",\"room\":\"" + MARKUP + "\"}");
        mallory.await("room_joined");
        mallory.send("{\"type\":\"subscribe\",\"collection\":\"orders\",\"snapshot\":false,\"filter\":{\"note\":\""
                + MARKUP + "\"}}");
        mallory.await("ready");
        Page page = signedIn(desktop(), "/#sessions");
        page.locator("#session-search input").fill(MARKUP);
        assertThat(page.locator("#session-list")).containsText(MARKUP, PATIENT);
        assertThat(page.locator("#room-list")).containsText(MARKUP, PATIENT);
        page.navigate("http://127.0.0.1:" + server.port() + "/dashboard/#session="
                + mallory.received().all("welcome").get(0).text("session"));
        assertThat(page.locator("#session")).containsText(MARKUP, PATIENT);
        page.navigate("http://127.0.0.1:" + server.port() + "/dashboard/#access");
        page.locator("[name=user]").fill(MARKUP);
        page.locator("#access-form button").click();
        assertThat(page.locator("#access-state")).containsText(MARKUP, PATIENT);
        assertThat(page.locator("#access-list")).containsText("<b>x</b>", PATIENT);
        page.locator("#sign-out").click();
        page.locator("#sign-in input").fill(token(MARKUP, "admin"));
        page.locator("#sign-in button").click();
        page.navigate("http://127.0.0.1:" + server.port() + "/dashboard/#changes");
        page.locator("#tail-form [type=submit]").click();
        assertThat(page.locator("#tail-state")).containsText("Listening", PATIENT);
        postgres.execute("UPDATE orders SET note = '" + MARKUP + "' WHERE id = 3");
        assertThat(page.locator("#tail")).containsText("<img src=x", PATIENT);
        assertThat(page.evaluate("document.querySelectorAll('img[src=x], main b b, td b, dd b, h2 b').length"))
                .isEqualTo(0);
        assertThat(page.evaluate("typeof window.hacked")).isEqualTo("undefined");
    }

    @Test
    @Order(9)
    void aServerThatDoesNotAnswerIsToldAsSuch() {
        Page page = signedIn(desktop(), "/");
        assertThat(page.locator("#sources")).containsText("streaming", PATIENT);
        server.kill();
        assertThat(page.locator("#troubles")).containsText("No answer from the server", PATIENT);
        photograph(page, "dashboard-gone.png");
        server.startAgain();
        server.awaitReady();
        assertThat(page.locator("#troubles"))
                .not()
                .containsText("No answer", new LocatorAssertions.ContainsTextOptions().setTimeout(30_000));
    }
}
