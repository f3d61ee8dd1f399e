package dev.changecast.core.publish;

import dev.changecast.api.source.Position;
import java.util.Arrays;
import java.util.function.IntPredicate;

/** What waits for one user, oldest first: numbers only, as there may be hundreds of thousands. Not thread-safe. */
final class Mailbox {
    /** An entry is its number in the store, its position (two), and when it expires with its rank. */
    private static final int WIDTH = 4;

    private static final int RANK_BITS = 2;

    private long[] entries = new long[WIDTH];
    private int size;

    /** How many had to go, of which the user was not told yet. */
    private int dropped;

    /** Looks at an entry. */
    @FunctionalInterface
    interface Visitor {
        void entry(long number, Position position, long expiresSeconds);
    }

    int size() {
        return size;
    }

    int dropped() {
        return dropped;
    }

    void addDropped(int more) {
        dropped += more;
    }

    /** The user was told of so many. */
    void told(int count) {
        dropped = Math.max(0, dropped - count);
    }

    /**
     * @param number above that of all before
     * @param rank what has a lower one goes first
     */
    void add(long number, Position position, long expiresSeconds, int rank) {
        int at = size * WIDTH;
        if (at == entries.length) {
            // Most users have few: half as much again, not twice.
            entries = Arrays.copyOf(entries, (size + (size >> 1) + 1) * WIDTH);
        }
        entries[at] = number;
        entries[at + 1] = position.major();
        entries[at + 2] = position.minor();
        entries[at + 3] = expiresSeconds << RANK_BITS | rank;
        size++;
    }

    /** Takes the oldest of the lowest rank out and counts it as dropped. */
    void dropOne() {
        int found = 0;
        for (int i = 1; i < size; i++) {
            if (rank(i) < rank(found)) {
                found = i;
            }
        }
        remove(found);
        dropped++;
    }

    /** Takes out the entry with this number; whether there was one. */
    boolean removeNumber(long number) {
        for (int i = 0; i < size; i++) {
            if (entries[i * WIDTH] == number) {
                remove(i);
                return true;
            }
        }
        return false;
    }

    /** Takes out the entry at this position; its number, or -1 when there is none. */
    long removePosition(Position position) {
        for (int i = size - 1; i >= 0; i--) {
            int at = i * WIDTH;
            if (entries[at + 1] == position.major() && entries[at + 2] == position.minor()) {
                long number = entries[at];
                remove(i);
                return number;
            }
        }
        return -1;
    }

    private void remove(int index) {
        System.arraycopy(entries, (index + 1) * WIDTH, entries, index * WIDTH, (size - index - 1) * WIDTH);
        size--;
    }

    /** Takes out what has expired; how many that was. */
    int removeExpired(long nowSeconds) {
        return removeIf(i -> expires(i) <= nowSeconds);
    }

    /** Takes out what goes before the limit in the order of {@link #dropOrder}; how many that was. */
    int removeFirst(long limit) {
        return removeIf(i -> dropOrder(rank(i), entries[i * WIDTH]) < limit);
    }

    /** Takes out what has a number up to this; how many that was. */
    int removeNumbersUpTo(long number) {
        return removeIf(i -> entries[i * WIDTH] <= number);
    }

    private int removeIf(IntPredicate leaves) {
        int kept = 0;
        for (int i = 0; i < size; i++) {
            if (!leaves.test(i)) {
                if (kept < i) {
                    System.arraycopy(entries, i * WIDTH, entries, kept * WIDTH, WIDTH);
                }
                kept++;
            }
        }
        int removed = size - kept;
        size = kept;
        return removed;
    }

    /** By what entries go when there are too many of all users: lowest rank first, then oldest. */
    static long dropOrder(int rank, long number) {
        return (long) rank << 60 | number;
    }

    /** Writes the drop orders of all entries; returns where the next goes. */
    int dropOrders(long[] into, int at) {
        for (int i = 0; i < size; i++) {
            into[at + i] = dropOrder(rank(i), entries[i * WIDTH]);
        }
        return at + size;
    }

    void forEach(Visitor visitor) {
        for (int i = 0; i < size; i++) {
            int at = i * WIDTH;
            visitor.entry(entries[at], new Position(entries[at + 1], entries[at + 2]), expires(i));
        }
    }

    private int rank(int index) {
        return (int) (entries[index * WIDTH + 3] & (1 << RANK_BITS) - 1);
    }

    private long expires(int index) {
        return entries[index * WIDTH + 3] >> RANK_BITS;
    }
}
