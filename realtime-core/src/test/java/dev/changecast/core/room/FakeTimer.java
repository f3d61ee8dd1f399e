package dev.changecast.core.room;

import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;

/** Time that a test makes pass. */
final class FakeTimer implements RoomTimer {
    private record Due(long time, Runnable task) {}

    private final PriorityQueue<Due> tasks = new PriorityQueue<>(Comparator.comparingLong(Due::time));
    private long now = Long.MAX_VALUE - Duration.ofMinutes(1).toNanos();

    @Override
    public synchronized long now() {
        return now;
    }

    @Override
    public synchronized void at(long time, Runnable task) {
        // By distance, since the clock may go over the end of its range.
        tasks.add(new Due(time - now + elapsed(), task));
    }

    private long elapsed() {
        return now - (Long.MAX_VALUE - Duration.ofMinutes(1).toNanos());
    }

    /** Lets this time pass, and does what is due. */
    void pass(Duration time) {
        long until = elapsed() + time.toNanos();
        while (true) {
            Runnable task;
            synchronized (this) {
                Due next = tasks.peek();
                if (next == null || next.time > until) {
                    now += until - elapsed();
                    return;
                }
                tasks.remove();
                now += Math.max(0, next.time - elapsed());
                task = next.task;
            }
            task.run();
        }
    }
}
