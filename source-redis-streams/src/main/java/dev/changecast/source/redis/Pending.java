package dev.changecast.source.redis;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Protocol.Command;

/** Which entries a consumer was given and has not confirmed, and how often each was handed out. */
final class Pending {
    static final int PAGE = 100;

    private Pending() {}

    /** The next page behind this entry, empty at the end. */
    static Map<EntryId, Long> page(RedisConnection redis, String stream, String group, String consumer, EntryId after) {
        return read(redis.call(Command.XPENDING, stream, group, "(" + after, "+", PAGE, consumer));
    }

    /** What XPENDING answers, in the order of the stream. */
    static Map<EntryId, Long> read(@Nullable Object reply) {
        Map<EntryId, Long> page = new TreeMap<>();
        if (reply instanceof List<?> list) {
            for (Object element : list) {
                List<?> parts = (List<?>) element;
                page.put(EntryId.parse((byte[]) parts.get(0)), (Long) parts.get(3));
            }
        }
        return page;
    }
}
