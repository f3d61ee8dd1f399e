package dev.changecast.server.dashboard;

import dev.changecast.api.source.SourceFigure;
import dev.changecast.core.Distribution;
import dev.changecast.core.SessionLoad;
import dev.changecast.core.Statistics;
import dev.changecast.core.Statistics.LogFigures;
import dev.changecast.core.Statistics.SessionFigures;
import dev.changecast.core.Statistics.SnapshotFigures;
import dev.changecast.core.Statistics.SourceFigures;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What the dashboard knows, as JSON. Times are in seconds, sizes in bytes. */
final class StatisticsJson {
    private static final JsonMapper JSON = new JsonMapper();

    /** How many figures of a source are told: those that it has are few, but its author decides. */
    private static final int MOST_FIGURES = 100;

    private StatisticsJson() {}

    static ObjectNode of(Moment moment) {
        Statistics statistics = moment.statistics();
        ObjectNode json = JSON.createObjectNode();
        json.set("sessions", sessions(statistics.sessions()));
        ArrayNode transports = json.putArray("transports");
        statistics.transports().stream()
                .sorted(Comparator.comparing(Statistics.TransportFigures::name))
                .forEach(transport -> transports
                        .addObject()
                        .put("name", transport.name())
                        .put("open", transport.open())
                        .put("opened", transport.opened())
                        .put("messages_sent", transport.messagesSent())
                        .put("bytes_sent", transport.bytesSent())
                        .put("messages_received", transport.messagesReceived()));
        ObjectNode subscriptions = json.putObject("subscriptions")
                .put("open", statistics.subscriptions().open())
                .put("preparing", statistics.subscriptions().preparing())
                .put("begun", statistics.subscriptions().begun())
                .put("resumed", statistics.subscriptions().resumed())
                .put("conflated", statistics.subscriptions().conflated());
        ObjectNode resets = subscriptions.putObject("resets");
        new TreeMap<>(statistics.subscriptions().resets())
                .forEach((reason, count) -> resets.put(reason.wireName(), count));
        json.set("snapshots", snapshots(statistics.snapshots()));
        json.set("latency", percentiles(Figures.latency(statistics)));
        ObjectNode refused = json.putObject("refused");
        ObjectNode errors = refused.putObject("errors");
        new TreeMap<>(statistics.refusals().errors()).forEach((code, count) -> errors.put(code.wireName(), count));
        ObjectNode closes = refused.putObject("closes");
        new TreeMap<>(statistics.refusals().closes()).forEach((code, count) -> closes.put(code.toString(), count));
        ArrayNode sources = json.putArray("sources");
        statistics.sources().forEach(source -> sources.add(source(source, moment.readiness())));
        ArrayNode routes = json.putArray("routes");
        statistics
                .routes()
                .forEach(route -> routes.addObject()
                        .put("from", route.from())
                        .put("matches", route.matches())
                        .put("delivered", route.delivered()));
        json.set("slowest", slowest(moment.slowest()));
        json.set("process", process(moment.process()));
        ObjectNode beside = json.putObject("beside");
        moment.beside().forEach(beside::set);
        return json;
    }

    private static ObjectNode sessions(SessionFigures sessions) {
        return JSON.createObjectNode()
                .put("open", sessions.open())
                .put("limit", sessions.limit())
                .put("unauthenticated", sessions.unauthenticated())
                .put("online_users", sessions.onlineUsers())
                .put("rooms", sessions.rooms())
                .put("queue_bytes", sessions.queueBytes())
                .put("longest_queue_bytes", sessions.longestQueueBytes())
                .put("behind", sessions.behind())
                .put("fell_behind", sessions.fellBehind())
                .put("dropped_messages", sessions.droppedMessages())
                .put("authentication_failures", sessions.authenticationFailures())
                .put("ended", sessions.ended());
    }

    private static ObjectNode snapshots(SnapshotFigures snapshots) {
        return JSON.createObjectNode()
                .put("reading", snapshots.reading())
                .put("waiting", snapshots.waiting())
                .put("begun", snapshots.begun())
                .put("shared", snapshots.shared())
                .put("failed", snapshots.failed())
                .put("rows", snapshots.rows());
    }

    private static ObjectNode percentiles(Distribution distribution) {
        ObjectNode json = JSON.createObjectNode().put("count", distribution.count());
        json.set("p50", number(distribution.quantile(0.5)));
        json.set("p95", number(distribution.quantile(0.95)));
        json.set("p99", number(distribution.quantile(0.99)));
        return json;
    }

    private static ObjectNode source(SourceFigures source, JsonNode readiness) {
        ObjectNode json = JSON.createObjectNode()
                .put("name", source.name())
                .put("state", source.status().state().name().toLowerCase(Locale.ROOT))
                .put("detail", source.status().detail())
                .put("since", source.status().since().toString());
        json.put("ready", true);
        for (JsonNode said : readiness.path("sources")) {
            if (said.path("name").asString("").equals(source.name())) {
                json.put("ready", said.path("ready").asBoolean(true));
                json.put("reason", said.path("reason").asString(""));
            }
        }
        Object position = source.status().position();
        json.put("position", position == null ? null : position.toString());
        json.set("lag", seconds(source.lag()));
        json.set("silence", seconds(source.silence()));
        json.put("transactions", source.transactions())
                .put("changes", source.changes())
                .put("failures", source.failures())
                .put("matches", source.matches())
                .put("delivered", source.delivered());
        json.set("latency", percentiles(source.latency()));
        LogFigures log = source.log();
        json.putObject("log")
                .put("bytes", log.bytes())
                .put("memory_bytes", log.memoryBytes())
                .put("waiting_bytes", log.waitingBytes())
                .put("held_from", log.heldFrom() == null ? null : log.heldFrom().toString());
        ArrayNode figures = json.putArray("figures");
        ArrayNode problems = json.putArray("problems");
        if (source.report() != null) {
            source.report().figures().stream().limit(MOST_FIGURES).forEach(figure -> figures.add(figure(figure)));
            source.report().problems().forEach(problems::add);
        }
        return json;
    }

    private static ObjectNode figure(SourceFigure figure) {
        ObjectNode json = JSON.createObjectNode().put("name", figure.name()).put("description", figure.description());
        ObjectNode labels = json.putObject("labels");
        new TreeMap<>(figure.labels()).forEach(labels::put);
        json.set("value", number(figure.value()));
        return json;
    }

    static ArrayNode slowest(List<SessionLoad> loads) {
        ArrayNode json = JSON.createArrayNode();
        loads.forEach(load -> json.add(load(load)));
        return json;
    }

    static ObjectNode load(SessionLoad load) {
        return JSON.createObjectNode()
                .put("session", load.session().session())
                .put("user", load.session().user())
                .put("transport", load.session().transport())
                .put("address", load.session().address())
                .put("waiting_bytes", load.waitingBytes())
                .put("stalled", load.stalled().toMillis() / 1000.0)
                .put("behind", load.behind().toMillis() / 1000.0);
    }

    private static ObjectNode process(ProcessFigures process) {
        ObjectNode json = JSON.createObjectNode().put("processors", process.processors());
        json.set("cpu", number(process.cpu()));
        json.set("machine_cpu", number(process.machineCpu()));
        return json.put("heap_used", process.heapUsed())
                .put("heap_max", process.heapMax())
                .put("resident", process.resident())
                .put("threads", process.threads())
                .put("files", process.files())
                .put("files_max", process.filesMax());
    }

    static JsonNode seconds(@Nullable Duration duration) {
        return duration == null ? JSON.nullNode() : number(duration.toNanos() / 1e9);
    }

    /** JSON has no number for what is none. */
    private static JsonNode number(double value) {
        return Double.isNaN(value) || Double.isInfinite(value)
                ? JsonNodeFactory.instance.nullNode()
                : JsonNodeFactory.instance.numberNode(value);
    }
}
