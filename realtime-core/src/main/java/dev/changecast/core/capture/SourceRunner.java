package dev.changecast.core.capture;

import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Replay;
import dev.changecast.api.source.ResetReason;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.StartPoint;
import dev.changecast.core.SourceStatus;
import dev.changecast.core.hub.FeedHub;
import dev.changecast.core.log.FeedLog;
import dev.changecast.core.statistics.SourceCounters;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owns the thread of one source. Runs the source, runs it again when it fails, and sees to it that the log goes on
 * exactly where it ended, or begins anew and says so.
 */
final class SourceRunner implements ChangeSink, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SourceRunner.class);

    private static final Pattern EPOCH = Pattern.compile("[A-Za-z0-9_]{1,40}");

    /** How the epochs of a log in memory end: with the mark of the run, since each start is an epoch of its own. */
    private static final Pattern RUN = Pattern.compile("_r[0-9a-z]{1,13}$");

    private final Feed feed;
    private final ChangeSource source;
    private final FeedLog feedLog;
    private final FeedHub hub;
    private final String run;
    private final Thread thread;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Backoff backoff = new Backoff(Duration.ofMillis(500), Duration.ofSeconds(30));
    private String lastFailure = "";
    private boolean gave;
    private final SourceCounters counters;
    private long committedAtMillis;

    /** @param inMemory whether the log ends with the process, so that each start is an epoch of its own */
    SourceRunner(Feed feed, ChangeSource source, FeedLog feedLog, FeedHub hub, boolean inMemory) {
        this.feed = feed;
        this.source = source;
        this.feedLog = feedLog;
        this.hub = hub;
        this.counters = hub.counters();
        this.run = inMemory ? mark() : "";
        this.thread = new Thread(this::run, "changecast-source-" + feed.name());
    }

    /** Of servers that start in the same millisecond, too, no two may take the other's clients for theirs. */
    private static String mark() {
        int random = ThreadLocalRandom.current().nextInt(36 * 36 * 36 * 36);
        return "_r"
                + Long.toString(System.currentTimeMillis(), Character.MAX_RADIX)
                + Integer.toString(random, Character.MAX_RADIX);
    }

    void start() {
        thread.start();
    }

    /** An epoch without the mark of the run. */
    static String historyOf(String epoch) {
        return RUN.matcher(epoch).replaceFirst("");
    }

    private void run() {
        while (!isClosing()) {
            try {
                gave = false;
                mendTorn();
                source.run(end(), this);
                if (!isClosing()) {
                    failed(new IllegalStateException("the source ended without being closed"));
                }
            } catch (Throwable e) {
                // Errors too: a plug-in that lacks a class must be seen to have failed, and no other one notices.
                if (!isClosing()) {
                    failed(e);
                }
            } finally {
                feedLog.abandon();
            }
        }
    }

    /** What was broken off comes again under other positions, and the part that the log has would never end. */
    private void mendTorn() {
        StartPoint end = end();
        if (end != null && feedLog.isTorn() && source.replay() != Replay.FROM_POSITION) {
            restart(ResetReason.SLOT_LOST, end.epoch(), end.checkpoint());
        }
    }

    private @Nullable StartPoint end() {
        StartPoint end = feedLog.end();
        return end == null
                ? null
                : new StartPoint(run.isEmpty() ? end.epoch() : historyOf(end.epoch()), end.checkpoint());
    }

    private void failed(Throwable failure) {
        if (gave) {
            // It worked for a while: what failed now is something new.
            backoff.reset();
        }
        counters.failures.add(1);
        Duration wait = backoff.next();
        String message = failure.getMessage() == null ? failure.toString() : failure.getMessage();
        // The same failure again and again is one event, not one for each try.
        if (message.equals(lastFailure)) {
            log.debug("Source {} still fails, next try in {} ms: {}", feed.name(), wait.toMillis(), message);
        } else {
            log.warn("Source {} failed, next try in {} ms: {}", feed.name(), wait.toMillis(), message);
            log.debug("Source {} failed", feed.name(), failure);
        }
        lastFailure = message;
        feed.becomes(SourceStatus.State.FAILED, message);
        try {
            closing.await(wait.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            // A driver left it behind: the engine interrupts nobody here, and the wait must not end at once for ever.
            log.debug("Source {} left an interrupt behind", feed.name());
        }
    }

    private boolean isClosing() {
        return closing.getCount() == 0;
    }

    // ---- The sink

    @Override
    public void opened(String epoch, Checkpoint from) {
        StartPoint end = end();
        if (end == null) {
            begins(epoch, from);
        } else if (!end.epoch().equals(epoch)) {
            restart(ResetReason.EPOCH_CHANGED, epoch, from);
        } else if (from.position().isAfter(end.checkpoint().position())) {
            restart(ResetReason.SLOT_LOST, epoch, from);
        } else {
            log.info("Source {} goes on after {}", feed.name(), end.checkpoint().position());
        }
        streams();
    }

    @Override
    public void reset(ResetReason reason, String epoch, Checkpoint from) {
        if (feedLog.end() == null) {
            begins(epoch, from);
        } else {
            restart(reason, epoch, from);
        }
        streams();
    }

    private void begins(String epoch, Checkpoint from) {
        log.info("Source {} begins at {}", feed.name(), from.position());
        restartLog(ResetReason.EPOCH_CHANGED, epoch, from);
    }

    private void restart(ResetReason reason, String epoch, Checkpoint from) {
        log.warn(
                "Source {} cannot continue ({}): its log begins anew at {}, and clients are told",
                feed.name(),
                reason.wireName(),
                from.position());
        counters.resets.add(reason);
        restartLog(reason, epoch, from);
    }

    private void restartLog(ResetReason reason, String epoch, Checkpoint from) {
        if (!EPOCH.matcher(epoch).matches()) {
            throw new IllegalArgumentException(
                    "an epoch is 1 to 40 letters, digits and _, since it is part of every offset; not: " + epoch);
        }
        hub.restarting();
        try {
            feedLog.restart(epoch + run, from);
        } finally {
            hub.restarted(reason);
        }
    }

    private void streams() {
        lastFailure = "";
        feed.becomes(SourceStatus.State.STREAMING, "");
        feed.lookAnew();
    }

    @Override
    public boolean awaitRoom(Duration wait) throws InterruptedException {
        return feedLog.awaitRoom(wait);
    }

    @Override
    public void begin(@Nullable String tx, Position position, Instant committedAt) {
        committedAtMillis = committedAt.toEpochMilli();
        feedLog.begin(tx, position, committedAt);
    }

    @Override
    public void change(long minor, Relation relation, Operation operation, @Nullable Row after, @Nullable Row before) {
        counters.changes.add(1);
        feedLog.change(minor, relation, operation, after, before);
    }

    @Override
    public void commit(Checkpoint end) {
        gave = true;
        counters.transactions.add(1);
        counters.captured(System.currentTimeMillis() - committedAtMillis, System.nanoTime());
        feedLog.commit(end);
    }

    @Override
    public void progress(Checkpoint at) {
        gave = true;
        feedLog.progress(at);
    }

    @Override
    public void fence(String id) {
        feedLog.fence(id);
    }

    @Override
    public void waiting(String what) {
        log.info("Source {} waits: {}", feed.name(), what);
        feed.becomes(SourceStatus.State.STARTING, what);
    }

    /** Stops the source and waits for its thread. Idempotent. */
    @Override
    public void close() {
        closing.countDown();
        source.close();
        try {
            thread.join(TimeUnit.SECONDS.toMillis(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
