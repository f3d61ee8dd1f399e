package dev.changecast.server.e2e;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;

/** Writes one number after the other, each until it is there, whatever befalls the database meanwhile. */
final class NumberWriter implements AutoCloseable {
    private static final long PAUSE_NANOS = 20_000_000;
    private static final long LAST_NANOS = 10_000_000_000L;

    /** Where numbers go. Used by one thread. */
    interface Place {
        /**
         * Writes a number; does nothing when it is there already.
         *
         * @throws Exception when it may be there, and may not
         */
        void write(long number) throws Exception;
    }

    private final Place place;
    private final Thread thread;
    private final long first;
    private final AtomicLong next;
    private volatile boolean ended;

    private NumberWriter(String name, Place place) {
        this.place = place;
        // So writers that follow each other never come to a number twice, and none lies in the future.
        first = System.currentTimeMillis();
        next = new AtomicLong(first);
        thread = new Thread(this::run, "test-writer-" + name);
    }

    static NumberWriter start(String name, Place place) {
        NumberWriter writer = new NumberWriter(name, place);
        writer.thread.start();
        return writer;
    }

    private void run() {
        while (!ended) {
            try {
                place.write(next.get());
                next.incrementAndGet();
            } catch (Exception down) {
                // The same number again.
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /** All that is surely there; after {@link #close} there is nothing else. */
    long[] written() {
        return LongStream.range(first, next.get()).toArray();
    }

    /** Ends behind a number that is there, where the database runs. */
    @Override
    public void close() {
        long present = next.get();
        long deadline = System.nanoTime() + LAST_NANOS;
        while (!ended && next.get() == present && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        ended = true;
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
