package dev.changecast.bench.report;

import java.util.Arrays;

/** Times in the order of their length. */
public final class Percentiles {
    private final long[] sorted;

    /** @param nanos in any order */
    public Percentiles(long[] nanos) {
        sorted = nanos.clone();
        Arrays.sort(sorted);
    }

    /** How many milliseconds this part of all took at most; not a number when there are none. */
    public double millisAt(double part) {
        if (sorted.length == 0) {
            return Double.NaN;
        }
        int index = (int) Math.ceil(part * sorted.length) - 1;
        return sorted[Math.max(0, Math.min(sorted.length - 1, index))] / 1e6;
    }
}
