package dev.changecast.core;

import static java.util.Objects.requireNonNull;

import dev.changecast.core.Route.Readers;
import dev.changecast.core.room.RoomPattern;
import org.jspecify.annotations.Nullable;

/**
 * Who may be in the rooms that a pattern names, and who may send to them. Without one nobody may. Of several patterns that
 * match a room's name the most specific decides alone: one without {@code *} before one with, one without a name in braces
 * before one with, then the one with more characters of its own, then the one that was given first.
 *
 * @param pattern a room's name; {@code *} stands for any run of characters, {@code {user}} and {@code {claims.name}} for what
 *     the one who asks has, so that {@code user:{user}} is each user's own room. What somebody lacks matches no room
 * @param join who may join, which is to hear what is sent and who is there; null for nobody
 * @param send who may send, whether they have joined or not; null for nobody but servers
 */
public record Room(
        String pattern, @Nullable Readers join, @Nullable Readers send) {

    /** Throws {@link dev.changecast.api.ChangecastException} with what is wrong with the pattern. */
    public Room {
        requireNonNull(pattern, "pattern is null");
        RoomPattern.of(pattern);
    }

    /** Rooms that nobody may join yet. */
    public static Room pattern(String pattern) {
        return new Room(pattern, null, null);
    }

    /** Those who may join. */
    public Room join(Readers readers) {
        return new Room(pattern, readers, send);
    }

    /** Those who may send. */
    public Room send(Readers senders) {
        return new Room(pattern, join, senders);
    }

    /** Sessions with one of these roles may join and send. */
    public Room roles(String... roles) {
        return join(Readers.roles(roles)).send(Readers.roles(roles));
    }
}
