package dev.changecast.core.statistics;

import dev.changecast.core.Distribution;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/** Counts times by ranges that are fixed, so that nothing is allocated. Any thread. */
public final class Histogram {
    private static final double[] LATENCIES = {
        0.0002, 0.0003, 0.0005, 0.0007, 0.001, 0.0015, 0.002, 0.003, 0.005, 0.007, 0.01, 0.015, 0.02, 0.03, 0.05, 0.07,
        0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1, 2, 5, 10, 30, 60
    };

    private static final double[] STAYS = {1, 10, 60, 300, 900, 3600, 4 * 3600, 12 * 3600, 24 * 3600, 7 * 24 * 3600};

    private final double[] bounds;
    private final long[] nanos;
    private final AtomicLongArray counts;
    private final LongAdder sum = new LongAdder();

    private Histogram(double[] bounds) {
        this.bounds = bounds;
        this.nanos = new long[bounds.length];
        for (int i = 0; i < nanos.length; i++) {
            nanos[i] = Math.round(bounds[i] * TimeUnit.SECONDS.toNanos(1));
        }
        this.counts = new AtomicLongArray(bounds.length + 1);
    }

    /** For what takes from parts of a millisecond to a minute. */
    public static Histogram ofLatencies() {
        return new Histogram(LATENCIES);
    }

    /** For what takes from seconds to days. */
    public static Histogram ofStays() {
        return new Histogram(STAYS);
    }

    /** Adds one; what is below nothing, since two clocks differ, counts as nothing. */
    public void add(long time) {
        long taken = Math.max(0, time);
        int low = 0;
        int high = nanos.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (nanos[middle] < taken) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        counts.getAndIncrement(low);
        sum.add(taken);
    }

    /** What was added so far. */
    public Distribution present() {
        long[] present = new long[counts.length()];
        for (int i = 0; i < present.length; i++) {
            present[i] = counts.get(i);
        }
        return new Distribution(bounds, present, sum.sum() / (double) TimeUnit.SECONDS.toNanos(1));
    }
}
