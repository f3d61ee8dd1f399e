package dev.changecast.source.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import redis.clients.jedis.Protocol.Command;

/**
 * Takes over what other consumers were given and have not confirmed for long. What is in our own log and only waits for its
 * confirmation is left where it is.
 */
final class Claims {
    private static final Duration SELDOM = Duration.ofSeconds(10);
    private static final String BEGINNING = "-";

    private final RedisConnection redis;
    private final QueueOptions queue;
    private final List<String> streams;
    private final Timer timer;

    /** Where to look on, by stream. */
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
            Map<EntryId, Long> idle = idle(stream);
            idle.keySet().removeIf(id -> confirmations.isWaiting(stream, id));
            if (!idle.isEmpty()) {
                claim(stream, idle, claimed);
            }
        }
        return claimed;
    }

    private Map<EntryId, Long> idle(String stream) {
        Object reply = redis.call(
                Command.XPENDING,
                stream,
                queue.group(),
                "IDLE",
                queue.claimAfter().toMillis(),
                cursors.getOrDefault(stream, BEGINNING),
                "+",
                Pending.PAGE);
        Map<EntryId, Long> page = Pending.read(reply);
        String next = BEGINNING;
        if (page.size() == Pending.PAGE) {
            for (EntryId id : page.keySet()) {
                next = "(" + id;
            }
        }
        cursors.put(stream, next);
        return page;
    }

    private void claim(String stream, Map<EntryId, Long> idle, List<Claimed> claimed) {
        List<Object> arguments = new ArrayList<>(List.of(
                stream, queue.group(), queue.claiming(), queue.claimAfter().toMillis()));
        arguments.addAll(idle.keySet());
        for (StreamEntry entry : StreamEntry.listOf(redis.call(Command.XCLAIM, arguments.toArray()))) {
            Long before = idle.remove(entry.id());
            claimed.add(new Claimed(stream, entry, before == null ? 1 : before + 1));
        }
        // Those that are left another one was faster with, or the stream has no longer.
        idle.forEach((id, before) -> {
            if (StreamEntry.listOf(redis.call(Command.XRANGE, stream, id, id)).isEmpty()) {
                claimed.add(new Claimed(stream, new StreamEntry(id, null), before));
            }
        });
    }
}
