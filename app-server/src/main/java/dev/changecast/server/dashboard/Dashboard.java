package dev.changecast.server.dashboard;

import dev.changecast.core.Changecast;
import dev.changecast.core.SessionLoad;
import dev.changecast.server.http.Reply;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Looks at the engine every two seconds and keeps what it saw for ten minutes, so that a page that is opened late shows what
 * was before. Some hundred kilobytes, whatever happens.
 */
public final class Dashboard implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Dashboard.class);

    static final int EVERY_SECONDS = 2;
    private static final int KEPT = 600 / EVERY_SECONDS;
    private static final int SLOWEST = 20;
    private static final long PATIENCE_MILLIS = 500;
    private static final JsonMapper JSON = new JsonMapper();

    private final Changecast changecast;
    private final Supplier<Reply> readiness;
    private final Map<String, Supplier<? extends JsonNode>> beside;
    private final Clock clock;
    private final Figures figures;
    private final Samples samples;
    private final Troubles troubles;
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread own = new Thread(task, "changecast-dashboard");
        own.setDaemon(true);
        return own;
    });

    private volatile @Nullable Moment latest;
    private @Nullable CompletableFuture<List<SessionLoad>> asked;
    private List<SessionLoad> slowest = List.of();
    private long takenAt;

    /**
     * @param sources their names
     * @param readiness the answer of {@code /readyz}
     * @param beside what else is told of the server's parts, by name
     */
    public Dashboard(
            Changecast changecast,
            List<String> sources,
            Supplier<Reply> readiness,
            Map<String, Supplier<? extends JsonNode>> beside,
            Clock clock) {
        this.changecast = changecast;
        this.readiness = readiness;
        this.beside = Map.copyOf(beside);
        this.clock = clock;
        this.figures = new Figures(sources);
        this.samples = new Samples(figures.series(), KEPT);
        this.troubles = new Troubles(samples, 60 / EVERY_SECONDS);
    }

    /** Begins to look. */
    public void start() {
        look();
        thread.scheduleAtFixedRate(this::look, EVERY_SECONDS, EVERY_SECONDS, TimeUnit.SECONDS);
    }

    private synchronized void look() {
        try {
            Moment before = latest;
            long now = System.nanoTime();
            Moment moment = moment();
            if (before != null) {
                samples.add(clock.millis(), figures.sample(before, moment, (now - takenAt) / 1e9));
            }
            takenAt = now;
            latest = moment;
        } catch (RuntimeException e) {
            // One look that fails must not be the last.
            log.warn("The dashboard cannot see how the server is doing", e);
        }
    }

    private Moment moment() {
        Map<String, JsonNode> parts = new HashMap<>();
        beside.forEach((name, status) -> parts.put(name, status.get()));
        return new Moment(
                changecast.statistics(),
                ProcessFigures.now(),
                slowest(),
                JSON.readTree(readiness.get().body()),
                parts);
    }

    /** Waits a moment for the threads that own sessions; where they have no time, what they said before holds. */
    private List<SessionLoad> slowest() {
        CompletableFuture<List<SessionLoad>> answer = asked;
        if (answer == null) {
            answer = changecast.slowestSessions(SLOWEST).toCompletableFuture();
        }
        try {
            slowest = answer.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
            asked = null;
        } catch (TimeoutException busy) {
            asked = answer;
        } catch (ExecutionException e) {
            asked = null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return slowest;
    }

    /** What it saw last; null before the first look. */
    @Nullable
    Moment latest() {
        return latest;
    }

    Samples samples() {
        return samples;
    }

    List<Trouble> troubles(Moment moment) {
        return troubles.of(moment);
    }

    /** Looks no more. Idempotent. */
    @Override
    public void close() {
        thread.shutdownNow();
    }
}
