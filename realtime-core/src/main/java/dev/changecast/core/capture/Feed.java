package dev.changecast.core.capture;

import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Replay;
import dev.changecast.api.source.SnapshotReader;
import dev.changecast.api.source.SourceReport;
import dev.changecast.core.History;
import dev.changecast.core.SourceStatus;
import dev.changecast.core.Statistics.SourceFigures;
import dev.changecast.core.hub.FeedHub;
import dev.changecast.core.hub.FeedReceiver;
import dev.changecast.core.log.FeedLog;
import dev.changecast.core.log.LogEvents;
import dev.changecast.core.publish.LiveSource;
import dev.changecast.core.publish.Unlogged;
import dev.changecast.core.statistics.SourceCounters;
import dev.changecast.core.view.Collections;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One source with what belongs to it: its log, its hub, the thread that captures, and the state that people see. */
public final class Feed implements LogEvents, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Feed.class);

    /** How long a client that asks for an unknown collection waits for the sources to say what they have. */
    private static final int LOOK_SECONDS = 5;

    /** Between two looks at what a source has there is at least this. */
    private static final long LOOK_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** A relation that is dropped, or changed without a change of its rows, is noticed within this. */
    private static final int LOOK_EVERY_SECONDS = 10;

    /** Between two questions for what a source has to report. */
    private static final int REPORT_EVERY_SECONDS = 5;

    private final String name;
    private final ChangeSource source;
    private final Collections collections;
    private final Executor background;
    private final FeedLog feedLog;
    private final FeedHub hub;
    private final SourceRunner runner;
    private final List<Runnable> followers = new CopyOnWriteArrayList<>();
    private volatile SourceStatus.State state = SourceStatus.State.STARTING;
    private volatile String detail = "";
    private volatile Instant since = Instant.now();
    private volatile boolean told;
    private volatile boolean closed;
    private volatile @Nullable SourceReport report;
    private @Nullable CompletableFuture<Void> look;
    private long looked;

    /** Opens the log; throws {@link dev.changecast.api.ChangecastException} when that fails. */
    public Feed(
            String name,
            ChangeSource source,
            History history,
            Collections collections,
            List<? extends FeedReceiver> receivers,
            Executor background) {
        this(name, source, history, collections, null, receivers, background);
    }

    private Feed(
            String name,
            ChangeSource source,
            History history,
            Collections collections,
            @Nullable Unlogged unlogged,
            List<? extends FeedReceiver> receivers,
            Executor background) {
        this.name = name;
        this.source = source;
        this.collections = collections;
        this.background = background;
        if (source.carriesMessages()) {
            collections.carriesMessages(name);
        }
        // Who gives things again gives them at the same positions: only then may somebody see what a crash takes away.
        boolean seenWhenDurable = source.replay() != Replay.FROM_POSITION;
        this.feedLog = FeedLog.open(name, history, seenWhenDurable, this);
        this.hub = new FeedHub(name, feedLog, collections, unlogged, receivers);
        this.runner = new SourceRunner(this, source, feedLog, hub, history.directory() == null);
    }

    /**
     * The feed of published messages.
     *
     * @param unlogged the messages that this source does not log
     */
    public static Feed ofMessages(
            LiveSource source,
            Unlogged unlogged,
            History history,
            Collections collections,
            List<? extends FeedReceiver> receivers,
            Executor background) {
        Feed feed = new Feed(LiveSource.NAME, source, history, collections, unlogged, receivers, background);
        source.attach(feed.feedLog);
        unlogged.onAdded(feed.hub::wake);
        return feed;
    }

    public void start() {
        hub.start();
        runner.start();
        lookLater();
        background.execute(this::askForReport);
    }

    /** Never twice at once: the next time is counted from the end of this one. */
    private void askForReport() {
        if (closed) {
            return;
        }
        try {
            report = source.report();
        } catch (Exception e) {
            report = null;
            log.debug("Source {} cannot report: {}", name, e.getMessage());
        }
        if (!closed) {
            CompletableFuture.delayedExecutor(REPORT_EVERY_SECONDS, TimeUnit.SECONDS, background)
                    .execute(this::askForReport);
        }
    }

    private void lookLater() {
        CompletableFuture.delayedExecutor(LOOK_EVERY_SECONDS, TimeUnit.SECONDS, background)
                .execute(() -> {
                    if (!closed) {
                        if (isStreaming()) {
                            look();
                        }
                        lookLater();
                    }
                });
    }

    public String name() {
        return name;
    }

    public FeedHub hub() {
        return hub;
    }

    /** What the source is doing, in a word for clients. */
    public String state() {
        return state.name().toLowerCase(Locale.ROOT);
    }

    /** Why nothing can be written at present; null when it can. */
    public @Nullable String blockedBy() {
        return state == SourceStatus.State.BLOCKED ? detail : null;
    }

    public boolean isStreaming() {
        return state == SourceStatus.State.STREAMING;
    }

    /** Reads present rows; empty for a source that has only changes. */
    public Optional<SnapshotReader> snapshots() {
        return source.snapshots();
    }

    /** Whether the source has told its relations. */
    public boolean hasTold() {
        return told;
    }

    /** @param silence since something last reached the sessions; null before the first time */
    public SourceStatus status(@Nullable Duration silence) {
        var end = feedLog.end();
        SourceReport told = report;
        return new SourceStatus(
                name,
                state,
                detail,
                since,
                end == null ? null : end.checkpoint().position(),
                silence == null ? null : Instant.now().minus(silence),
                told == null ? List.of() : told.problems());
    }

    /**
     * What is counted of it.
     *
     * @param silence since something last reached the sessions; null before the first time
     */
    public SourceFigures figures(@Nullable Duration silence) {
        SourceCounters counters = hub.counters();
        return new SourceFigures(
                status(silence),
                counters.transactions.get(),
                counters.changes.get(),
                counters.failures.get(),
                counters.resets.present(),
                counters.lag(),
                silence,
                feedLog.figures(),
                counters.matches(),
                counters.delivered(),
                counters.latency.present(),
                report);
    }

    /** Runs this, on whatever thread, when something was added to the log; it must be cheap. */
    public void follow(Runnable follower) {
        followers.add(follower);
    }

    public void unfollow(Runnable follower) {
        followers.remove(follower);
    }

    void becomes(SourceStatus.State next, String why) {
        if (state != next || !detail.equals(why)) {
            since = state == next ? since : Instant.now();
            detail = why;
            state = next;
        }
    }

    // ---- From the log

    @Override
    public void appended() {
        hub.wake();
        followers.forEach(Runnable::run);
    }

    @Override
    public void durable(Checkpoint checkpoint) {
        source.acknowledge(checkpoint);
    }

    @Override
    public void blocked(String why) {
        log.error("Source {}: capture waits, nothing is lost: {}", name, why);
        becomes(SourceStatus.State.BLOCKED, why);
    }

    @Override
    public void unblocked() {
        log.info("Source {}: the log can be written again", name);
        if (state == SourceStatus.State.BLOCKED) {
            becomes(SourceStatus.State.STREAMING, "");
        }
    }

    // ---- What the source has

    /** Asks the source in the background which relations there are. */
    synchronized CompletableFuture<Void> look() {
        if (look != null && !look.isDone()) {
            return look;
        }
        // Whoever asks soon after a look waits for the next one, rather than being told what may have changed since.
        long pause = told ? LOOK_PAUSE_NANOS - (System.nanoTime() - looked) : 0;
        Executor soon =
                pause <= 0 ? background : CompletableFuture.delayedExecutor(pause, TimeUnit.NANOSECONDS, background);
        look = CompletableFuture.runAsync(this::ask, soon);
        return look;
    }

    /** The source captures from now on; what it told before may have been too early, and is asked again. */
    synchronized void lookAnew() {
        CompletableFuture<Void> before = look == null ? CompletableFuture.completedFuture(null) : look;
        told = false;
        look = before.thenRunAsync(this::ask, background);
    }

    private void ask() {
        boolean streaming = isStreaming();
        try {
            collections.asking(name);
            List<Relation> relations = source.relations();
            collections.replace(name, relations);
            // What it says before it streams may be too early, or of another database than the one that the log is of.
            if (streaming && isStreaming()) {
                told = true;
                hub.lookedAt();
            }
        } catch (Exception e) {
            log.debug("Source {} cannot tell its relations: {}", name, e.getMessage());
        } finally {
            synchronized (this) {
                looked = System.nanoTime();
            }
        }
    }

    /** Completes when the source has told its relations once more, or cannot. Never fails, and never takes long. */
    public CompletableFuture<Void> lookAgain() {
        return look().copy().completeOnTimeout(null, LOOK_SECONDS, TimeUnit.SECONDS);
    }

    /** Asks all sources; completes when all have told, or after some seconds. */
    public static CompletableFuture<Void> lookAgain(List<Feed> feeds) {
        return CompletableFuture.allOf(feeds.stream().map(Feed::look).toArray(CompletableFuture[]::new))
                .copy()
                .orTimeout(LOOK_SECONDS, TimeUnit.SECONDS);
    }

    /** Whether two epochs are of one history, of which an earlier log was not kept. */
    public static boolean isOfEarlierRun(String epoch, String present) {
        return SourceRunner.historyOf(epoch).equals(SourceRunner.historyOf(present));
    }

    @Override
    public void close() {
        closed = true;
        runner.close();
        hub.close();
        feedLog.close();
        becomes(SourceStatus.State.STOPPED, "");
    }
}
