package dev.changecast.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Horizontal bars with the spread over the runs, as an SVG that reads on light and dark pages. */
public final class BarChart {
    private static final int LABEL = 210;
    private static final int WIDTH = 420;
    private static final int ROW = 30;
    private static final int TOP = 40;

    private final String title;
    private final List<Bar> bars = new ArrayList<>();

    private record Bar(String label, Spread value, boolean ours) {}

    /** @param title with the unit */
    public BarChart(String title) {
        this.title = title;
    }

    /** @param ours whether it is this project's */
    public BarChart bar(String label, Spread value, boolean ours) {
        if (value.runs() > 0) {
            bars.add(new Bar(label, value, ours));
        }
        return this;
    }

    @Override
    public String toString() {
        double most = bars.stream().mapToDouble(bar -> bar.value.most()).max().orElse(1);
        double scale = WIDTH / Math.max(most, 1e-12);
        StringBuilder svg = new StringBuilder();
        int height = TOP + ROW * bars.size() + 10;
        int width = LABEL + WIDTH + 90;
        svg.append(String.format(Locale.ROOT, """
                <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" role="img" font-family="sans-serif" font-size="14">
                <style>text{fill:#222}.ours{fill:#2563eb}.other{fill:#9ca3af}line{stroke:#222}
                @media (prefers-color-scheme:dark){text{fill:#ddd}line{stroke:#ddd}}</style>
                <text x="0" y="20" font-weight="bold">%s</text>
                """, width, height, width, escape(title)));
        for (int i = 0; i < bars.size(); i++) {
            Bar bar = bars.get(i);
            int y = TOP + i * ROW;
            svg.append(String.format(
                    Locale.ROOT,
                    """
                    <text x="%d" y="%d" text-anchor="end">%s</text>
                    <rect class="%s" x="%d" y="%d" width="%.1f" height="%d"/>
                    <line x1="%.1f" y1="%d" x2="%.1f" y2="%d"/>
                    <text x="%.1f" y="%d">%s</text>
                    """,
                    LABEL - 10,
                    y + 16,
                    escape(bar.label),
                    bar.ours ? "ours" : "other",
                    LABEL,
                    y,
                    bar.value.median() * scale,
                    ROW - 8,
                    LABEL + bar.value.least() * scale,
                    y + 11,
                    LABEL + bar.value.most() * scale,
                    y + 11,
                    LABEL + bar.value.most() * scale + 8,
                    y + 16,
                    Spread.text(bar.value.median())));
        }
        return svg.append("</svg>\n").toString();
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }
}
