package dev.changecast.server.publish;

import dev.changecast.core.Changecast;
import dev.changecast.core.Presence;
import dev.changecast.server.config.ApiKeys;
import dev.changecast.server.http.DeferredEndpoint;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What servers with an API key may know of who is online, and in which rooms. */
public final class PresenceEndpoints {
    /** How many users or rooms one answer tells of. */
    private static final int MOST = 1000;

    private static final JsonMapper JSON = new JsonMapper();

    private PresenceEndpoints() {}

    /** {@code GET /api/presence}: who is online; with {@code ?room=} who is in a room. */
    public static DeferredEndpoint presence(ApiKeys keys, Operators operators, Changecast changecast) {
        return KeyedEndpoint.ofJson(
                new KeyedAccess(keys, operators, "see who is online"),
                "GET",
                request -> request.parameter("room")
                        .map(room -> members(room, changecast.presence()))
                        .orElseGet(() -> online(changecast.presence())));
    }

    private static JsonNode online(Presence presence) {
        ObjectNode answer = JSON.createObjectNode().put("count", presence.onlineUsers());
        ArrayNode users = answer.putArray("users");
        presence.online(MOST)
                .forEach(user -> users.addObject().put("user_id", user.user()).put("sessions", user.sessions()));
        return answer;
    }

    private static JsonNode members(String room, Presence presence) {
        ObjectNode answer = JSON.createObjectNode().put("room", room);
        ArrayNode users = JSON.createArrayNode();
        for (Presence.RoomMember member : presence.members(room, MOST)) {
            ObjectNode each = users.addObject()
                    .put("user_id", member.user())
                    .put("name", member.name())
                    .put("sessions", member.sessions());
            String state = member.state();
            each.set("state", state == null ? JSON.nullNode() : JSON.readTree(state));
        }
        answer.set("users", users);
        return answer;
    }

    /** {@code GET /api/rooms}: rooms that somebody is in. */
    public static DeferredEndpoint rooms(ApiKeys keys, Operators operators, Changecast changecast) {
        return KeyedEndpoint.ofJson(
                new KeyedAccess(keys, operators, "see rooms"), "GET", request -> rooms(changecast.presence()));
    }

    private static JsonNode rooms(Presence presence) {
        ObjectNode answer = JSON.createObjectNode().put("total", presence.roomCount());
        ArrayNode rooms = answer.putArray("rooms");
        presence.rooms(MOST)
                .forEach(room -> rooms.addObject()
                        .put("room", room.room())
                        .put("users", room.users())
                        .put("sessions", room.sessions()));
        return answer;
    }
}
