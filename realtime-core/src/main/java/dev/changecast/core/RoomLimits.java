package dev.changecast.core;

/**
 * How much rooms take on.
 *
 * @param perSession how many rooms one session may be in
 * @param members how many sessions may be in one room
 */
public record RoomLimits(int perSession, int members) {
    public static final RoomLimits DEFAULT = new RoomLimits(100, 10_000);

    public RoomLimits {
        if (perSession < 1 || members < 1) {
            throw new IllegalArgumentException("a session is in 1 room or more, and a room has 1 member or more, not "
                    + perSession + " and " + members);
        }
    }
}
