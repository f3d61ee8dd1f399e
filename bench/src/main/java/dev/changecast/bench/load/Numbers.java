package dev.changecast.bench.load;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The numbers of the messages that one set of subscribers gets: who publishes takes the next, and notes when it was sent.
 * Thread-safe.
 */
public final class Numbers {
    /** Times are kept of this many newest messages. */
    private static final int KEPT = 1 << 20;

    private final AtomicInteger next = new AtomicInteger();
    private final AtomicLongArray sentAt = new AtomicLongArray(KEPT);

    public int take() {
        return next.getAndIncrement();
    }

    /** How many were taken. */
    public int taken() {
        return next.get();
    }

    public void sent(int number, long nanos) {
        sentAt.set(number & (KEPT - 1), nanos);
    }

    long sentAt(int number) {
        return sentAt.get(number & (KEPT - 1));
    }

    /** What all numbers below add up to in {@link #mixed}: only each of them exactly once gives it, but for a chance in 2^64. */
    static long sumBelow(int end) {
        long sum = 0;
        for (int number = 0; number < end; number++) {
            sum += mixed(number);
        }
        return sum;
    }

    static long mixed(int number) {
        long mixed = (number + 1) * 0x9E3779B97F4A7C15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xBF58476D1CE4E5B9L;
        return mixed ^ (mixed >>> 27);
    }
}
