package dev.changecast.source.redis;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * What {@code XINFO STREAM} tells.
 *
 * @param last the last id that was ever given in it; zero for a stream that is not there
 * @param first the first entry that is there; null when there is none
 * @param added how many entries were ever added; -1 where Redis does not tell (before 7)
 * @param deleted the greatest id that {@code XDEL} removed; null where Redis does not tell
 */
record StreamState(
        boolean exists,
        long length,
        EntryId last,
        @Nullable EntryId first,
        long added,
        @Nullable EntryId deleted) {
    static final StreamState MISSING = new StreamState(false, 0, EntryId.ZERO, null, 0, EntryId.ZERO);

    /** @param reply that of the command, or the error that stands for it */
    static StreamState of(@Nullable Object reply) {
        if (reply instanceof JedisDataException refused) {
            if (String.valueOf(refused.getMessage()).contains("no such key")) {
                return MISSING;
            }
            throw refused;
        }
        Map<String, Object> told = map((List<?>) Objects.requireNonNull(reply));
        Object first = told.get("first-entry");
        Object added = told.get("entries-added");
        Object deleted = told.get("max-deleted-entry-id");
        return new StreamState(
                true,
                (Long) told.get("length"),
                EntryId.parse((byte[]) told.get("last-generated-id")),
                first == null ? null : StreamEntry.of(first).id(),
                added == null ? -1 : (Long) added,
                deleted == null ? null : EntryId.parse((byte[]) deleted));
    }

    /** Names and values by turns, as Redis answers in its older protocol. */
    static Map<String, Object> map(List<?> pairs) {
        Map<String, Object> map = new HashMap<>();
        for (int i = 0; i + 1 < pairs.size(); i += 2) {
            map.put(RedisConnection.text(pairs.get(i)), pairs.get(i + 1));
        }
        return map;
    }

    /** How many entries were ever removed; -1 where Redis does not tell. */
    long removed() {
        return added < 0 ? -1 : added - length;
    }
}
