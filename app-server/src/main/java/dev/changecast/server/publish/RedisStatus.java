package dev.changecast.server.publish;

import dev.changecast.ingress.redis.RedisIngress;
import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What operators are told of the messages from Redis: whether they can come, and what became of them. */
public final class RedisStatus {
    private static final JsonMapper JSON = new JsonMapper();

    private RedisStatus() {}

    public static JsonNode of(RedisIngress redis) {
        RedisIngress.Counts counts = redis.counts();
        ObjectNode status =
                JSON.createObjectNode().put("state", redis.state().name().toLowerCase(Locale.ROOT));
        String reason = redis.reason();
        if (reason != null) {
            status.put("reason", reason);
        }
        return status.put("received", counts.received())
                .put("published", counts.published())
                .put("refused", counts.refused())
                .put("dropped", counts.dropped())
                .put("waiting", counts.waiting());
    }
}
