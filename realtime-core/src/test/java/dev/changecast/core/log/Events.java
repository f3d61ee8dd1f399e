package dev.changecast.core.log;

import dev.changecast.api.source.Checkpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Records what a log tells, and waits for it. */
final class Events implements LogEvents {
    static final Duration LONG = Duration.ofSeconds(20);

    private final List<Checkpoint> durable = new ArrayList<>();
    private final List<String> blocked = new ArrayList<>();
    private int unblocked;
    private int appended;

    @Override
    public synchronized void appended() {
        appended++;
    }

    @Override
    public synchronized void durable(Checkpoint checkpoint) {
        durable.add(checkpoint);
        notifyAll();
    }

    @Override
    public synchronized void blocked(String why) {
        blocked.add(why);
        notifyAll();
    }

    @Override
    public synchronized void unblocked() {
        unblocked++;
        notifyAll();
    }

    synchronized int appendedCount() {
        return appended;
    }

    synchronized List<Checkpoint> durable() {
        return List.copyOf(durable);
    }

    synchronized List<String> blocked() {
        return List.copyOf(blocked);
    }

    synchronized int unblockedCount() {
        return unblocked;
    }

    void awaitDurable(Checkpoint checkpoint) {
        await("durable " + checkpoint, events -> events.durable.contains(checkpoint));
    }

    synchronized void await(String what, Predicate<Events> condition) {
        long deadline = System.nanoTime() + LONG.toNanos();
        while (!condition.test(this)) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new AssertionError("not in time: " + what + "; durable " + durable + ", blocked " + blocked);
            }
            try {
                wait(left);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }
}
