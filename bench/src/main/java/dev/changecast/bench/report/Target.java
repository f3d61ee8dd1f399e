package dev.changecast.bench.report;

/**
 * What a figure should be.
 *
 * @param what in words
 * @param figure what it is
 * @param bound what it should be at most, or at least
 */
public record Target(String what, double figure, String unit, double bound, boolean atMost) {
    public static Target atMost(String what, double figure, String unit, double bound) {
        return new Target(what, figure, unit, bound, true);
    }

    public static Target atLeast(String what, double figure, String unit, double bound) {
        return new Target(what, figure, unit, bound, false);
    }

    String verdict() {
        if (Double.isNaN(figure)) {
            return "not measured";
        }
        return (atMost ? figure <= bound : figure >= bound) ? "met" : "**missed**";
    }

    String wanted() {
        return (atMost ? "≤ " : "≥ ") + Spread.text(bound) + unit;
    }
}
