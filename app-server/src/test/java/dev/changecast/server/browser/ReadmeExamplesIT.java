package dev.changecast.server.browser;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import dev.changecast.server.e2e.ServerLogs;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The examples of the client's README do what it says, with the real React and Vue. */
@ExtendWith(ServerLogs.class)
class ReadmeExamplesIT {
    private static final Path CLIENT = Path.of("../client-js");
    private static final String SCRIPT = "text/javascript; charset=utf-8";
    private static final String PAGE = "text/html; charset=utf-8";
    private static final LocatorAssertions.HasTextOptions PATIENT =
            new LocatorAssertions.HasTextOptions().setTimeout(40_000);

    @TempDir
    private static Path directory;

    private static Chromium chromium;
    private static Workplace workplace;
    private static String readme;

    @BeforeAll
    static void start() throws Exception {
        chromium = Chromium.launch();
        workplace = new Workplace(directory);
        readme = Files.readString(CLIENT.resolve("README.md"));
        workplace.postgres.execute("UPDATE workstations SET status = 'occupied', employee = 'Ada' WHERE id = 1");
    }

    @AfterAll
    static void stop() throws Exception {
        if (chromium != null) {
            chromium.close();
        }
        if (workplace != null) {
            workplace.close();
        }
    }

    /** The first block of code in this language after a heading. */
    private static String block(String heading, String language) {
        String section = readme.substring(readme.indexOf(heading));
        Matcher block =
                Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL).matcher(section);
        assertThat(block.find()).as("a block of %s after %s", language, heading).isTrue();
        return block.group(1);
    }

    private static void serve(String path, String type, String content) {
        workplace.proxy.serve(path, type, content.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] library(String name) throws IOException {
        try (Stream<String> versions =
                Stream.of(System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                        .split(File.pathSeparator))) {
            String module = name.substring(0, name.indexOf('/'));
            String version = versions.map(jar -> Path.of(jar).getFileName().toString())
                    .map(Pattern.compile(Pattern.quote(module) + "-(\\d.*)\\.jar")::matcher)
                    .filter(Matcher::matches)
                    .map(jar -> jar.group(1))
                    .findFirst()
                    .orElseThrow();
            String resource = "/META-INF/resources/webjars/" + module + "/" + version + name.substring(module.length());
            try (InputStream in = ReadmeExamplesIT.class.getResourceAsStream(resource)) {
                return Objects.requireNonNull(in, resource).readAllBytes();
            }
        }
    }

    private static Page open(String path) {
        Page page = chromium.page();
        page.navigate(workplace.proxy.url() + path);
        return page;
    }

    private static void assertFollows(Page page, String list) {
        assertThat(page.locator(list)).hasText("Desk 1: Ada", PATIENT);
        workplace.seat(3, "Grace");
        assertThat(page.locator(list).nth(1)).hasText("Desk 3: Grace", PATIENT);
        workplace.postgres.execute("UPDATE workstations SET status = 'available' WHERE id = 3");
        assertThat(page.locator(list)).hasCount(1);
        assertThat(chromium.complaints()).isEmpty();
    }

    @Test
    void thePlainPageShowsAListThatFollows() {
        serve("/readme/page.html", PAGE, block("In a page of your own", "html"));
        Page page = open("/readme/page.html");

        assertFollows(page, "#desks li");
        page.context().close();
    }

    @Test
    void theLineForTheConsoleTellsWhatCame() {
        Page page = open("/test/page.html");
        page.evaluate("() => { window.told = []; console.log = (...what) => told.push(what); }");
        page.evaluate("async () => { " + block("# The browser client", "js") + " }");
        // Its snapshot may be the one that another test's page has just read; then what came since is told, too.
        Workplace.await(page, "told.length > 0");

        workplace.seat(5, "Alan");
        Workplace.await(page, "told.some(([, , came]) => came.some(({ employee }) => employee === 'Alan'))");
        workplace.postgres.execute("UPDATE workstations SET status = 'available' WHERE id = 5");
        Workplace.await(page, "told.some(([, , , , went]) => went.some(({ employee }) => employee === 'Alan'))");
        Workplace.await(page, "told.at(-1)[0] === 1");
        page.context().close();
    }

    @Test
    void theComposableForVueFollowsAndEndsWithItsComponent() throws Exception {
        workplace.proxy.serve("/lib/vue.js", SCRIPT, library("vue/dist/vue.esm-browser.prod.js"));
        workplace.proxy.serve("/vue.html", PAGE, Workplace.resource("vue.html"));
        serve("/readme/useLive.js", SCRIPT, block("## Vue", "js"));
        Page page = open("/vue.html");

        assertFollows(page, "ul.ready li");
        page.evaluate("app.unmount()");
        page.context().close();
        assertThat(chromium.complaints()).isEmpty();
    }

    @Test
    void theHookForReactFollowsAndFollowsItsFilter() throws Exception {
        for (String file : new String[] {"react", "react-dom", "react-dom-client", "scheduler"}) {
            String module = file.equals("react-dom-client") ? "react-dom" : file;
            workplace.proxy.serve(
                    "/lib/cjs/" + file + ".js", SCRIPT, library(module + "/cjs/" + file + ".development.js"));
        }
        workplace.proxy.serve("/lib/react.js", SCRIPT, Workplace.resource("react.js"));
        serve("/lib/changecast-react.js", SCRIPT, Files.readString(CLIENT.resolve("react.js")));
        workplace.proxy.serve("/react.html", PAGE, Workplace.resource("react.html"));
        workplace.postgres.execute("UPDATE workstations SET floor_number = 1 WHERE id IN (1, 3)");
        Page page = open("/react.html");

        assertFollows(page, "ul.ready li");
        page.evaluate("show(7)");
        assertThat(page.locator("ul.ready li")).hasCount(0);
        page.evaluate("show(1)");
        assertThat(page.locator("ul.ready li")).hasText("Desk 1: Ada", PATIENT);
        page.evaluate("unmount()");
        page.context().close();
        assertThat(chromium.complaints()).isEmpty();
    }
}
