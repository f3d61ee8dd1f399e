package dev.changecast.core.log;

import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Position;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The newest part of the log, in memory, and the hand-over between its threads: the capture thread adds, the writer
 * thread takes what waits for the disk, readers look without a lock. A reader holds a number, never a chunk, so that a
 * slow one keeps nothing alive.
 */
final class Tail {
    /** How much may wait for the disk. */
    static final long WAITING_BYTES = 16L * 1024 * 1024;

    private static final int BATCH_BYTES = 8 * 1024 * 1024;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Condition room = lock.newCondition();
    private final Condition told = lock.newCondition();
    private final long memoryBytes;
    private final boolean onlyCopy;
    private final boolean seenWhenDurable;

    /** A ring: the chunk with a number is at the number's lower bits, if it is there. */
    private volatile AtomicReferenceArray<@Nullable Chunk> slots = new AtomicReferenceArray<>(1024);

    private volatile long last;
    private volatile Position head;
    private volatile Position floor;

    /** The last that readers may see, and where it ends: with {@code seenWhenDurable} behind what was appended. */
    private volatile long seen;

    private volatile Position seenHead;
    private volatile int generation;
    private volatile String epoch;
    private volatile Position gapEnd;

    private long first;
    private long written;
    private long readable;
    private long bytes;
    private long waiting;
    private @Nullable Restart restart;
    private boolean telling;
    private boolean closed;

    /**
     * @param epoch empty for a log that has none yet
     * @param gapEnd see {@link Lineage}
     * @param onlyCopy what leaves the memory is gone, so the floor rises with it
     * @param seenWhenDurable whether readers see nothing that could still be lost
     */
    Tail(
            long memoryBytes,
            boolean onlyCopy,
            boolean seenWhenDurable,
            String epoch,
            Position gapEnd,
            long last,
            Position floor,
            Position head) {
        this.epoch = epoch;
        this.gapEnd = gapEnd;
        this.memoryBytes = memoryBytes;
        this.onlyCopy = onlyCopy;
        this.seenWhenDurable = seenWhenDurable;
        this.last = last;
        this.floor = floor;
        this.head = head;
        seen = last;
        seenHead = head;
        first = last + 1;
        written = last;
        readable = last;
    }

    long last() {
        return last;
    }

    Position head() {
        return head;
    }

    /** The number of the last chunk that readers may see. */
    long seen() {
        return seen;
    }

    /** The end of the last chunk that readers may see. */
    Position seenHead() {
        return seenHead;
    }

    boolean isSeenWhenDurable() {
        return seenWhenDurable;
    }

    Position floor() {
        return floor;
    }

    String epoch() {
        return epoch;
    }

    Position gapEnd() {
        return gapEnd;
    }

    /** Grows with each restart. */
    int generation() {
        return generation;
    }

    /** The chunk with this number; null when memory does not hold it. */
    @Nullable
    Chunk get(long sequence) {
        AtomicReferenceArray<@Nullable Chunk> ring = slots;
        Chunk chunk = ring.get((int) sequence & ring.length() - 1);
        return chunk != null && chunk.sequence() == sequence ? chunk : null;
    }

    /** Where to begin so that everything after this position is seen. */
    Place find(Position after) {
        lock.lock();
        try {
            if (after.isBefore(floor)) {
                throw new PositionEvicted(after, floor);
            }
            return new Place(generation, epoch, sequenceAfter(after));
        } finally {
            lock.unlock();
        }
    }

    private long sequenceAfter(Position after) {
        if (!after.isBefore(head)) {
            return last + 1;
        }
        if (first > last || after.isBefore(held(first).start())) {
            return -1;
        }
        long low = first;
        long high = last;
        while (low < high) {
            long middle = (low + high) >>> 1;
            if (held(middle).end().isAfter(after)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    private Chunk held(long sequence) {
        Chunk chunk = get(sequence);
        if (chunk == null) {
            throw new IllegalStateException("chunk " + sequence + " is not among " + first + " to " + last);
        }
        return chunk;
    }

    void add(Chunk chunk) {
        lock.lock();
        try {
            if (last - first + 1 >= slots.length()) {
                grow();
            }
            slots.set((int) chunk.sequence() & slots.length() - 1, chunk);
            last = chunk.sequence();
            head = chunk.end();
            if (!seenWhenDurable) {
                seenHead = head;
                seen = last;
            }
            bytes += chunk.memory();
            waiting += chunk.bytes();
            evict();
            work.signal();
        } finally {
            lock.unlock();
        }
    }

    private void grow() {
        AtomicReferenceArray<@Nullable Chunk> larger = new AtomicReferenceArray<>(2 * slots.length());
        for (long sequence = first; sequence <= last; sequence++) {
            larger.set((int) sequence & larger.length() - 1, held(sequence));
        }
        slots = larger;
    }

    private void evict() {
        while (bytes > memoryBytes && first <= Math.min(readable, written)) {
            evictFirst();
        }
    }

    private void evictFirst() {
        Chunk chunk = held(first);
        if (onlyCopy) {
            floor = chunk.end();
        }
        slots.set((int) first & slots.length() - 1, null);
        bytes -= chunk.memory();
        first++;
    }

    /** Waits until not too much waits for the disk. */
    boolean awaitRoom(Duration wait) throws InterruptedException {
        long nanos = wait.toNanos();
        lock.lockInterruptibly();
        try {
            while (waiting > WAITING_BYTES) {
                if (nanos <= 0) {
                    return false;
                }
                nanos = room.awaitNanos(nanos);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Forgets everything. When this returns nothing durable of the old epoch is being told any more. */
    void restart(String newEpoch, Checkpoint from) {
        lock.lock();
        try {
            while (telling) {
                told.awaitUninterruptibly();
            }
            generation++;
            gapEnd = newEpoch.equals(epoch) ? from.position() : Position.ZERO;
            epoch = newEpoch;
            while (first <= last) {
                evictFirst();
            }
            written = last;
            readable = last;
            waiting = 0;
            floor = from.position();
            head = from.position();
            seenHead = head;
            seen = last;
            restart = new Restart(newEpoch, from, gapEnd, last + 1);
            work.signal();
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits for something to write, at most so long. Null when the log is closed and nothing waits. */
    @Nullable
    Work awaitWork(Duration wait) {
        long nanos = wait.toNanos();
        lock.lock();
        try {
            while (restart == null && written == last && !closed && nanos > 0) {
                nanos = work.awaitNanos(nanos);
            }
            if (closed && restart == null && written == last) {
                return null;
            }
            List<Chunk> frames = new ArrayList<>();
            long size = 0;
            for (long sequence = written + 1; sequence <= last && size < BATCH_BYTES; sequence++) {
                Chunk chunk = held(sequence);
                size += chunk.bytes();
                frames.add(chunk);
            }
            return new Work(generation, restart, frames);
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts the log's writer", e);
        } finally {
            lock.unlock();
        }
    }

    /** The new epoch has been begun on disk. */
    void restarted(Work done) {
        lock.lock();
        try {
            if (restart == done.restart()) {
                restart = null;
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * The first frames of a batch are on disk, and the store can give everything up to {@code nowReadable}.
     *
     * @return whether that still matters and {@link #told} must be called, after a checkpoint was told
     */
    boolean written(Work done, int count, long nowReadable) {
        lock.lock();
        try {
            if (done.generation() != generation) {
                return false;
            }
            for (Chunk chunk : done.frames().subList(0, count)) {
                written = chunk.sequence();
                waiting -= chunk.bytes();
                if (seenWhenDurable) {
                    seenHead = chunk.end();
                }
            }
            if (seenWhenDurable) {
                seen = written;
            }
            readable = nowReadable;
            evict();
            room.signalAll();
            telling = true;
            return true;
        } finally {
            lock.unlock();
        }
    }

    void told() {
        lock.lock();
        try {
            telling = false;
            told.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** What is below goes; a floor that is higher already stays. */
    void raiseFloor(int ofGeneration, Store.Eviction eviction) {
        lock.lock();
        try {
            if (ofGeneration != generation) {
                return;
            }
            while (first <= last && first < eviction.firstSequence()) {
                evictFirst();
            }
            if (eviction.floor().isAfter(floor)) {
                floor = eviction.floor();
            }
        } finally {
            lock.unlock();
        }
    }

    /** What is only on disk is of no use any more: the log now begins with what memory holds. */
    void raiseFloorToMemory() {
        lock.lock();
        try {
            floor = first > last ? head : held(first).start();
        } finally {
            lock.unlock();
        }
    }

    /** What memory holds: its size, what of it waits for the disk, and the number of the first. */
    Held held() {
        lock.lock();
        try {
            return new Held(bytes, waiting, first);
        } finally {
            lock.unlock();
        }
    }

    long waitingBytes() {
        lock.lock();
        try {
            return waiting;
        } finally {
            lock.unlock();
        }
    }

    /** Lets the writer pause before it tries again; closing ends the pause. */
    boolean pause(Duration wait) {
        long nanos = TimeUnit.NANOSECONDS.convert(wait);
        lock.lock();
        try {
            while (!closed && nanos > 0) {
                nanos = work.awaitNanos(nanos);
            }
            return !closed;
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts the log's writer", e);
        } finally {
            lock.unlock();
        }
    }

    void close() {
        lock.lock();
        try {
            closed = true;
            work.signalAll();
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Where a reader begins.
     *
     * @param sequence -1 when that is no longer in memory
     */
    record Place(int generation, String epoch, long sequence) {}

    /** What memory holds. */
    record Held(long bytes, long waiting, long first) {}

    /** A new epoch to begin on disk. */
    record Restart(String epoch, Checkpoint from, Position gapEnd, long firstSequence) {}

    /** What the writer is to do: first the restart, then the frames. */
    record Work(int generation, @Nullable Restart restart, List<Chunk> frames) {}
}
