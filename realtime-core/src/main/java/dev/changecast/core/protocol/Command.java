package dev.changecast.core.protocol;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a client asks for. {@code id} is the JSON of what the client sent, to be echoed, or null. */
public sealed interface Command {
    @Nullable
    String id();

    /**
     * Follow a collection.
     *
     * @param filter a JSON object
     * @param columns null for all
     * @param snapshot whether present rows come first
     * @param orderBy order of the snapshot's rows: names, with {@code -} before a descending one
     * @param limit how many rows the snapshot has at most; 0 for all
     * @param since offsets by source; null when the client does not resume
     * @param channel what the client knew this subscription as; null when it does not resume
     * @param conflate only the latest state of each key while the client is behind
     * @param batch null when messages go out as soon as they can
     */
    record Subscribe(
            @Nullable String id,
            String collection,
            String filter,
            @Nullable List<String> columns,
            boolean snapshot,
            List<String> orderBy,
            int limit,
            @Nullable Map<String, String> since,
            @Nullable String channel,
            boolean conflate,
            @Nullable Batch batch)
            implements Command {}

    /** How messages of a channel are gathered. */
    record Batch(int max, int delayMillis) {}

    record Unsubscribe(@Nullable String id, String channel) implements Command {}

    /**
     * Who the client is, or still is.
     *
     * @param since a JSON object that says where the inbox goes on; null when the client does not resume
     */
    record Authenticate(
            @Nullable String id, String token, @Nullable String since) implements Command {
        @Override
        public String toString() {
            return "Authenticate[id=" + id + ", since=" + since + "]";
        }
    }

    record Ping(@Nullable String id) implements Command {}

    /** What is done in rooms, and from user to user. */
    sealed interface Social extends Command {
        /** The command's name on the wire. */
        String type();
    }

    /**
     * Hear what is sent to a room, and who is there.
     *
     * @param since offsets by source: what came after them comes first; null for what comes from now on
     */
    record JoinRoom(
            @Nullable String id, String room, @Nullable Map<String, String> since) implements Social {
        @Override
        public String type() {
            return "join_room";
        }
    }

    record LeaveRoom(@Nullable String id, String room) implements Social {
        @Override
        public String type() {
            return "leave_room";
        }
    }

    /**
     * Say something to whoever is in a room.
     *
     * @param content JSON
     * @param messageId names the message, so that it can be sent again; null when it will not be
     * @param ephemeral whether it is worth nothing afterwards
     */
    record RoomMessage(
            @Nullable String id,
            String room,
            String content,
            @Nullable String messageId,
            boolean ephemeral) implements Social {
        @Override
        public String type() {
            return "room_message";
        }
    }

    /** Say something to a user; see {@link RoomMessage}. */
    record Chat(
            @Nullable String id,
            String to,
            String content,
            @Nullable String messageId,
            boolean ephemeral) implements Social {
        @Override
        public String type() {
            return "chat";
        }
    }

    /** Ask who is there, in a room or (null) at all. */
    record Presence(@Nullable String id, @Nullable String room) implements Social {
        @Override
        public String type() {
            return "presence";
        }
    }

    /**
     * Show something to those in a room.
     *
     * @param state JSON; null for nothing any more
     */
    record PresenceUpdate(
            @Nullable String id, String room, @Nullable String state) implements Social {
        @Override
        public String type() {
            return "presence_update";
        }
    }
}
