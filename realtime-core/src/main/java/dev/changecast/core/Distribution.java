package dev.changecast.core;

import java.util.Arrays;

/**
 * How often something took how long, in ranges that never change. Immutable.
 *
 * <p>Two of the same thing at different times can be subtracted, which tells of the time between.
 */
public final class Distribution {
    private final double[] bounds;
    private final long[] counts;
    private final double sum;

    /**
     * @param bounds the upper bounds of all ranges but the last, in seconds, ascending
     * @param counts how often, by range; one more than there are bounds
     * @param sum of all, in seconds
     */
    public Distribution(double[] bounds, long[] counts, double sum) {
        if (counts.length != bounds.length + 1) {
            throw new IllegalArgumentException(
                    "there is one count more than bounds, not " + counts.length + " and " + bounds.length);
        }
        this.bounds = bounds.clone();
        this.counts = counts.clone();
        this.sum = sum;
    }

    /** How many ranges there are; the last one has no upper bound. */
    public int ranges() {
        return counts.length;
    }

    /** The upper bound of a range, in seconds, itself included; infinite for the last. */
    public double bound(int range) {
        return range == bounds.length ? Double.POSITIVE_INFINITY : bounds[range];
    }

    /** How often it was in this range. */
    public long count(int range) {
        return counts[range];
    }

    /** How often in all. */
    public long count() {
        return Arrays.stream(counts).sum();
    }

    /** All together, in seconds. */
    public double sum() {
        return sum;
    }

    /**
     * What so much of it is at or below, in seconds: 0.99 asks for the 99th percentile. Taken to be evenly spread within a
     * range, and at the last bound where it is beyond that. Not a number when there was nothing.
     */
    public double quantile(double part) {
        long all = count();
        double wanted = part * all;
        long below = 0;
        for (int i = 0; i < counts.length && all > 0; i++) {
            if (counts[i] > 0 && below + counts[i] >= wanted) {
                if (i == bounds.length) {
                    return bounds[bounds.length - 1];
                }
                double from = i == 0 ? 0 : bounds[i - 1];
                return from + (bounds[i] - from) * Math.max(0, wanted - below) / counts[i];
            }
            below += counts[i];
        }
        return Double.NaN;
    }

    /** What came after an earlier look at the same thing. */
    public Distribution since(Distribution earlier) {
        if (!Arrays.equals(bounds, earlier.bounds)) {
            throw new IllegalArgumentException("these are distributions of different things");
        }
        long[] later = new long[counts.length];
        for (int i = 0; i < later.length; i++) {
            later[i] = counts[i] - earlier.counts[i];
        }
        return new Distribution(bounds, later, sum - earlier.sum);
    }

    @Override
    public String toString() {
        return count() + " times, " + sum + " s in all";
    }
}
