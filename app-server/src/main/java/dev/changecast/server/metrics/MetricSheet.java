package dev.changecast.server.metrics;

import dev.changecast.core.Distribution;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The metrics of one scrape. Names stand here as Prometheus shows them: what only grows ends with {@code _total}. Labels are
 * names and values by turns.
 */
final class MetricSheet {
    private static final String TOTAL = "_total";

    private final Map<String, GaugeSnapshot.Builder> gauges = new LinkedHashMap<>();
    private final Map<String, CounterSnapshot.Builder> counters = new LinkedHashMap<>();
    private final Map<String, HistogramSnapshot.Builder> histograms = new LinkedHashMap<>();

    /** Whether something of this name is there. */
    boolean has(String name) {
        return gauges.containsKey(name) || counters.containsKey(name) || histograms.containsKey(name);
    }

    MetricSheet gauge(String name, String help, double value, String... labels) {
        gauges.computeIfAbsent(name, key -> GaugeSnapshot.builder().name(key).help(help))
                .dataPoint(GaugeDataPointSnapshot.builder()
                        .value(value)
                        .labels(Labels.of(labels))
                        .build());
        return this;
    }

    /** In seconds; left out where it is not known. */
    MetricSheet gauge(String name, String help, @Nullable Duration value, String... labels) {
        return value == null ? this : gauge(name, help, value.toNanos() / 1e9, labels);
    }

    MetricSheet count(String name, String help, double value, String... labels) {
        if (!name.endsWith(TOTAL)) {
            throw new IllegalArgumentException("what is counted is named ..." + TOTAL + ", not " + name);
        }
        counters.computeIfAbsent(
                        name,
                        key -> CounterSnapshot.builder()
                                .name(key.substring(0, key.length() - TOTAL.length()))
                                .help(help))
                .dataPoint(CounterDataPointSnapshot.builder()
                        .value(value)
                        .labels(Labels.of(labels))
                        .build());
        return this;
    }

    MetricSheet histogram(String name, String help, Distribution times, String... labels) {
        double[] bounds = new double[times.ranges()];
        long[] counts = new long[times.ranges()];
        for (int i = 0; i < bounds.length; i++) {
            bounds[i] = times.bound(i);
            counts[i] = times.count(i);
        }
        histograms
                .computeIfAbsent(
                        name, key -> HistogramSnapshot.builder().name(key).help(help))
                .dataPoint(HistogramDataPointSnapshot.builder()
                        .classicHistogramBuckets(ClassicHistogramBuckets.of(bounds, counts))
                        .sum(times.sum())
                        .labels(Labels.of(labels))
                        .build());
        return this;
    }

    MetricSnapshots snapshots() {
        MetricSnapshots.Builder all = MetricSnapshots.builder();
        gauges.values().forEach(each -> add(all, each::build));
        counters.values().forEach(each -> add(all, each::build));
        histograms.values().forEach(each -> add(all, each::build));
        return all.build();
    }

    private static void add(MetricSnapshots.Builder all, Supplier<? extends MetricSnapshot> one) {
        all.metricSnapshot(one.get());
    }
}
