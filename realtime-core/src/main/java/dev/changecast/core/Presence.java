package dev.changecast.core;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who is connected and in which rooms, as this server knows it. All methods may be called from any thread. */
public interface Presence {
    /** How many users are online. */
    int onlineUsers();

    /** How many rooms there are: those that somebody is in. */
    int roomCount();

    /** Users that are online, at most so many, in the order in which they came. */
    List<OnlineUser> online(int most);

    /** Rooms, at most so many, by name. */
    List<OpenRoom> rooms(int most);

    /** Who is in a room, at most so many, in the order in which they came; empty when there is no such room. */
    List<RoomMember> members(String room, int most);

    /**
     * A user with a connection, or one that was lost a moment ago.
     *
     * @param sessions how many connections; 0 while a reconnect is waited for
     */
    record OnlineUser(String user, int sessions) {}

    /**
     * A room that somebody is in.
     *
     * @param users how many users are there
     * @param sessions how many sessions, those without a user among them
     */
    record OpenRoom(String room, int users, int sessions) {}

    /**
     * A user in a room.
     *
     * @param name what the user is called; null when the identity does not say it
     * @param state what the user shows there, as JSON; null for nothing
     */
    record RoomMember(
            String user, @Nullable String name, @Nullable String state, int sessions) {}
}
