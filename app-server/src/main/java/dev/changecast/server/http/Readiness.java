package dev.changecast.server.http;

import dev.changecast.core.SourceStatus;
import dev.changecast.core.SourceStatus.State;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code /readyz}: whether changes arrive. It follows delivery, not process life: each source must be capturing, and a
 * sign of life of its database must have come through capture, log and hub lately, and whatever it brought must have been
 * given to the connections. So a stream that stopped in silence is noticed. What a source says is going wrong at its
 * database counts, too.
 */
public final class Readiness implements Endpoint {
    private static final JsonMapper JSON = new JsonMapper();

    private final Supplier<List<SourceStatus>> sources;
    private final Supplier<Duration> dispatchSilence;
    private final Duration within;
    private final Clock clock;
    private final Map<String, Supplier<? extends JsonNode>> beside;

    /**
     * @param dispatchSilence how long the slowest of the threads that own sessions has not come round
     * @param within how old the last sign of life may be
     * @param beside what else is told, by its name. It decides nothing
     */
    public Readiness(
            Supplier<List<SourceStatus>> sources,
            Supplier<Duration> dispatchSilence,
            Duration within,
            Clock clock,
            Map<String, Supplier<? extends JsonNode>> beside) {
        this.sources = sources;
        this.dispatchSilence = dispatchSilence;
        this.within = within;
        this.clock = clock;
        this.beside = Map.copyOf(beside);
    }

    @Override
    public Reply answer(Request request) {
        ObjectNode body = JSON.createObjectNode();
        ArrayNode list = JSON.createArrayNode();
        String stuck = stuck();
        boolean ready = stuck == null;
        for (SourceStatus status : sources.get()) {
            String reason = unready(status);
            ready &= reason == null;
            ObjectNode source = list.addObject();
            source.put("name", status.name());
            source.put("state", status.state().name().toLowerCase(Locale.ROOT));
            source.put("ready", reason == null);
            if (reason != null) {
                source.put("reason", reason);
            }
            source.put("since", status.since().toString());
            source.put("delivered", text(status.delivered()));
            source.put("position", text(status.position()));
        }
        body.put("ready", ready);
        if (stuck != null) {
            body.put("reason", stuck);
        }
        body.set("sources", list);
        beside.forEach((name, status) -> body.set(name, status.get()));
        return Reply.json(ready ? 200 : 503, body.toString());
    }

    /** Whether the changes of a source arrive. */
    public boolean isReady(SourceStatus status) {
        return unready(status) == null;
    }

    private @Nullable String stuck() {
        Duration silence = dispatchSilence.get();
        return silence.compareTo(within) <= 0
                ? null
                : "a thread that serves clients has been busy with one thing for " + silence.toSeconds()
                        + " s: look at what it does with jstack";
    }

    /** Why a source is not ready, for the operator; null when it is. */
    private @Nullable String unready(SourceStatus status) {
        if (status.state() != State.STREAMING) {
            return status.detail().isEmpty() ? "it is not capturing" : status.detail();
        }
        if (!status.problems().isEmpty()) {
            return String.join("; ", status.problems());
        }
        Instant delivered = status.delivered();
        if (delivered == null) {
            return "nothing has come through from the database yet";
        }
        Duration silence = Duration.between(delivered, clock.instant());
        if (silence.compareTo(within) > 0) {
            return "it says it is capturing, but nothing has come through from the database for " + silence.toSeconds()
                    + " s (allowed are " + within.toSeconds() + " s)";
        }
        return null;
    }

    private static @Nullable String text(@Nullable Object value) {
        return value == null ? null : value.toString();
    }
}
