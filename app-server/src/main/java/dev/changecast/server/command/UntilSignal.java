package dev.changecast.server.command;

import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a command running until the process is told to end (SIGTERM, SIGINT, SIGHUP), and closes what it started before
 * the process does. The exit code is then the signal's.
 */
final class UntilSignal {
    private static final Logger LOG = LoggerFactory.getLogger(UntilSignal.class);

    private final AutoCloseable running;
    private volatile boolean awaited;

    private UntilSignal(AutoCloseable running) {
        this.running = running;
    }

    /** Call it before the start, so that a signal during the start closes too. */
    static UntilSignal closing(AutoCloseable running) {
        UntilSignal until = new UntilSignal(running);
        Runtime.getRuntime().addShutdownHook(new Thread(until::close, "changecast-shutdown"));
        return until;
    }

    /** Does not return while the process lives. */
    void await() throws InterruptedException {
        awaited = true;
        new CountDownLatch(1).await();
    }

    private void close() {
        long began = System.nanoTime();
        try {
            running.close();
            if (awaited) {
                LOG.info("stopped in {} ms", (System.nanoTime() - began) / 1_000_000);
            }
        } catch (Exception e) {
            LOG.error("could not stop properly", e);
        }
    }
}
