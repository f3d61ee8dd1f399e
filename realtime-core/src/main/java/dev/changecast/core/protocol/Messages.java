package dev.changecast.core.protocol;

import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.Column;
import dev.changecast.api.source.ResetReason;
import dev.changecast.api.transport.Payload;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The messages of the protocol that are not changes. */
public final class Messages {
    private static final DateTimeFormatter MILLISECONDS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    /** No change begins like this, as its channel comes first. */
    private static final byte[] COMMIT = "{\"type\":\"commit\",\"source\":".getBytes(StandardCharsets.US_ASCII);

    private Messages() {}

    /** An instant as it stands in messages: UTC, to the millisecond. */
    public static String timestamp(Instant instant) {
        return MILLISECONDS.format(instant);
    }

    /** What a session is told of a source. */
    public record SourceState(String state, @Nullable String offset) {}

    /**
     * @param id of the command that this answers; null when the handshake alone told who it is
     * @param expiresAt null for never
     */
    public static Payload welcome(
            @Nullable String id,
            String session,
            @Nullable String user,
            Collection<String> roles,
            int heartbeatMillis,
            @Nullable Instant expiresAt,
            Map<String, SourceState> sources) {
        JsonBytes json = answer("welcome", id);
        json.raw(",\"session\":").string(session);
        json.raw(",\"user\":{\"id\":").string(user).raw(",\"roles\":");
        strings(json, roles);
        json.raw("},\"heartbeat_ms\":").decimal(heartbeatMillis);
        json.raw(",\"expires_at\":").string(expiresAt == null ? null : timestamp(expiresAt));
        json.raw(",\"sources\":{");
        String comma = "";
        for (Map.Entry<String, SourceState> source : sources.entrySet()) {
            json.raw(comma).string(source.getKey());
            json.raw(":{\"state\":").string(source.getValue().state());
            json.raw(",\"offset\":").string(source.getValue().offset()).raw('}');
            comma = ",";
        }
        json.raw("},\"server_time\":").string(timestamp(Instant.now())).raw('}');
        return json.toPayload();
    }

    /** @param replaces the channel in whose place this one comes, after it was reset; null for a new subscription */
    public static Payload subscribed(
            @Nullable String id,
            @Nullable String replaces,
            String channel,
            String collection,
            List<String> key,
            List<Column> columns) {
        JsonBytes json = answer("subscribed", id);
        json.raw(",\"channel\":").string(channel);
        if (replaces != null) {
            json.raw(",\"replaces\":").string(replaces);
        }
        json.raw(",\"collection\":").string(collection);
        json.raw(",\"key\":");
        if (key.isEmpty()) {
            json.nil();
        } else {
            strings(json, key);
        }
        json.raw(",\"columns\":[");
        String comma = "";
        for (Column column : columns) {
            json.raw(comma).raw("{\"name\":").string(column.name());
            json.raw(",\"type\":").string(column.type()).raw('}');
            comma = ",";
        }
        return json.raw("]}").toPayload();
    }

    public static Payload ready(String channel, Map<String, String> offsets) {
        JsonBytes json = new JsonBytes().raw("{\"type\":\"ready\",\"channel\":").string(channel);
        return offsets(json, offsets).raw('}').toPayload();
    }

    public static Payload unsubscribed(@Nullable String id, String channel) {
        return answer("unsubscribed", id)
                .raw(",\"channel\":")
                .string(channel)
                .raw('}')
                .toPayload();
    }

    public static Payload reset(String channel, ResetReason reason, Map<String, String> offsets) {
        JsonBytes json = new JsonBytes().raw("{\"type\":\"reset\",\"channel\":").string(channel);
        json.raw(",\"reason\":").string(reason.wireName());
        return offsets(json, offsets).raw('}').toPayload();
    }

    public static Payload heartbeat(Map<String, String> offsets) {
        return offsets(new JsonBytes().raw("{\"type\":\"heartbeat\""), offsets)
                .raw('}')
                .toPayload();
    }

    public static Payload pong(@Nullable String id) {
        return answer("pong", id)
                .raw(",\"server_time\":")
                .string(timestamp(Instant.now()))
                .raw('}')
                .toPayload();
    }

    /**
     * @param count how many notifications follow that waited for the user
     * @param dropped how many had to go
     */
    public static Payload waiting(String channel, int count, int dropped) {
        JsonBytes json =
                new JsonBytes().raw("{\"type\":\"waiting\",\"channel\":").string(channel);
        json.raw(",\"count\":").decimal(count);
        return json.raw(",\"dropped\":").decimal(dropped).raw('}').toPayload();
    }

    /** A command was carried out that has no other answer. */
    public static Payload ok(@Nullable String id) {
        return answer("ok", id).raw('}').toPayload();
    }

    /**
     * A client's message is on its way.
     *
     * @param message what the message is called
     * @param offset its place; null for one that is not kept
     */
    public static Payload sent(@Nullable String id, String message, @Nullable String offset) {
        return answer("ok", id)
                .raw(",\"message_id\":")
                .string(message)
                .raw(",\"offset\":")
                .string(offset)
                .raw('}')
                .toPayload();
    }

    /** @param reason why, when the client did not ask for it */
    public static Payload roomLeft(@Nullable String id, String room, @Nullable String reason) {
        JsonBytes json = answer("room_left", id).raw(",\"room\":").string(room);
        if (reason != null) {
            json.raw(",\"reason\":").string(reason);
        }
        return json.raw('}').toPayload();
    }

    /** Whether it is a commit mark. */
    public static boolean isCommit(Payload message) {
        byte[] json = message.json();
        return json.length > COMMIT.length && Arrays.equals(json, 0, COMMIT.length, COMMIT, 0, COMMIT.length);
    }

    public static Payload commit(String source, @Nullable String tx, String offset) {
        JsonBytes json = new JsonBytes().raw(COMMIT).string(source);
        json.raw(",\"tx\":").string(tx);
        return json.raw(",\"offset\":").string(offset).raw('}').toPayload();
    }

    public static Payload goingAway(int reconnectInMillis) {
        return new JsonBytes()
                .raw("{\"type\":\"going_away\",\"reconnect_in_ms\":")
                .decimal(reconnectInMillis)
                .raw('}')
                .toPayload();
    }

    /** @param context the command's type, or what else the error belongs to */
    public static Payload error(@Nullable String id, ErrorCode code, String context, String message) {
        JsonBytes json = answer("error", id).raw(",\"code\":").decimal(code.number());
        json.raw(",\"name\":").string(code.wireName());
        json.raw(",\"context\":").string(context);
        json.raw(",\"message\":").string(message);
        json.raw(",\"retry\":").raw(Boolean.toString(code.retry()));
        return json.raw(",\"timestamp\":")
                .string(timestamp(Instant.now()))
                .raw('}')
                .toPayload();
    }

    private static JsonBytes answer(String type, @Nullable String id) {
        JsonBytes json = new JsonBytes().raw("{\"type\":").string(type);
        return id == null ? json : json.raw(",\"id\":").raw(id);
    }

    private static JsonBytes offsets(JsonBytes json, Map<String, String> offsets) {
        json.raw(",\"offsets\":{");
        String comma = "";
        for (Map.Entry<String, String> offset : offsets.entrySet()) {
            json.raw(comma).string(offset.getKey()).raw(':').string(offset.getValue());
            comma = ",";
        }
        return json.raw('}');
    }

    private static void strings(JsonBytes json, Collection<String> values) {
        json.raw('[');
        String comma = "";
        for (String value : values) {
            json.raw(comma).string(value);
            comma = ",";
        }
        json.raw(']');
    }
}
