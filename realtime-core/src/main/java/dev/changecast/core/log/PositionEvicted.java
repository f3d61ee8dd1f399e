package dev.changecast.core.log;

import dev.changecast.api.source.Position;

/** What a reader wants next has left the log, or the log has begun a new epoch. */
public final class PositionEvicted extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Position floor;

    PositionEvicted(Position wanted, Position floor) {
        super("the log no longer holds what follows " + wanted + ", only what follows " + floor, null, false, false);
        this.floor = floor;
    }

    /** Where the log begins now. */
    public Position floor() {
        return floor;
    }
}
