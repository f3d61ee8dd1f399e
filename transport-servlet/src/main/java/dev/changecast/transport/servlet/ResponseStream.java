package dev.changecast.transport.servlet;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes to one client without ever blocking: what it is given goes out when the container has room, and is reported
 * when the container has taken it. One write at a time, so what it holds is bounded by its caller.
 */
public final class ResponseStream implements WriteListener {
    private static final Logger LOG = LoggerFactory.getLogger(ResponseStream.class);

    private final Exchange exchange;
    /** More than 0 while somebody writes; others add to it, and the writer goes round again. */
    private final AtomicInteger turns = new AtomicInteger();

    private byte @Nullable [] waiting;
    private @Nullable Consumer<Boolean> done;
    /** The container has said that it can take something; before that it must not be asked. */
    private volatile boolean opened;

    private volatile boolean ending;
    private volatile boolean failed;
    /** Used by the writer alone. */
    private boolean unflushed;

    /** @param first what is written before everything else; null for nothing */
    ResponseStream(Exchange exchange, byte @Nullable [] first) {
        this.exchange = exchange;
        this.waiting = first;
    }

    /**
     * Writes all of this.
     *
     * @param done called once, on any thread, perhaps before this method returns: with true when the container has taken
     *     everything, with false when the client is gone
     */
    public void write(byte[] bytes, Consumer<Boolean> done) {
        boolean refused;
        synchronized (this) {
            refused = failed || ending || this.done != null;
            if (!refused) {
                waiting = waiting == null ? bytes : joined(waiting, bytes);
                this.done = done;
            }
        }
        if (refused) {
            done.accept(false);
        } else {
            turn();
        }
    }

    /** Ends the answer after what was written. */
    public void end() {
        ending = true;
        turn();
    }

    @Override
    public void onWritePossible() {
        opened = true;
        turn();
    }

    @Override
    public void onError(Throwable failure) {
        LOG.debug("a client could not be written to: {}", failure.toString());
        fail();
        exchange.gone();
    }

    /** Whatever waits is not written any more. */
    public void fail() {
        failed = true;
        finish(false);
    }

    /** Whoever finds nobody writing writes, for those who come meanwhile too. */
    private void turn() {
        if (!opened || turns.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            try {
                pump();
            } catch (IOException | RuntimeException e) {
                onError(e);
            }
            seen = turns.addAndGet(-seen);
        } while (seen != 0);
    }

    private void pump() throws IOException {
        ServletOutputStream output = exchange.response().getOutputStream();
        while (!failed && (hasWork() || unflushed) && output.isReady()) {
            byte[] next;
            synchronized (this) {
                next = waiting;
                waiting = null;
            }
            if (next != null) {
                unflushed = true;
                output.write(next);
            } else if (unflushed) {
                unflushed = false;
                output.flush();
            } else {
                finish(true);
            }
        }
        if (ending && !failed && !hasWork() && !unflushed) {
            exchange.complete();
        }
    }

    private synchronized boolean hasWork() {
        return done != null || waiting != null;
    }

    private static byte[] joined(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private void finish(boolean delivered) {
        Consumer<Boolean> told;
        synchronized (this) {
            told = done;
            done = null;
            waiting = null;
        }
        if (told != null) {
            told.accept(delivered);
        }
    }
}
