package dev.changecast.core.publish;

import dev.changecast.api.source.Position;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The ids of the messages that were published lately, so that one that is published again is known. Of each it keeps a
 * hash, since ids may be long and many. Used by one thread.
 */
final class RecentIds {
    /** For so long an id is remembered. */
    static final Duration REMEMBERED = Duration.ofMinutes(10);

    /** How many are, at most: some 60 MB. */
    private static final int MOST = 500_000;

    /** The first half of an id's SHA-256: nobody finds two ids that have the same. */
    private record Key(long high, long low) {}

    /** @param position null for a message that was not logged */
    private record Entry(Key key, @Nullable Position position, long nanos) {}

    /** @param position where the message is; null when it was not logged */
    record Known(@Nullable Position position) {}

    private final Map<Key, Entry> byKey = new HashMap<>();
    private final ArrayDeque<Entry> oldestFirst = new ArrayDeque<>();
    private final MessageDigest digest;
    private final int most;

    RecentIds() {
        this(MOST);
    }

    RecentIds(int most) {
        this.most = most;
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** @param now {@link System#nanoTime} */
    @Nullable
    Known find(String id, long now) {
        forget(now);
        Entry entry = byKey.get(key(id));
        return entry == null ? null : new Known(entry.position);
    }

    /** @param at {@link System#nanoTime} when it was published, never before that of the one added before */
    void add(String id, @Nullable Position position, long at) {
        Entry entry = new Entry(key(id), position, at);
        if (byKey.putIfAbsent(entry.key, entry) == null) {
            oldestFirst.add(entry);
        }
        if (byKey.size() > most) {
            byKey.remove(oldestFirst.remove().key);
        }
    }

    private void forget(long now) {
        for (Entry oldest = oldestFirst.peek();
                oldest != null && now - oldest.nanos > REMEMBERED.toNanos();
                oldest = oldestFirst.peek()) {
            byKey.remove(oldestFirst.remove().key);
        }
    }

    private Key key(String id) {
        ByteBuffer hash = ByteBuffer.wrap(digest.digest(id.getBytes(StandardCharsets.UTF_8)));
        return new Key(hash.getLong(), hash.getLong());
    }

    int size() {
        return byKey.size();
    }
}
