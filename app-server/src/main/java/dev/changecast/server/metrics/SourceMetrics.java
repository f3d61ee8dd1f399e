package dev.changecast.server.metrics;

import dev.changecast.api.source.SourceFigure;
import dev.changecast.api.source.SourceReport;
import dev.changecast.core.SourceStatus.State;
import dev.changecast.core.Statistics.LogFigures;
import dev.changecast.core.Statistics.RouteFigures;
import dev.changecast.core.Statistics.SourceFigures;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is told of sources, their logs and the routes. */
final class SourceMetrics {
    private static final Logger LOG = LoggerFactory.getLogger(SourceMetrics.class);

    /** What names of others begin with, which no source may take. */
    private static final List<String> TAKEN = List.of("jvm_", "process_", "system_", "websocket_");

    private final MetricSheet sheet;

    SourceMetrics(MetricSheet sheet) {
        this.sheet = sheet;
    }

    /** @param ready whether {@code /readyz} says so of it */
    void add(SourceFigures source, boolean ready) {
        String name = source.name();
        sheet.gauge(
                "changecast_source_ready",
                "Whether its changes arrive, as /readyz tells.",
                ready ? 1 : 0,
                "source",
                name);
        for (State state : State.values()) {
            sheet.gauge(
                    "changecast_source_state",
                    "1 for the state that the source is in.",
                    source.status().state() == state ? 1 : 0,
                    "source",
                    name,
                    "state",
                    state.name().toLowerCase(Locale.ROOT));
        }
        sheet.count(
                        "changecast_source_transactions_total",
                        "Transactions that came from it.",
                        source.transactions(),
                        "source",
                        name)
                .count(
                        "changecast_source_changes_total",
                        "Rows that changed in them.",
                        source.changes(),
                        "source",
                        name)
                .count(
                        "changecast_source_failures_total",
                        "How often it failed and was begun again.",
                        source.failures(),
                        "source",
                        name)
                .gauge(
                        "changecast_source_lag_seconds",
                        "From the commit of its last transaction until it came here; absent when none came for a minute.",
                        source.lag(),
                        "source",
                        name)
                .gauge(
                        "changecast_source_silence_seconds",
                        "Since a sign of life came through capture, log, hub and sessions.",
                        source.silence(),
                        "source",
                        name)
                .count(
                        "changecast_source_matches_total",
                        "Its changes, each in one view, that somebody follows.",
                        source.matches(),
                        "source",
                        name)
                .count(
                        "changecast_source_delivered_total",
                        "Messages made of them that went into sessions' queues.",
                        source.delivered(),
                        "source",
                        name)
                .histogram(
                        "changecast_commit_to_write_seconds",
                        "From a commit until all was given to the connections that is live.",
                        source.latency(),
                        "source",
                        name);
        source.resets()
                .forEach((reason, count) -> sheet.count(
                        "changecast_source_resets_total",
                        "How often its log began anew.",
                        count,
                        "source",
                        name,
                        "reason",
                        reason.wireName()));
        log(source.log(), name);
        SourceReport report = source.report();
        if (report != null) {
            report.figures().forEach(figure -> own(figure, name));
        }
    }

    private void log(LogFigures log, String name) {
        Instant from = log.heldFrom();
        sheet.gauge("changecast_log_bytes", "The size of its log.", log.bytes(), "source", name)
                .gauge("changecast_log_memory_bytes", "How much of it is in memory.", log.memoryBytes(), "source", name)
                .gauge("changecast_log_waiting_bytes", "What is not on disk yet.", log.waitingBytes(), "source", name)
                .gauge(
                        "changecast_log_floor_age_seconds",
                        "How far back the log reaches.",
                        from == null ? null : Duration.between(from, Instant.now()),
                        "source",
                        name);
    }

    private void own(SourceFigure figure, String source) {
        if (TAKEN.stream().anyMatch(figure.name()::startsWith)) {
            LOG.debug("source {} may not tell {}", source, figure.name());
            return;
        }
        List<String> labels = new ArrayList<>(List.of("source", source));
        new TreeMap<>(figure.labels()).forEach((name, value) -> {
            if (!name.equals("source")) {
                labels.add(name);
                labels.add(value);
            }
        });
        String[] all = labels.toArray(String[]::new);
        if (figure.isCount()) {
            sheet.count(figure.name(), figure.description(), figure.value(), all);
        } else {
            sheet.gauge(figure.name(), figure.description(), figure.value(), all);
        }
    }

    void add(RouteFigures route) {
        sheet.count(
                        "changecast_route_matches_total",
                        "Changes, each in one view, that somebody follows.",
                        route.matches(),
                        "route",
                        route.from())
                .count(
                        "changecast_route_delivered_total",
                        "Messages made of them that went into sessions' queues.",
                        route.delivered(),
                        "route",
                        route.from());
    }
}
