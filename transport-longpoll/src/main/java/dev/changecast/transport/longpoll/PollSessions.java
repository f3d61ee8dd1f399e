package dev.changecast.transport.longpoll;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All sessions of a transport by their ids, and the one thread that keeps the time for them. */
final class PollSessions {
    /** How long a session that the engine has closed waits for a poll that can be told. */
    static final long FAREWELL_MILLIS = 4000;

    private static final Logger LOG = LoggerFactory.getLogger(PollSessions.class);
    private static final int ID_BYTES = 24;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Map<String, PollSession> byId = new ConcurrentHashMap<>();
    private final ScheduledThreadPoolExecutor clock;
    private final long idleNanos;
    private final long gatherMillis;
    private volatile boolean closed;

    /**
     * @param idle after this time without a poll a session ends
     * @param gather how long the answers to commands wait for each other
     */
    PollSessions(Duration idle, Duration gather) {
        idleNanos = idle.toNanos();
        gatherMillis = gather.toMillis();
        clock = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "changecast-longpoll-clock");
            thread.setDaemon(true);
            return thread;
        });
        clock.setRemoveOnCancelPolicy(true);
        clock.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        // What is asked for after the last session has gone need not happen.
        clock.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
        // The thread comes with the first session and goes when there is nothing to wait for.
        clock.setKeepAliveTime(5, TimeUnit.SECONDS);
        clock.allowCoreThreadTimeOut(true);
    }

    /** A new session. Its id is all that a client needs to poll it, so it cannot be guessed. */
    PollSession create() {
        byte[] random = new byte[ID_BYTES];
        RANDOM.nextBytes(random);
        String id = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        PollSession session = new PollSession(id, this);
        byId.put(id, session);
        tickLater(session);
        return session;
    }

    private void tickLater(PollSession session) {
        clock.schedule(
                () -> {
                    session.tick(System.nanoTime(), idleNanos);
                    if (byId.containsKey(session.id())) {
                        tickLater(session);
                    }
                },
                Math.max(1, idleNanos / 4),
                TimeUnit.NANOSECONDS);
    }

    @Nullable
    PollSession find(String id) {
        return byId.get(id);
    }

    void remove(PollSession session) {
        byId.remove(session.id());
        stopWhenEmpty();
    }

    /** No session comes any more: the clock stops when those that are there have ended. Idempotent. */
    void close() {
        closed = true;
        stopWhenEmpty();
    }

    private void stopWhenEmpty() {
        if (closed && byId.isEmpty()) {
            clock.shutdown();
        }
    }

    int count() {
        return byId.size();
    }

    long gatherMillis() {
        return gatherMillis;
    }

    Future<?> after(long millis, Runnable task) {
        return clock.schedule(() -> logged(task), millis, TimeUnit.MILLISECONDS);
    }

    private static void logged(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            LOG.error("a session by long polling failed at a time-out", e);
        }
    }
}
