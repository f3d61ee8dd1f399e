package dev.changecast.source.redis;

import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.ResetReason;
import dev.changecast.api.source.StartPoint;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisDataException;

/**
 * Makes the groups that are missing, and compares what Redis knows with what the log has. A group that has gone, or a stream
 * that lacks entries of the log, tells that Redis has lost something: perhaps also what nobody had been given.
 */
final class QueueOpening {
    private static final Logger LOG = LoggerFactory.getLogger(RedisStreamsSource.class);
    private static final String PREFIX = "q";

    private final RedisStreamsOptions options;
    private final QueueOptions queue;
    private final RedisConnection redis;
    private boolean replaced;
    private boolean lost;
    private boolean lowered;

    QueueOpening(RedisStreamsOptions options, QueueOptions queue, RedisConnection redis) {
        this.options = options;
        this.queue = queue;
        this.redis = redis;
    }

    /** Where the queue goes on. */
    record Opened(OwnPositions positions, QueueToken token) {}

    Opened open(@Nullable StartPoint start, ChangeSink sink) {
        boolean fits = start != null && start.epoch().startsWith(PREFIX);
        QueueToken token = fits ? QueueToken.parse(start.checkpoint().token()) : new QueueToken();
        OwnPositions positions =
                new OwnPositions(Clock.systemUTC(), fits ? start.checkpoint().position() : Position.ZERO);
        for (String stream : options.streams()) {
            open(stream, token);
        }
        if (start == null) {
            positions.next();
            sink.opened(PREFIX + HistoryMarker.fresh(), new Checkpoint(positions.last(), token.toString()));
        } else if (!fits || replaced) {
            positions.next();
            sink.reset(
                    ResetReason.EPOCH_CHANGED,
                    PREFIX + HistoryMarker.fresh(),
                    new Checkpoint(positions.last(), token.toString()));
        } else if (lost) {
            positions.next();
            sink.reset(ResetReason.SLOT_LOST, start.epoch(), new Checkpoint(positions.last(), token.toString()));
        } else {
            sink.opened(start.epoch(), start.checkpoint());
            if (lowered) {
                positions.next();
                sink.progress(new Checkpoint(positions.last(), token.toString()));
            }
        }
        return new Opened(positions, token);
    }

    private void open(String stream, QueueToken token) {
        EntryId last = token.last(stream);
        StreamState state =
                StreamState.of(redis.callAll(List.of(new RedisConnection.Call(Command.XINFO, "STREAM", stream)))
                        .get(0));
        boolean lacks = last != null && state.last().isBefore(last);
        boolean made = makeGroup(
                stream,
                last != null && !lacks ? last.toString() : last == null && !options.fromBeginning() ? "$" : "0");
        if (last == null) {
            return;
        }
        if (lacks || made) {
            replaced |= lacks;
            lost = true;
            LOG.warn(
                    "{}: {} {}, so entries may have been lost there: {}",
                    options.name(),
                    lacks ? "stream" : "group " + queue.group() + " of stream",
                    stream,
                    lacks ? "its last entry is " + state.last() + ", and " + last + " was read" : "it was gone");
        }
        if (lacks) {
            token.forget(stream);
            return;
        }
        EntryId delivered = delivered(stream);
        if (delivered.isBefore(last)) {
            // What follows is handed out again, perhaps to others, and no longer by this consumer's order.
            LOG.warn(
                    "{}: group {} of stream {} was set back from {} to {}: entries come again",
                    options.name(),
                    queue.group(),
                    stream,
                    last,
                    delivered);
            token.setLast(stream, delivered);
            lowered = true;
        }
    }

    /** Says whether it was not there. */
    private boolean makeGroup(String stream, String from) {
        try {
            redis.call(Command.XGROUP, "CREATE", stream, queue.group(), from, "MKSTREAM");
            return true;
        } catch (JedisDataException e) {
            if (String.valueOf(e.getMessage()).startsWith("BUSYGROUP")) {
                return false;
            }
            throw e;
        }
    }

    private EntryId delivered(String stream) {
        for (Object answer : (List<?>) Objects.requireNonNull(redis.call(Command.XINFO, "GROUPS", stream))) {
            Map<String, Object> group = StreamState.map((List<?>) answer);
            if (RedisConnection.text(group.get("name")).equals(queue.group())) {
                return EntryId.parse((byte[]) group.get("last-delivered-id"));
            }
        }
        return EntryId.ZERO;
    }
}
