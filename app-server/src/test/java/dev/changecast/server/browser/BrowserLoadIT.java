package dev.changecast.server.browser;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import dev.changecast.server.e2e.ServerLogs;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A page that gets much: it stays smooth, and its memory stays what it is. */
@ExtendWith(ServerLogs.class)
class BrowserLoadIT {
    private static final Logger LOG = LoggerFactory.getLogger(BrowserLoadIT.class);
    private static final int SMOOTH_MILLIS = 6000;

    /** Ten minutes of a hundred updates each second. */
    private static final int TRANSACTIONS = 10 * 60 * 100;

    @TempDir
    private static Path directory;

    private static Chromium chromium;
    private static Workplace workplace;

    @BeforeAll
    static void start() throws Exception {
        chromium = Chromium.launch("--js-flags=--expose-gc", "--enable-precise-memory-info");
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

    @Test
    void aPageStaysSmoothWhileAHundredUpdatesComeEachSecond() throws Exception {
        Page page = chromium.page();
        workplace.open(page, Map.of());
        List<Integer> idle = frames(page, 1000);
        AtomicInteger written = new AtomicInteger();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        ScheduledExecutorService writer =
                Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "writer"));
        List<Integer> busy;
        try (Connection connection = workplace.postgres.connect();
                PreparedStatement update =
                        connection.prepareStatement("UPDATE workstations SET employee = ? WHERE id = ?")) {
            writer.scheduleAtFixedRate(
                    () -> {
                        try {
                            int n = written.get();
                            update.setString(1, "employee " + n);
                            update.setInt(2, 1 + n % Workplace.DESKS);
                            update.executeUpdate();
                            written.incrementAndGet();
                        } catch (Exception e) {
                            failure.compareAndSet(null, e);
                        }
                    },
                    0,
                    10,
                    TimeUnit.MILLISECONDS);
            busy = frames(page, SMOOTH_MILLIS);
            writer.shutdown();
            assertThat(writer.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        } finally {
            writer.shutdownNow();
        }
        workplace.awaitSame(page);
        assertThat(failure.get()).isNull();
        // One more than the writes: the first rows.
        Workplace.await(page, "seen.updates === " + (written.get() + 1));
        LOG.info(
                "{} updates/s; between frames: median {} ms, 99 of 100 within {} ms, longest {} ms;"
                        + " without updates: median {} ms, longest {} ms",
                written.get() * 1000 / SMOOTH_MILLIS,
                busy.get(busy.size() / 2),
                busy.get(busy.size() * 99 / 100),
                busy.get(busy.size() - 1),
                idle.get(idle.size() / 2),
                idle.get(idle.size() - 1));
        assertThat(written.get()).as("updates").isGreaterThan(SMOOTH_MILLIS / 10 / 2);
        assertThat(busy.get(busy.size() / 2)).as("milliseconds between frames").isLessThan(50);
        page.context().close();
        assertThat(chromium.complaints()).isEmpty();
    }

    private static List<Integer> frames(Page page, int millis) {
        List<Integer> gaps = new ArrayList<>();
        ((List<?>) page.evaluate("ms => frames(ms)", millis)).forEach(gap -> gaps.add(((Number) gap).intValue()));
        return gaps;
    }

    @Test
    void memoryStaysTheSameOverTenMinutesOfTraffic() {
        Page page = chromium.page();
        workplace.open(page, Map.of());
        int round = TRANSACTIONS / 6;
        traffic(page, 0, round);
        long before = usedHeap(page);
        List<Long> after = new ArrayList<>();
        for (int i = 1; i <= 6; i++) {
            workplace.proxy.cut();
            traffic(page, i * round, round);
            after.add(usedHeap(page) / 1024);
        }

        LOG.info("{} transactions; heap before {} KiB, then {} KiB", TRANSACTIONS, before / 1024, after);
        assertThat(after.get(after.size() - 1) - before / 1024)
                .as("KiB that were added")
                .isLessThan(1024);
        assertThat(page.evaluate("[live.rows.length, seen.resets.length]")).isEqualTo(List.of(Workplace.DESKS + 20, 0));
        page.context().close();
        workplace.postgres.execute("DELETE FROM workstations WHERE id > " + Workplace.DESKS);
    }

    /** Updates, and rows that come and go; each its own transaction. */
    private static void traffic(Page page, int from, int transactions) {
        workplace.postgres.execute(
                "SET synchronous_commit = off",
                "DO $$ BEGIN FOR n IN " + from + ".." + (from + transactions - 1) + " LOOP"
                        + " IF n % 10 > 0 THEN UPDATE workstations SET employee = 'employee ' || n WHERE id = 1 + n % "
                        + Workplace.DESKS + ";"
                        + " ELSE INSERT INTO workstations VALUES (1000 + n, 'Guest ' || n, 'occupied', 'guest', 1);"
                        + " DELETE FROM workstations WHERE id = 1000 + n - 200; END IF;"
                        + " COMMIT; END LOOP; END $$");
        workplace.awaitSame(page);
    }

    private static long usedHeap(Page page) {
        return ((Number) page.evaluate("gc(), performance.memory.usedJSHeapSize")).longValue();
    }
}
