package dev.changecast.transport.sse;

import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The clock for closes that take too long. Its thread comes when there is one and goes when there is none. */
final class Closer {
    private final Duration timeout;
    private final ScheduledThreadPoolExecutor clock;

    /** @param timeout how long a close may take */
    Closer(Duration timeout) {
        this.timeout = timeout;
        clock = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "changecast-sse-close");
            thread.setDaemon(true);
            return thread;
        });
        clock.setKeepAliveTime(2, TimeUnit.SECONDS);
        clock.allowCoreThreadTimeOut(true);
    }

    /** When a close that begins now has taken as long as it may. */
    void whenOverdue(Runnable task) {
        clock.schedule(task, timeout.toMillis(), TimeUnit.MILLISECONDS);
    }
}
