package dev.changecast.core.room;

import dev.changecast.api.transport.Payload;
import dev.changecast.core.protocol.JsonBytes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The messages of the protocol that tell who is there. */
public final class PresenceMessages {
    private PresenceMessages() {}

    /** @param id of the command that this answers */
    public static Payload joined(@Nullable String id, String room, Listing listing) {
        JsonBytes json =
                answer("room_joined", id).raw(",\"room\":").string(room).raw(",\"members\":");
        return count(list(json, listing), listing.count());
    }

    /**
     * Who is in a room, or online.
     *
     * @param id of the command that this answers; null for what comes by itself
     * @param room null for everybody who is online
     */
    public static Payload presence(@Nullable String id, @Nullable String room, Listing listing) {
        JsonBytes json = answer("presence", id);
        if (room != null) {
            json.raw(",\"room\":").string(room);
        }
        return count(list(json.raw(",\"users\":"), listing), listing.count());
    }

    static Payload difference(String room, Occupancy.News news) {
        JsonBytes json = new JsonBytes(256 + news.joins().length)
                .raw("{\"type\":\"presence_diff\",\"room\":")
                .string(room)
                .raw(",\"joins\":")
                .raw(news.joins())
                .raw(",\"leaves\":[");
        String comma = "";
        for (String user : news.left()) {
            json.raw(comma).string(user);
            comma = ",";
        }
        return count(json.raw(']'), news.count());
    }

    static List<Payload> statuses(Occupancy.News news) {
        List<Payload> statuses = new ArrayList<>();
        news.joined().forEach(user -> statuses.add(status(user, "online")));
        news.left().forEach(user -> statuses.add(status(user, "offline")));
        return statuses;
    }

    private static Payload status(String user, String status) {
        return new JsonBytes(128)
                .raw("{\"type\":\"user_status\",\"user_id\":")
                .string(user)
                .raw(",\"status\":\"")
                .raw(status)
                .raw("\"}")
                .toPayload();
    }

    private static JsonBytes answer(String type, @Nullable String id) {
        JsonBytes json = new JsonBytes().raw("{\"type\":\"").raw(type).raw('"');
        return id == null ? json : json.raw(",\"id\":").raw(id);
    }

    private static JsonBytes list(JsonBytes json, Listing listing) {
        byte[] users = listing.users();
        if (users == null) {
            json.nil();
        } else {
            json.raw(users);
        }
        return json;
    }

    private static Payload count(JsonBytes json, int count) {
        return json.raw(",\"count\":").decimal(count).raw('}').toPayload();
    }
}
