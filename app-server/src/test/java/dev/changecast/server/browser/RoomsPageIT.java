package dev.changecast.server.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.WebSocketRoute;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.FilePayload;
import dev.changecast.server.e2e.ServerLogs;
import dev.changecast.testing.Eventually;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The example with rooms, as it is: several people in real browsers, its application, and the server that is killed. */
@ExtendWith(ServerLogs.class)
class RoomsPageIT {
    private static final Path SCREENSHOTS = Path.of("target", "screenshots");
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final LocatorAssertions.HasTextOptions PATIENT =
            new LocatorAssertions.HasTextOptions().setTimeout(30_000);
    /** As the example's configuration has it. */
    private static final Duration GRACE = Duration.ofSeconds(3);

    private static final int LINES = 25;

    /** Writes lines between those that are there, letter by letter, as fast as it goes, and deletes a letter of each. */
    private static final String WRITE = """
            async ([name, lines]) => {
                const area = document.querySelector('#text');
                for (let i = 0; i < lines; i++) {
                    area.focus();
                    const starts = [0];
                    for (let at; (at = area.value.indexOf('\\n', starts.at(-1))) >= 0; starts.push(at + 1));
                    const start = starts[(i * 7919) % starts.length];
                    area.setSelectionRange(start, start);
                    for (const letter of `${name}${i}x`) {
                        document.execCommand('insertText', false, letter);
                        await new Promise((resolve) => setTimeout(resolve, 1));
                    }
                    document.execCommand('delete');
                    document.execCommand('insertText', false, '\\n');
                }
                window.written = true;
            }""";

    /** What the progress bars showed, each value that was another. */
    private static final String WATCH = """
            () => {
                window.shown = [];
                const look = () => {
                    const bar = document.querySelector('#uploads progress');
                    if (bar && window.shown.at(-1) !== bar.value) window.shown.push(bar.value);
                };
                new MutationObserver(look).observe(
                    document.querySelector('#uploads'), { subtree: true, childList: true, attributes: true });
            }""";

    /** Who was said to write. */
    private static final String WATCH_WRITERS = """
            () => {
                window.writers = [];
                const look = () => document.querySelectorAll('#people em')
                    .forEach((writes) => window.writers.push(writes.parentNode.dataset.user));
                new MutationObserver(look).observe(document.querySelector('#people'), { childList: true });
            }""";

    private static final String HAPPENED =
            "[...document.querySelectorAll('#log li')].map((line) => line.lastChild.data.trim())";

    @TempDir
    private static Path directory;

    private static Chromium chromium;
    private static RoomsExample example;

    private final List<BrowserContext> contexts = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        example = new RoomsExample(directory);
        chromium = Chromium.launch();
        example.await();
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

    @AfterEach
    void leave() {
        contexts.forEach(BrowserContext::close);
        assertThat(chromium.complaints()).isEmpty();
    }

    private Page enter(String name) {
        return enter(name, page -> {});
    }

    private Page enter(String name, Consumer<Page> before) {
        return enter(name, new Browser.NewContextOptions().setViewportSize(1160, 640), before);
    }

    private Page enter(String name, Browser.NewContextOptions options, Consumer<Page> before) {
        BrowserContext context = chromium.context(options);
        contexts.add(context);
        Page page = context.newPage();
        before.accept(page);
        page.navigate(example.url() + "?name=" + name);
        awaitInside(page, name);
        return page;
    }

    private static void awaitInside(Page page, String name) {
        assertThat(page.locator("#state")).hasText("connected", PATIENT);
        assertThat(page.locator("#people li").first()).hasText(name.charAt(0) + name + " (you)", PATIENT);
    }

    private static String text(Page page) {
        return page.locator("#text").inputValue();
    }

    /** Waits until nobody has anything on its way and all show the same. */
    private static String awaitSame(Page... pages) {
        Eventually.await("all to have the same", PATIENCE, () -> {
            for (Page page : pages) {
                if (!page.locator("#saved").textContent().equals("Everybody has it")
                        || !text(page).equals(text(pages[0]))) {
                    return false;
                }
            }
            return true;
        });
        return text(pages[0]);
    }

    private static void append(Page page, String text) {
        page.locator("#text").press("Control+End");
        page.keyboard().insertText(text);
    }

    /** Who is there, of these. Those of other tests may not have been missed yet. */
    private static List<String> people(Page page, String... names) {
        return of(page.locator("#people li > span:nth-child(2)").allTextContents(), names);
    }

    /** What the page says has happened to these. */
    private static List<String> happened(Page page, String... names) {
        return of((List<?>) page.evaluate(HAPPENED), names);
    }

    private static List<String> of(List<?> lines, String... names) {
        return lines.stream()
                .map(String::valueOf)
                .filter(line -> Stream.of(names).anyMatch(line::contains))
                .toList();
    }

    /** That somebody is shown behind the last character. */
    private static String cursorOf(String name) {
        return """
                [...document.querySelectorAll('.cursor')].some((cursor) => {
                    const before = document.createRange();
                    before.setStart(document.querySelector('#mirror'), 0);
                    before.setEndBefore(cursor);
                    return cursor.dataset.name.includes('%s')
                        && String(before) === document.querySelector('#text').value;
                })""".formatted(name);
    }

    private static void await(Page page, String condition) {
        Eventually.await(condition, PATIENCE, () -> Boolean.TRUE.equals(page.evaluate("!!(" + condition + ")")));
    }

    @Test
    void whatOneTypesTheOtherSeesAndWhereAndSoDoesWhoComesLater() {
        Page ann = enter("Ann");
        Page bob = enter("Bob");
        String before = awaitSame(ann, bob);
        ann.locator("#text").pressSequentially("Hello Bob! ");
        awaitSame(ann, bob);
        await(bob, cursorOf("Ann"));
        ann.evaluate(WATCH_WRITERS);
        bob.locator("#text").press("Control+End");
        bob.locator("#text").pressSequentially("Hello Ann! ");
        assertThat(awaitSame(ann, bob)).isEqualTo(before + "Hello Bob! Hello Ann! ");
        await(ann, cursorOf("Bob"));
        await(ann, "window.writers.includes('bob')");
        await(ann, "!document.querySelector('#people [data-user=bob] em')");

        Page eve = enter("Eve");
        assertThat(awaitSame(eve, ann, bob)).endsWith(text(ann));
        assertThat(people(eve, "Eve", "Ann", "Bob")).containsExactly("Eve (you)", "Ann", "Bob");
    }

    @Test
    void editsAtTheSameTimeMakeTheSameTextForAllAndNoneIsLostOrComesTwice() {
        Page ann = enter("Ann");
        Page bob = enter("Bob");
        append(ann, "\n");
        List<String> expected = new ArrayList<>(awaitSame(ann, bob).lines().toList());
        for (Page page : List.of(ann, bob)) {
            String name = page == ann ? "ann" : "bob";
            page.evaluate("(options) => void (" + WRITE + ")(options)", List.of(name, LINES));
            for (int i = 0; i < LINES; i++) {
                expected.add(name + i);
            }
        }
        await(ann, "window.written");
        await(bob, "window.written");

        assertThat(awaitSame(ann, bob).lines()).containsExactlyInAnyOrderElementsOf(expected);
        awaitSame(ann, enter("Eve"));
    }

    @Test
    void aUserIsThereOnceWithAllDevicesAndIsNotMissedWhileAPageIsLoadedAgain() {
        Page ida = enter("Ida");
        Page jon = enter("Jon");
        Page phone = enter("Ida");
        assertThat(people(phone, "Ida", "Jon", "Kim")).containsExactly("Ida (you)", "Jon");
        jon.reload();
        awaitInside(jon, "Jon");
        phone.context().close();
        Page kim = enter("Kim");
        Eventually.await(
                "Kim to come",
                PATIENCE,
                () -> happened(ida, "Ida", "Jon", "Kim").contains("Kim came"));
        kim.context().close();
        // Told in order, so what had been told of Jon and of Ida's phone would be there too.
        for (Page page : List.of(ida, jon)) {
            Eventually.await(
                    "Kim to be missed",
                    PATIENCE,
                    () -> happened(page, "Ida", "Jon", "Kim").contains("Kim left"));
        }
        assertThat(happened(ida, "Ida", "Jon", "Kim")).containsExactly("Jon came", "Kim came", "Kim left");
        assertThat(happened(jon, "Ida", "Jon", "Kim")).containsExactly("Kim came", "Kim left");
        assertThat(people(jon, "Ida", "Jon", "Kim")).containsExactly("Jon (you)", "Ida");

        long closed = System.nanoTime();
        jon.context().close();
        Eventually.await(
                "Jon to be missed",
                PATIENCE,
                () -> happened(ida, "Ida", "Jon", "Kim").contains("Jon left"));
        assertThat(Duration.ofNanos(System.nanoTime() - closed)).isGreaterThan(GRACE);
        assertThat(people(ida, "Ida", "Jon", "Kim")).containsExactly("Ida (you)");
    }

    @Test
    void aKilledServerLosesNeitherWhatIsWrittenNorHowFarAnUploadIs() {
        Page lea = enter("Lea");
        Ears ears = new Ears();
        Page max = enter("Max", ears::of);
        Page nora = enter("Nora");
        awaitSame(lea, max, nora);
        lea.locator("#text").press("Control+A");
        lea.locator("#text").press("Delete");
        assertThat(awaitSame(lea, max, nora)).isEmpty();
        lea.evaluate(WATCH);
        Gate gate = new Gate(max);
        max.locator("#slow").uncheck();
        gate.let(15);
        max.locator("#file").setInputFiles(new FilePayload("the-sea.mp4", "video/mp4", new byte[2_400_000]));
        assertThat(lea.locator("#uploads .percent")).hasText("37 % of 2.4 MB", PATIENT);
        append(lea, "Our day at the sea\n\nThe train goes at 8:40.\nLea brings bread and cheese.\n");
        awaitSame(lea, max, nora);
        append(max, "Max brings the boat. It has two oars.");
        nora.locator("#text").press("Control+Home");
        nora.locator("#text").press("End");
        String before = awaitSame(lea, max, nora);
        photograph(lea, () -> gate.let(1));

        ears.closed = true;
        append(max, " Max, who hears no answer.");
        Eventually.await("it to be told to Lea", PATIENCE, () -> text(lea).endsWith(" Max, who hears no answer."));
        example.server.kill();
        ears.closed = false;
        append(lea, " Lea, while it is away.");
        append(max, " Max, while it is away.");
        append(nora, " Nora, before she reloads.");
        gate.let(24);
        assertThat(lea.locator("#state")).hasText("reconnecting", PATIENT);
        assertThat(max.locator("#saved")).hasText("Kept here until the connection is back", PATIENT);
        photograph(max, "rooms-reconnecting.png");
        Eventually.await("the service to have all of the file", PATIENCE, () -> {
            max.evaluate("0"); // Lets the gate see what has come.
            return gate.answered == 40;
        });
        nora.reload();
        example.server.startAgain();
        example.server.awaitReady();

        assertThat(lea.locator("#uploads .percent")).hasText("arrived, 2.4 MB", PATIENT);
        assertThat(lea.locator("#uploads li")).hasCount(1);
        assertThat(((List<?>) lea.evaluate("window.shown")).stream().map(value -> ((Number) value).intValue()))
                .isSorted()
                .doesNotHaveDuplicates()
                .contains(37, 40)
                .endsWith(100);
        String text = awaitSame(lea, max, nora);
        List<String> parts = List.of(
                before,
                " Max, who hears no answer.",
                " Lea, while it is away.",
                " Max, while it is away.",
                " Nora, before she reloads.");
        assertThat(text).contains(parts).hasSameSizeAs(String.join("", parts));
        Eventually.await(
                "all to be back",
                PATIENCE,
                () -> people(lea, "Lea", "Max", "Nora").equals(List.of("Lea (you)", "Max", "Nora")));
        assertThat(happened(lea, "Lea", "Max", "Nora"))
                .containsExactly("Max came", "Nora came", "the-sea.mp4 of Max has arrived");
    }

    /** What people see in the middle of an upload. */
    private void photograph(Page wide, Runnable goOn) {
        Page phone = enter(
                "Lea",
                new Browser.NewContextOptions()
                        .setViewportSize(390, 844)
                        .setDeviceScaleFactor(2)
                        .setIsMobile(true)
                        .setHasTouch(true),
                page -> {});
        goOn.run();
        for (Page each : List.of(wide, phone)) {
            assertThat(each.locator("#uploads .percent")).hasText("40 % of 2.4 MB", PATIENT);
        }
        photograph(wide, "rooms-light.png");
        wide.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.DARK));
        photograph(wide, "rooms-dark.png");
        photograph(phone, "rooms-phone.png");
        assertThat(((Number) phone.evaluate("document.documentElement.scrollWidth")).intValue())
                .isLessThanOrEqualTo(390);
        phone.context().close();
    }

    private static void photograph(Page page, String file) {
        page.screenshot(
                new Page.ScreenshotOptions().setPath(SCREENSHOTS.resolve(file)).setFullPage(true));
    }

    /** Holds the pieces of an upload back, and lets so many go. */
    private static final class Gate {
        private final Deque<Route> held = new ArrayDeque<>();
        private int open;
        private int answered;

        Gate(Page page) {
            page.route("**/uploads/**", route -> {
                held.add(route);
                go();
            });
            page.onResponse(response -> answered += response.url().contains("/uploads/") ? 1 : 0);
        }

        void let(int pieces) {
            open += pieces;
            go();
        }

        private void go() {
            while (open > 0 && !held.isEmpty()) {
                open--;
                held.remove().resume();
            }
        }
    }

    /** What comes from the server to a page, and can be kept from it. */
    private static final class Ears {
        private boolean closed;

        void of(Page page) {
            page.routeWebSocket(address -> address.endsWith("/ws") || address.contains("/ws?"), socket -> {
                WebSocketRoute server = socket.connectToServer();
                server.onMessage(frame -> {
                    if (!closed) {
                        socket.send(frame.text());
                    }
                });
            });
        }
    }
}
