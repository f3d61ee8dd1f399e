package dev.changecast.server.e2e;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A change as a client got it. */
record Change(
        String action,
        String channel,
        String source,
        @Nullable JsonNode key,
        @Nullable JsonNode data,
        @Nullable JsonNode old,
        Offset offset,
        String tx,
        boolean commits,
        JsonNode message) {

    static Change of(JsonNode message) {
        return new Change(
                message.path("action").asString(),
                message.path("channel").asString(),
                message.path("source").asString(),
                message.get("key"),
                message.get("data"),
                message.get("old"),
                Offset.parse(message.path("offset").asString()),
                message.path("tx").asString(),
                message.path("commit").asBoolean(false),
                message);
    }

    int number(String column) {
        return data == null ? -1 : data.path(column).asInt();
    }
}
