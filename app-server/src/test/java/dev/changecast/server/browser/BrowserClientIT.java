package dev.changecast.server.browser;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import dev.changecast.server.e2e.ServerLogs;
import dev.changecast.testing.Eventually;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What befalls a page in a real Chromium: afterwards it shows what the database says, and was never reset. */
@ExtendWith(ServerLogs.class)
class BrowserClientIT {
    private static final Logger LOG = LoggerFactory.getLogger(BrowserClientIT.class);

    @TempDir
    private static Path directory;

    private static Chromium chromium;
    private static Workplace workplace;

    private BrowserContext context;
    private Page page;

    @BeforeAll
    static void start() throws Exception {
        chromium = Chromium.launch();
        workplace = new Workplace(directory);
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

    @BeforeEach
    void open() {
        page = chromium.page();
        context = page.context();
    }

    @AfterEach
    void leave() {
        workplace.proxy.refuseUpgrades(false);
        context.close();
        assertThat(chromium.complaints()).isEmpty();
    }

    private List<Object> seen(String what) {
        return List.copyOf((List<?>) page.evaluate("seen." + what));
    }

    private void assertNothingWasLost() {
        workplace.awaitSame(page);
        assertThat(seen("resets")).isEmpty();
        assertThat(seen("errors")).isEmpty();
    }

    @Test
    void aPageThatWasOfflineHasEverythingWhenItIsOnlineAgain() {
        workplace.open(page, Map.of());
        context.setOffline(true);
        workplace.proxy.cut();
        Workplace.await(page, "live.state === 'stale' && client.state === 'reconnecting'");
        workplace.seat(1, "Ada");
        assertThat(page.evaluate("live.rows.length"))
                .as("rows that stay on the screen")
                .isEqualTo(Workplace.DESKS);

        context.setOffline(false);
        Workplace.await(page, "client.state === 'connected' && live.state === 'ready'");

        assertNothingWasLost();
        assertThat(page.evaluate("live.get(1).employee")).isEqualTo("Ada");
    }

    @Test
    void aServerThatIsKilledAndStartedAgainIsResumed() {
        workplace.open(page, Map.of());
        workplace.server.kill();
        Workplace.await(page, "client.state === 'reconnecting'");
        workplace.seat(2, "Grace");

        workplace.server.startAgain();
        workplace.server.awaitReady();
        Workplace.await(page, "client.state === 'connected' && live.state === 'ready'");

        assertNothingWasLost();
        assertThat(page.evaluate("live.get(2).employee")).isEqualTo("Grace");
    }

    @Test
    void aPagePollsWhereAProxyRefusesWebSocketsAndGoesBackWhenItDoesNot() {
        workplace.open(page, Map.of());
        workplace.proxy.refuseUpgrades(true);
        long began = System.nanoTime();
        Workplace.await(page, "client.state === 'polling'");
        long untilPolling = System.nanoTime() - began;
        workplace.seat(3, "Edsger");
        workplace.awaitSame(page);
        assertThat(workplace.proxy.webSockets()).isZero();
        assertThat(workplace.proxy.polls()).isPositive();

        workplace.proxy.refuseUpgrades(false);
        began = System.nanoTime();
        Workplace.await(page, "client.state === 'connected'");
        LOG.info(
                "polling after {} ms, connected again after {} ms",
                untilPolling / 1_000_000,
                (System.nanoTime() - began) / 1_000_000);
        workplace.seat(4, "Alan");

        assertNothingWasLost();
        assertThat(seen("states")).endsWith("polling", "connected");
    }

    @Test
    void aPageWhoseFirstWebSocketIsRefusedPollsWithinSeconds() {
        workplace.proxy.refuseUpgrades(true);
        long began = System.nanoTime();
        workplace.open(page, Map.of());
        LOG.info("polling from the beginning, with all rows after {} ms", (System.nanoTime() - began) / 1_000_000);

        assertThat(seen("states").subList(0, 2)).containsExactly("connecting", "polling");
        assertNothingWasLost();
    }

    @Test
    void aLaptopThatSleptShowsWhatWasMissed() {
        workplace.open(page, Map.of());
        chromium.sleep();
        try {
            workplace.seat(5, "before the network went");
            workplace.proxy.cut();
            workplace.seat(6, "while nobody was there");
            workplace.postgres.execute("DELETE FROM workstations WHERE id = 50");
        } finally {
            chromium.wake();
        }
        Workplace.await(page, "live.get(6).employee !== 'nobody'");

        assertNothingWasLost();
        assertThat(page.evaluate("[live.get(5).employee, live.get(50)]"))
                .isEqualTo(Arrays.asList("before the network went", null));
        workplace.postgres.execute("INSERT INTO workstations VALUES (50, 'Desk 50', 'available', 'nobody', 1)");
    }

    @Test
    void aHiddenPageLetsItsConnectionGoWhenThatIsAskedForAndResumesWhenItIsSeen() {
        workplace.open(page, Map.of("pauseWhenHidden", 200));
        show(false);
        Workplace.await(page, "client.state === 'disconnected'");
        Eventually.await("its WebSocket to be gone", () -> workplace.proxy.webSockets() == 0);
        workplace.seat(7, "Barbara");

        show(true);
        Workplace.await(page, "client.state === 'connected' && live.state === 'ready'");

        assertNothingWasLost();
        assertThat(page.evaluate("live.get(7).employee")).isEqualTo("Barbara");
    }

    /** Pages of a browser without a window always count as seen. */
    private void show(boolean visible) {
        page.evaluate(
                "state => {"
                        + " Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });"
                        + " document.dispatchEvent(new Event('visibilitychange')); }",
                visible ? "visible" : "hidden");
    }

    @Test
    void aTokenIsRenewedBeforeItExpiresAndReplacedWhenItIsRefusedAndWithoutOneItEnds() {
        TokenGate gate = new TokenGate(page);
        List<Object> tokens = Arrays.asList("first", "second", "third", null);
        gate.expires(Duration.ofSeconds(2));
        workplace.open(page, Map.of("tokens", tokens));
        gate.expires(null);
        Workplace.await(page, "seen.asked.length === 2");
        Eventually.await("the second token", () -> {
            page.evaluate("0");
            return gate.taken().equals(List.of("first", "second"));
        });
        assertThat(page.evaluate("client.state")).isEqualTo("connected");
        assertThat(gate.connections()).as("connections so far").isEqualTo(1);

        gate.refuse("the token was revoked");
        workplace.seat(11, "meanwhile");
        Workplace.await(page, "client.state === 'connected' && live.get(11).employee === 'meanwhile'");
        workplace.awaitSame(page);
        assertThat(gate.taken()).containsExactly("first", "second", "third");

        gate.refuse("the token was revoked again");
        Workplace.await(page, "client.state === 'disconnected'");
        assertThat(page.evaluate("seen.asked"))
                .isEqualTo(Arrays.asList(
                        null,
                        Map.of("reason", "expiring"),
                        Map.of("code", 4401, "reason", "the token was revoked"),
                        Map.of("code", 4401, "reason", "the token was revoked again")));
        assertThat(page.evaluate("seen.errors.map(({ code, message }) => code + ' ' + message)"))
                .isEqualTo(List.of("4401 the token was revoked again"));
        assertThat(seen("resets")).isEmpty();
    }

    @Test
    void whatARoutePushesComesToEveryTabOnceAndIsNotMissedOffline() {
        workplace.open(page, Map.of("shared", true));
        Page second = context.newPage();
        workplace.open(second, Map.of("shared", true));
        for (Page each : List.of(page, second)) {
            each.evaluate("void client.on('call', ({ data, priority }) =>"
                    + " (seen.calls ??= []).push(data.text + ' ' + priority))");
        }
        workplace.postgres.execute("INSERT INTO calls VALUES (1, 'first')");
        for (Page each : List.of(page, second)) {
            Workplace.await(each, "seen.calls?.length === 1");
        }
        context.setOffline(true);
        workplace.proxy.cut();
        Workplace.await(page, "live.state === 'stale'");
        workplace.postgres.execute("INSERT INTO calls VALUES (2, 'while nobody was there')");

        context.setOffline(false);

        for (Page each : List.of(page, second)) {
            Workplace.await(each, "seen.calls.length === 2");
            assertThat(each.evaluate("seen.calls")).isEqualTo(List.of("first high", "while nobody was there high"));
        }
        workplace.awaitSame(page);
    }

    @Test
    void tabsShareOneConnectionAndAnotherTakesOverWhenTheFirstIsClosed() {
        int before = workplace.proxy.upgrades();
        workplace.open(page, Map.of("shared", true));
        Page second = context.newPage();
        workplace.open(second, Map.of("shared", true));
        Page third = context.newPage();
        workplace.open(third, Map.of("shared", true));
        assertThat(workplace.proxy.upgrades() - before)
                .as("WebSockets of three tabs")
                .isEqualTo(1);
        workplace.seat(8, "all at once");
        List.of(page, second, third).forEach(workplace::awaitSame);

        page.close();
        workplace.seat(9, "between two leaders");
        List.of(second, third).forEach(workplace::awaitSame);
        assertThat(workplace.proxy.webSockets()).isEqualTo(1);
        assertThat(workplace.proxy.upgrades() - before)
                .as("WebSockets after the first was closed")
                .isEqualTo(2);

        workplace.proxy.cut();
        workplace.seat(10, "after the network was cut");
        List.of(second, third).forEach(workplace::awaitSame);
        assertThat(List.of(second.evaluate("seen.resets"), third.evaluate("seen.resets")))
                .as("resets")
                .isEqualTo(List.of(List.of(), List.of()));
    }
}
