package dev.changecast.transport.websocket;

import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads that do what may block in a container, closing and pinging, for all connections of a transport, so that
 * the engine's threads never do; and the clock for closes that take too long. They come when there is work and go when
 * there is none, so there is nothing to close.
 */
final class Closer {
    private static final int THREADS = 4;

    private final Duration timeout;
    private final AtomicInteger threads = new AtomicInteger();
    private final ScheduledThreadPoolExecutor executor;

    /** @param timeout how long a close may take */
    Closer(Duration timeout) {
        this.timeout = timeout;
        executor = new ScheduledThreadPoolExecutor(THREADS, task -> {
            Thread thread = new Thread(task, "changecast-websocket-close-" + threads.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        });
        executor.setKeepAliveTime(2, TimeUnit.SECONDS);
        executor.allowCoreThreadTimeOut(true);
    }

    /** Soon, on another thread. */
    void run(Runnable task) {
        executor.execute(task);
    }

    /** When a close that begins now has taken as long as it may. */
    void whenOverdue(Runnable task) {
        executor.schedule(task, timeout.toMillis(), TimeUnit.MILLISECONDS);
    }
}
