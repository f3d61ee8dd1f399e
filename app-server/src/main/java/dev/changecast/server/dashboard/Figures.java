package dev.changecast.server.dashboard;

import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.SourceFigure;
import dev.changecast.core.Distribution;
import dev.changecast.core.Refusals;
import dev.changecast.core.SourceStatus;
import dev.changecast.core.Statistics;
import dev.changecast.core.Statistics.SourceFigures;
import dev.changecast.core.Statistics.TransportFigures;
import dev.changecast.core.publish.LiveSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** What is drawn over time: each a value that holds at a moment, or a rate per second since the moment before. */
final class Figures {
    private final List<String> sources;

    /** @param sources their names, without that of published messages */
    Figures(List<String> sources) {
        this.sources = List.copyOf(sources);
    }

    /** The names of the series, in the order of their values. */
    List<String> series() {
        Map<String, Double> names = new LinkedHashMap<>();
        held(null, null, names);
        rates(null, null, 1, names);
        latency(null, null, names);
        return List.copyOf(names.keySet());
    }

    /** The values between two moments. */
    double[] sample(Moment before, Moment now, double seconds) {
        Map<String, Double> values = new LinkedHashMap<>();
        held(now.statistics(), now.process(), values);
        rates(before, now, seconds, values);
        latency(before.statistics(), now.statistics(), values);
        return values.values().stream().mapToDouble(Double::doubleValue).toArray();
    }

    private void held(@Nullable Statistics now, @Nullable ProcessFigures process, Map<String, Double> values) {
        Statistics.SessionFigures sessions = now == null ? null : now.sessions();
        values.put("connections", sessions == null ? 0.0 : sessions.open());
        values.put("users", sessions == null ? 0.0 : sessions.onlineUsers());
        values.put("rooms", sessions == null ? 0.0 : sessions.rooms());
        values.put("behind", sessions == null ? 0.0 : sessions.behind());
        values.put("queue_bytes", sessions == null ? 0.0 : sessions.queueBytes());
        values.put("longest_queue_bytes", sessions == null ? 0.0 : sessions.longestQueueBytes());
        values.put("subscriptions", now == null ? 0.0 : now.subscriptions().open());
        values.put("cpu", process == null ? 0.0 : process.cpu());
        values.put("machine_cpu", process == null ? 0.0 : process.machineCpu());
        values.put("heap", process == null ? 0.0 : process.heapUsed());
        values.put("resident", process == null || process.resident() < 0 ? Double.NaN : process.resident());
        values.put("threads", process == null ? 0.0 : process.threads());
        values.put("database_active", now == null ? Double.NaN : databaseConnections(now, "active"));
        values.put("database_idle", now == null ? Double.NaN : databaseConnections(now, "idle"));
        for (String name : sources) {
            SourceFigures source = now == null ? null : source(now, name);
            boolean streams = source != null && source.status().state() == SourceStatus.State.STREAMING;
            values.put("up." + name, streams ? 1.0 : 0.0);
            values.put(
                    "lag." + name,
                    source == null || source.lag() == null
                            ? Double.NaN
                            : source.lag().toNanos() / 1e9);
        }
    }

    private void rates(@Nullable Moment before, @Nullable Moment now, double seconds, Map<String, Double> values) {
        Rate rate = new Rate(before, now, seconds);
        values.put("sent", rate.of(moment -> transports(moment, TransportFigures::messagesSent)));
        values.put("sent_bytes", rate.of(moment -> transports(moment, TransportFigures::bytesSent)));
        values.put("received", rate.of(moment -> transports(moment, TransportFigures::messagesReceived)));
        values.put("opened", rate.of(moment -> transports(moment, TransportFigures::opened)));
        values.put("ended", rate.of(moment -> moment.statistics().sessions().ended()));
        values.put("dropped", rate.of(moment -> moment.statistics().sessions().droppedMessages()));
        values.put(
                "authentication_failures",
                rate.of(moment -> moment.statistics().sessions().authenticationFailures()));
        values.put("errors", rate.of(moment -> sum(refusals(moment).errors().values())));
        values.put("internal_errors", rate.of(moment -> refusals(moment).of(ErrorCode.INTERNAL)));
        values.put("closes", rate.of(moment -> sum(refusals(moment).closes().values())));
        // A collection is counted when it ends, however long it took.
        values.put("collecting", Math.min(1, rate.of(moment -> moment.process().collecting()) / 1000));
        values.put("published", rate.of(moment -> changes(moment, LiveSource.NAME)));
        double all = 0;
        for (String name : sources) {
            double changes = rate.of(moment -> changes(moment, name));
            values.put("changes." + name, changes);
            all += changes;
        }
        values.put("changes", all);
    }

    /** @param seconds between the moments */
    private record Rate(@Nullable Moment before, @Nullable Moment now, double seconds) {
        double of(ToLongFunction<Moment> count) {
            return before == null || now == null
                    ? 0
                    : Math.max(0, count.applyAsLong(now) - count.applyAsLong(before)) / seconds;
        }
    }

    private static void latency(@Nullable Statistics before, @Nullable Statistics now, Map<String, Double> values) {
        Distribution latest =
                before == null || now == null ? null : latency(now).since(latency(before));
        values.put("latency_p50", latest == null ? Double.NaN : latest.quantile(0.5));
        values.put("latency_p95", latest == null ? Double.NaN : latest.quantile(0.95));
        values.put("latency_p99", latest == null ? Double.NaN : latest.quantile(0.99));
    }

    /** From commit to write, over all sources. */
    static Distribution latency(Statistics statistics) {
        List<Distribution> all = new ArrayList<>();
        for (SourceFigures source : statistics.sources()) {
            all.add(source.latency());
        }
        if (all.isEmpty()) {
            return new Distribution(new double[] {1}, new long[2], 0);
        }
        double[] bounds = new double[all.get(0).ranges() - 1];
        long[] counts = new long[bounds.length + 1];
        double sum = 0;
        for (Distribution one : all) {
            for (int i = 0; i < counts.length; i++) {
                counts[i] += one.count(i);
            }
            sum += one.sum();
        }
        for (int i = 0; i < bounds.length; i++) {
            bounds[i] = all.get(0).bound(i);
        }
        return new Distribution(bounds, counts, sum);
    }

    /**
     * Of all sources that reach their database and tell, as figures whose names end with {@code _connections}; not a number
     * where none does.
     */
    private static double databaseConnections(Statistics now, String state) {
        return now.sources().stream()
                .filter(source -> source.status().state() == SourceStatus.State.STREAMING)
                .map(SourceFigures::report)
                .filter(Objects::nonNull)
                .flatMap(report -> report.figures().stream())
                .filter(figure -> figure.name().endsWith("_connections")
                        && state.equals(figure.labels().get("state")))
                .mapToDouble(SourceFigure::value)
                .reduce(Double::sum)
                .orElse(Double.NaN);
    }

    static @Nullable SourceFigures source(Statistics statistics, String name) {
        return statistics.sources().stream()
                .filter(source -> source.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    private static long changes(Moment moment, String source) {
        SourceFigures figures = source(moment.statistics(), source);
        return figures == null ? 0 : figures.changes();
    }

    private static long transports(Moment moment, ToLongFunction<TransportFigures> count) {
        return moment.statistics().transports().stream().mapToLong(count).sum();
    }

    private static Refusals refusals(Moment moment) {
        return moment.statistics().refusals();
    }

    private static long sum(Iterable<Long> counts) {
        long sum = 0;
        for (long count : counts) {
            sum += count;
        }
        return sum;
    }
}
