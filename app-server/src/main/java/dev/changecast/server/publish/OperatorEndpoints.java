package dev.changecast.server.publish;

import dev.changecast.server.config.ApiKeys;
import dev.changecast.server.http.DeferredEndpoint;
import dev.changecast.server.log.Logging;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What operators with an API key may do with the server itself. */
public final class OperatorEndpoints {
    private static final long MOST_SECONDS = 3600;
    private static final JsonMapper JSON = new JsonMapper();

    private OperatorEndpoints() {}

    /** Lets clients go. */
    @FunctionalInterface
    public interface Drain {
        /**
         * @param over from when the first is told until when the last is; null for the usual time
         * @return how many sessions are left
         */
        int begin(@Nullable Duration over);
    }

    /** {@code POST /api/drain}: {@code {"over_s"?}}. Again, it tells how many sessions are left. */
    public static DeferredEndpoint drain(ApiKeys keys, Drain drain) {
        return KeyedEndpoint.ofJson(new KeyedAccess(keys, "drain"), "POST", request -> {
            JsonNode fields = SessionEndpoints.fields(request);
            SessionEndpoints.onlyKnown(fields, Set.of("over_s"));
            return JSON.createObjectNode().put("draining", true).put("sessions", drain.begin(over(fields)));
        });
    }

    private static @Nullable Duration over(JsonNode fields) {
        JsonNode seconds = fields.get("over_s");
        if (seconds == null || seconds.isNull()) {
            return null;
        }
        if (!seconds.isIntegralNumber() || seconds.asLong(-1) < 0 || seconds.asLong(-1) > MOST_SECONDS) {
            throw new IllegalArgumentException("\"over_s\" is a number of seconds, 0 to " + MOST_SECONDS);
        }
        return Duration.ofSeconds(seconds.asLong());
    }

    /** {@code POST /api/log-level}: {@code {"level"?, "logger"?}}, from now on until the server ends; tells what holds. */
    public static DeferredEndpoint logLevel(ApiKeys keys) {
        return KeyedEndpoint.ofJson(new KeyedAccess(keys, "change what is logged"), "POST", request -> {
            JsonNode fields = SessionEndpoints.fields(request);
            SessionEndpoints.onlyKnown(fields, Set.of("level", "logger"));
            String logger = SessionEndpoints.text(fields, "logger");
            String level = SessionEndpoints.text(fields, "level");
            if (level != null) {
                Logging.change(logger == null ? Logging.OWN : logger, level);
            } else if (logger != null) {
                throw new IllegalArgumentException(
                        "say which \"level\": " + String.join(", ", Logging.LEVELS) + ", or default");
            }
            ObjectNode levels = JSON.createObjectNode();
            Logging.levels().forEach(levels::put);
            return JSON.createObjectNode().set("levels", levels);
        });
    }
}
