package dev.changecast.core.publish;

import dev.changecast.api.source.Position;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToIntFunction;
import java.util.function.ToLongFunction;

/** Which notifications wait for whom, in memory and bounded; what is in them is on disk. Thread-safe. */
final class WaitingIndex {
    /** So that whoever looks through all of them holds up few of those who look for one. */
    private static final int SHARDS = 64;

    /** When there are too many, so many parts in a hundred go, so that this is not done for each. */
    private static final int PERCENT_TO_GO = 2;

    /** What there is for a user. */
    record Entry(long number, Position position) {}

    /** What there is for a user, and how many had to go. */
    record Waiting(List<Entry> entries, int dropped) {
        static final Waiting NOTHING = new Waiting(List.of(), 0);
    }

    private static final class Shard {
        private final Map<String, Mailbox> mailboxes = new HashMap<>();
    }

    private final Shard[] shards = new Shard[SHARDS];
    private final int perUser;
    private final int most;
    private final AtomicInteger size = new AtomicInteger();

    /**
     * @param perUser how many wait for one user
     * @param most how many wait in all
     */
    WaitingIndex(int perUser, int most) {
        this.perUser = perUser;
        this.most = most;
        Arrays.setAll(shards, i -> new Shard());
    }

    private Shard shard(String user) {
        int hash = user.hashCode();
        return shards[(hash ^ hash >>> 16) & SHARDS - 1];
    }

    /** How many wait. */
    int size() {
        return size.get();
    }

    /** For how many users something waits. */
    int users() {
        int users = 0;
        for (Shard shard : shards) {
            synchronized (shard) {
                users += shard.mailboxes.size();
            }
        }
        return users;
    }

    /** Adds what waits; of one user's too many the oldest of the lowest rank goes. One thread. */
    void add(String user, long number, Position position, long expiresSeconds, int rank, long nowSeconds) {
        Shard shard = shard(user);
        synchronized (shard) {
            Mailbox mailbox = shard.mailboxes.computeIfAbsent(user, name -> new Mailbox());
            mailbox.add(number, position, expiresSeconds, rank);
            size.incrementAndGet();
            if (mailbox.size() > perUser) {
                size.addAndGet(-mailbox.removeExpired(nowSeconds));
            }
            while (mailbox.size() > perUser) {
                mailbox.dropOne();
                size.decrementAndGet();
            }
        }
    }

    /**
     * Lets some go when there are too many in all. One thread, the one that adds.
     *
     * @return how many went; 0 when there are not too many
     */
    int makeRoom() {
        if (size.get() <= most) {
            return 0;
        }
        long[] orders = new long[size.get() + 16];
        int count = 0;
        for (Shard shard : shards) {
            synchronized (shard) {
                for (Mailbox mailbox : shard.mailboxes.values()) {
                    if (count + mailbox.size() > orders.length) {
                        orders = Arrays.copyOf(orders, count + mailbox.size() + 1024);
                    }
                    count = mailbox.dropOrders(orders, count);
                }
            }
        }
        int excess = count - most + most * PERCENT_TO_GO / 100;
        if (excess <= 0 || count == 0) {
            return 0;
        }
        Arrays.sort(orders, 0, count);
        long limit = excess < count ? orders[excess] : Long.MAX_VALUE;
        // One message to several users has one number in all their mailboxes: they keep it, or lose it, together.
        if (limit == orders[0]) {
            limit++;
        }
        long before = limit;
        return remove(true, mailbox -> mailbox.removeFirst(before));
    }

    /** Lets go what has expired; how many. */
    int removeExpired(long nowSeconds) {
        return remove(false, mailbox -> mailbox.removeExpired(nowSeconds));
    }

    /** Lets go what the disk no longer holds; how many. */
    int removeNumbersUpTo(long number) {
        return remove(true, mailbox -> mailbox.removeNumbersUpTo(number));
    }

    /** @param dropped whether it went before its time, of which a user who still has something is told */
    private int remove(boolean dropped, ToIntFunction<Mailbox> removal) {
        int all = 0;
        for (Shard shard : shards) {
            synchronized (shard) {
                for (Iterator<Mailbox> mailboxes = shard.mailboxes.values().iterator(); mailboxes.hasNext(); ) {
                    Mailbox mailbox = mailboxes.next();
                    int removed = removal.applyAsInt(mailbox);
                    all += removed;
                    size.addAndGet(-removed);
                    if (dropped) {
                        mailbox.addDropped(removed);
                    }
                    if (mailbox.size() == 0) {
                        // Also of one who would have to be told: memory must not grow with those who never come.
                        mailboxes.remove();
                    }
                }
            }
        }
        return all;
    }

    /** Whether something waits for a user. */
    boolean has(String user, long nowSeconds) {
        return !of(user, nowSeconds).entries.isEmpty();
    }

    /** What waits for a user, oldest first. */
    Waiting of(String user, long nowSeconds) {
        Shard shard = shard(user);
        synchronized (shard) {
            Mailbox mailbox = shard.mailboxes.get(user);
            if (mailbox == null) {
                return Waiting.NOTHING;
            }
            List<Entry> entries = new ArrayList<>(mailbox.size());
            mailbox.forEach((number, position, expires) -> {
                if (expires > nowSeconds) {
                    entries.add(new Entry(number, position));
                }
            });
            return new Waiting(entries, mailbox.dropped());
        }
    }

    /** It no longer waits; its number, or -1 when it did not. */
    long remove(String user, Position position) {
        return remove(user, mailbox -> mailbox.removePosition(position));
    }

    /** It no longer waits; whether it did. */
    boolean remove(String user, long number) {
        return remove(user, mailbox -> mailbox.removeNumber(number) ? number : -1) >= 0;
    }

    private long remove(String user, ToLongFunction<Mailbox> removal) {
        Shard shard = shard(user);
        synchronized (shard) {
            Mailbox mailbox = shard.mailboxes.get(user);
            long number = mailbox == null ? -1 : removal.applyAsLong(mailbox);
            if (mailbox != null && number >= 0) {
                size.decrementAndGet();
                clear(shard, user, mailbox);
            }
            return number;
        }
    }

    /** The user was told of so many that had to go. */
    void told(String user, int dropped) {
        Shard shard = shard(user);
        synchronized (shard) {
            Mailbox mailbox = shard.mailboxes.get(user);
            if (mailbox != null) {
                mailbox.told(dropped);
                clear(shard, user, mailbox);
            }
        }
    }

    private static void clear(Shard shard, String user, Mailbox mailbox) {
        if (mailbox.size() == 0) {
            shard.mailboxes.remove(user);
        }
    }
}
