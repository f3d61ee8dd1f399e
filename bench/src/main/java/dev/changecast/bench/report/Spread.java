package dev.changecast.bench.report;

import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** One figure of several runs. */
public record Spread(double median, double least, double most, int runs) {
    public static Spread of(List<Double> values) {
        List<Double> sorted = values.stream()
                .filter(Objects::nonNull)
                .filter(value -> !value.isNaN())
                .sorted()
                .toList();
        if (sorted.isEmpty()) {
            return new Spread(Double.NaN, Double.NaN, Double.NaN, 0);
        }
        int size = sorted.size();
        double median = (sorted.get((size - 1) / 2) + sorted.get(size / 2)) / 2;
        return new Spread(median, sorted.get(0), sorted.get(size - 1), size);
    }

    /** The median, and behind it the least and the most when there were several runs. */
    @Override
    public String toString() {
        if (runs == 0) {
            return "–";
        }
        return runs == 1 ? text(median) : text(median) + " (" + text(least) + "–" + text(most) + ")";
    }

    /** Three digits that count. */
    public static String text(double value) {
        if (Double.isNaN(value)) {
            return "–";
        }
        double size = Math.abs(value);
        return size >= 100
                ? String.format(Locale.ROOT, "%,.0f", value).replace(',', ' ')
                : String.format(Locale.ROOT, size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : "%.3f", value);
    }
}
