package dev.changecast.source.redis;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import redis.clients.jedis.Protocol.Command;

/** Removes the oldest entries of a stream that every group has confirmed, in small steps. */
final class Trimming {
    private static final int STEP = 1000;
    private static final int MOST_STEPS = 20;

    /** Which entry comes how far from the beginning only Redis can tell without sending it all. */
    private static final String SCRIPT = """
            local excess = redis.call('XLEN', KEYS[1]) - tonumber(ARGV[1])
            if excess <= 0 then return 0 end
            local oldest = redis.call('XRANGE', KEYS[1], '-', '(' .. ARGV[2], 'COUNT', math.min(excess + 1, tonumber(ARGV[3])))
            if #oldest < 2 then return 0 end
            return redis.call('XTRIM', KEYS[1], 'MINID', '=', oldest[#oldest][1])
            """;

    private final RedisConnection redis;
    private final long keep;

    Trimming(RedisConnection redis, long keep) {
        this.redis = redis;
        this.keep = keep;
    }

    /** One round; what is left then is for the next one. */
    void trim(String stream) {
        if (keep == 0) {
            return;
        }
        EntryId needed = needed(stream);
        for (int step = 0; step < MOST_STEPS; step++) {
            Object removed = redis.call(Command.EVAL, SCRIPT, 1, stream, keep, needed, STEP);
            if (!(removed instanceof Long count) || count < STEP - 1) {
                return;
            }
        }
    }

    /** The first entry that some group has not been given, or has not confirmed. */
    private EntryId needed(String stream) {
        EntryId needed = null;
        for (Object answer : (List<?>) Objects.requireNonNull(redis.call(Command.XINFO, "GROUPS", stream))) {
            Map<String, Object> group = StreamState.map((List<?>) answer);
            EntryId first =
                    EntryId.parse((byte[]) group.get("last-delivered-id")).next();
            if ((Long) group.get("pending") > 0) {
                List<?> pending =
                        (List<?>) Objects.requireNonNull(redis.call(Command.XPENDING, stream, group.get("name")));
                if (pending.get(1) instanceof byte[] smallest
                        && EntryId.parse(smallest).isBefore(first)) {
                    first = EntryId.parse(smallest);
                }
            }
            needed = needed == null || first.isBefore(needed) ? first : needed;
        }
        return needed == null ? EntryId.ZERO : needed;
    }
}
