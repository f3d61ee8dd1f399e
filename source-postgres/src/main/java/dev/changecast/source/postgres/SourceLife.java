package dev.changecast.source.postgres;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A source from when it is made until it is closed: one run at a time, and the pool, which outlives each. Thread-safe. */
final class SourceLife {
    private static final Logger LOG = LoggerFactory.getLogger(SourceLife.class);
    private static final int PATIENCE_SECONDS = 2;

    private final String name;
    private final SourcePool pool;
    private final Closing closing = new Closing();

    /** Held by the run, and by nobody when there is none. */
    private final Semaphore idle = new Semaphore(1);

    /** Reads changes until the source is closed or something fails. */
    @FunctionalInterface
    interface Run {
        void run() throws Exception;
    }

    SourceLife(String name, SourcePool pool) {
        this.name = name;
        this.pool = pool;
    }

    /** What ends the run's waiting when the source is closed. */
    Closing closing() {
        return closing;
    }

    boolean isClosed() {
        return closing.isClosed();
    }

    /**
     * Runs, unless the source is closed; what fails because it is being closed is no failure.
     *
     * @param failure what to throw for something that went wrong
     * @throws IllegalStateException when another run has not ended
     */
    void run(Run run, Function<Exception, RuntimeException> failure) {
        if (!idle.tryAcquire()) {
            if (closing.isClosed()) {
                return;
            }
            throw new IllegalStateException("the source runs already");
        }
        try {
            run.run();
        } catch (Exception e) {
            if (closing.isClosed()) {
                return;
            }
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            throw failure.apply(e);
        } finally {
            idle.release();
        }
    }

    void requireOpen() {
        if (closing.isClosed()) {
            throw new ChangecastException(ErrorCode.SOURCE_UNAVAILABLE, "the source is closed");
        }
    }

    /** Idempotent; returns at once. */
    void close() {
        if (closing.close()) {
            // A pool that is just connecting takes its time to close.
            Thread thread = new Thread(this::closePool, "changecast-" + name + "-close");
            thread.setDaemon(true);
            thread.start();
        }
    }

    /** After the run has let go of its connections. */
    private void closePool() {
        try {
            if (!idle.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                LOG.debug("{}: closing the pool under a run that has not ended", name);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        pool.close();
    }
}
