package dev.changecast.core.publish;

import dev.changecast.api.source.Position;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Messages that no log holds, between the logged ones that they were published between: each waits until what was
 * published before it has been handed on. One thread adds, one takes.
 */
public final class Unlogged {
    /** How much may wait, which it does only while the disk is slow. */
    private static final long MOST_BYTES = 4L * 1024 * 1024;

    private record Entry(Position after, Publication publication, long bytes) {}

    private final ConcurrentLinkedQueue<Entry> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicLong waitingBytes = new AtomicLong();
    private volatile @Nullable Runnable wake;

    /** @param wake called by the adding thread after each message; it must be cheap */
    public void onAdded(Runnable wake) {
        this.wake = wake;
    }

    /** Adds a message behind everything that was logged up to this position. */
    void add(Position after, Publication publication, long bytes) {
        waitingBytes.addAndGet(bytes);
        waiting.add(new Entry(after, publication, bytes));
        Runnable told = wake;
        if (told != null) {
            told.run();
        }
    }

    boolean isFull() {
        return waitingBytes.get() > MOST_BYTES;
    }

    /** Whether there is a message for who has handed on everything up to this position. */
    public boolean isDue(Position passed) {
        Entry first = waiting.peek();
        return first != null && !first.after.isAfter(passed);
    }

    /** Takes the messages for who has handed on everything up to this position, in order. */
    public void take(Position passed, Consumer<Publication> into) {
        while (isDue(passed)) {
            Entry entry = waiting.poll();
            if (entry != null) {
                waitingBytes.addAndGet(-entry.bytes);
                into.accept(entry.publication);
            }
        }
    }
}
