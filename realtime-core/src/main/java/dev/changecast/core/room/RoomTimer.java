package dev.changecast.core.room;

/** Time for what happens later, on one thread; tests have a clock of their own. */
public interface RoomTimer {
    /** As {@link System#nanoTime}. */
    long now();

    /** Runs this at that time or soon after, one task after the other. Any thread. */
    void at(long time, Runnable task);
}
