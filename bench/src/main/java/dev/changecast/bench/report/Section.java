package dev.changecast.bench.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What one benchmark has found. For one thread. */
public final class Section {
    private final String name;
    private final String title;
    private final StringBuilder body = new StringBuilder();
    private final List<Target> targets = new ArrayList<>();
    private final Map<String, BarChart> charts = new LinkedHashMap<>();

    public Section(String name, String title) {
        this.name = name;
        this.title = title;
    }

    public String name() {
        return name;
    }

    public Section text(String paragraph) {
        body.append(paragraph).append("\n\n");
        return this;
    }

    public Section table(Table table) {
        body.append(table).append('\n');
        return this;
    }

    public Section target(Target target) {
        targets.add(target);
        return this;
    }

    /** @param alternative what it shows, for those who do not see it */
    public Section chart(String file, String alternative, BarChart chart) {
        charts.put(file, chart);
        body.append("![").append(alternative).append("](images/").append(file).append(")\n\n");
        return this;
    }

    /** The plots by the names of their files. */
    public Map<String, BarChart> charts() {
        return charts;
    }

    /** @param where machine, versions and command */
    public String markdown(String where) {
        StringBuilder text = new StringBuilder("## " + title + "\n\n").append(body);
        if (!targets.isEmpty()) {
            Table table = new Table("target", "wanted", "measured", "");
            targets.forEach(target -> table.row(
                    target.what(), target.wanted(), Spread.text(target.figure()) + target.unit(), target.verdict()));
            text.append(table).append('\n');
        }
        return text.append(where).append('\n').toString();
    }
}
