package dev.changecast.core.filter;

/**
 * How large a filter from a client may be.
 *
 * @param depth how deep conditions may stand inside {@code $and}, {@code $or} and {@code $not}; the filter itself is 1
 * @param comparisons how many comparisons in all; a list counts as one
 * @param values how many values in one list
 * @param bytes how long the JSON is, in UTF-8
 */
public record FilterLimits(int depth, int comparisons, int values, int bytes) {
    public static final FilterLimits DEFAULT = new FilterLimits(10, 100, 1000, 16 * 1024);
}
