package dev.changecast.source.redis;

import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;

/** Keeps the entries that cannot be given, with the reason, in a stream of their own. Nothing is dropped. */
final class DeadLetters {
    private static final Logger LOG = LoggerFactory.getLogger(RedisStreamsSource.class);

    private final RedisConnection redis;
    private final QueueOptions queue;
    private final RareWarning warning;
    private final QueueCounts counts;

    DeadLetters(RedisConnection redis, QueueOptions queue, RareWarning warning, QueueCounts counts) {
        this.counts = counts;
        this.redis = redis;
        this.queue = queue;
        this.warning = warning;
    }

    /** Puts it there and confirms it, both or neither. */
    void add(String stream, StreamEntry entry, String reason, long tries) {
        String to = queue.deadLettersOf(stream);
        List<Object> add = new ArrayList<>(List.of(to, "*"));
        if (entry.fields() != null) {
            add.addAll(entry.fields());
        }
        add.addAll(List.of(
                "changecast_reason",
                reason,
                "changecast_tries",
                tries,
                "changecast_stream",
                stream,
                "changecast_id",
                entry.id(),
                "changecast_group",
                queue.group()));
        for (Object answer : redis.atomically(
                new RedisConnection.Call(Command.XADD, add.toArray()),
                new RedisConnection.Call(Command.XACK, stream, queue.group(), entry.id()))) {
            if (answer instanceof JedisDataException refused) {
                throw refused;
            }
        }
        counts.deadLetters.increment();
        LOG.debug("entry {} of stream {} went to {}: {}", entry.id(), stream, to, reason);
        warning.say("entry " + entry.id() + " of stream " + stream + " went to the dead letters in " + to + " after "
                + tries + (tries == 1 ? " try: " : " tries: ") + reason);
    }
}
