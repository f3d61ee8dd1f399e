package dev.changecast.source.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import redis.clients.jedis.Protocol.Command;

/** Takes over what other consumers were given and have not confirmed for long. */
final class Claims {
    private static final Duration SELDOM = Duration.ofSeconds(10);

    private final RedisConnection redis;
    private final QueueOptions queue;
    private final List<String> streams;
    private final Timer timer;
    private final Map<String, String> cursors = new HashMap<>();

    Claims(RedisConnection redis, QueueOptions queue, List<String> streams) {
        this.redis = redis;
        this.queue = queue;
        this.streams = streams;
        Duration often = queue.claimAfter().dividedBy(3);
        timer = new Timer(often.compareTo(SELDOM) < 0 ? often : SELDOM);
    }

    /** @param tries how often it was handed out, this time included */
    record Claimed(String stream, StreamEntry entry, long tries) {}

    boolean isDue() {
        return timer.isDue();
    }

    long leftMillis() {
        return timer.leftMillis();
    }

    /** The next ones of each stream. */
    List<Claimed> next(Confirmations confirmations) {
        List<Claimed> claimed = new ArrayList<>();
        for (String stream : streams) {
            List<?> reply = (List<?>) Objects.requireNonNull(redis.call(
                    Command.XAUTOCLAIM,
                    stream,
                    queue.group(),
                    queue.claiming(),
                    queue.claimAfter().toMillis(),
                    cursors.getOrDefault(stream, "0-0"),
                    "COUNT",
                    Pending.PAGE));
            cursors.put(stream, RedisConnection.text(reply.get(0)));
            Map<EntryId, Long> tries =
                    Pending.page(redis, stream, queue.group(), queue.claiming(), EntryId.ZERO);
            for (StreamEntry entry : StreamEntry.listOf(reply.get(1))) {
                claimed.add(new Claimed(stream, entry, Objects.requireNonNullElse(tries.remove(entry.id()), 1L)));
            }
            if (reply.size() > 2) {
                for (Object id : (List<?>) Objects.requireNonNull(reply.get(2))) {
                    claimed.add(new Claimed(stream, new StreamEntry(EntryId.parse((byte[]) id), null), 1));
                }
            }
            tries.forEach((id, count) -> {
                if (!confirmations.isWaiting(stream, id)) {
                    claimed.add(new Claimed(stream, read(stream, id), count));
                }
            });
        }
        return claimed;
    }

    /** Redis 6.2 does not tell which of those it claimed are not in the stream any more. */
    private StreamEntry read(String stream, EntryId id) {
        List<StreamEntry> found = StreamEntry.listOf(redis.call(Command.XRANGE, stream, id, id));
        return found.isEmpty() ? new StreamEntry(id, null) : found.get(0);
    }
}
