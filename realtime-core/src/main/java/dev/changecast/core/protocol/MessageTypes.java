package dev.changecast.core.protocol;

import java.util.Set;

/** The {@code type}s that messages of the protocol have, so that nobody else can give them to theirs. */
public final class MessageTypes {
    /** Those that servers may publish. */
    public static final Set<String> PUBLISHABLE = Set.of("notification", "broadcast", "data_update", "chat");

    private static final Set<String> OTHERS = Set.of(
            "welcome",
            "subscribe",
            "subscribed",
            "unsubscribe",
            "unsubscribed",
            "snapshot",
            "ready",
            "reset",
            "commit",
            "heartbeat",
            "error",
            "ok",
            "ping",
            "pong",
            "going_away",
            "waiting",
            "authenticate",
            "join_room",
            "room_joined",
            "leave_room",
            "room_left",
            "room_message",
            "presence",
            "presence_update",
            "presence_diff",
            "user_status");

    private MessageTypes() {}

    /** Whether it is a type of the protocol. */
    public static boolean isReserved(String type) {
        return OTHERS.contains(type) || PUBLISHABLE.contains(type);
    }

    /** Whether it is one that only this server sends. */
    public static boolean isOurs(String type) {
        return OTHERS.contains(type);
    }
}
