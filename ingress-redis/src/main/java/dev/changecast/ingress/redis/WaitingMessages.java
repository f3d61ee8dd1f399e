package dev.changecast.ingress.redis;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** What was read and has not been taken on yet, bounded by bytes. Thread-safe. */
final class WaitingMessages<M> {
    /** What a message takes besides its text, about. */
    private static final long OVERHEAD = 500;

    private record Entry<M>(M message, long bytes) {}

    private final long mostBytes;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Entry<M>> entries = new ArrayDeque<>();
    private long bytes;
    private boolean closed;

    WaitingMessages(long mostBytes) {
        this.mostBytes = mostBytes;
    }

    /** Adds a message, if there is room; one is taken in any case when none waits. */
    boolean offer(M message, long payloadBytes) {
        lock.lock();
        try {
            long size = OVERHEAD + payloadBytes;
            if (closed || !entries.isEmpty() && bytes + size > mostBytes) {
                return false;
            }
            entries.add(new Entry<>(message, size));
            bytes += size;
            changed.signalAll();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Waits for messages and takes them, so many at most; none are left when it is empty, and none will come. */
    List<M> take(int most) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (entries.isEmpty() && !closed) {
                changed.await();
            }
            List<M> taken = new ArrayList<>();
            while (taken.size() < most && !entries.isEmpty()) {
                Entry<M> entry = entries.remove();
                bytes -= entry.bytes;
                taken.add(entry.message);
            }
            return taken;
        } finally {
            lock.unlock();
        }
    }

    /** Takes nothing more; what is there can still be taken. */
    void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    int size() {
        lock.lock();
        try {
            return entries.size();
        } finally {
            lock.unlock();
        }
    }
}
