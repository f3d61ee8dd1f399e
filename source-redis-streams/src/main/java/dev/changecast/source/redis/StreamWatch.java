package dev.changecast.source.redis;

import dev.changecast.api.source.SourceFigure;
import dev.changecast.api.source.SourceReport;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisException;

/** Looks at the streams from outside, over a connection of its own, whatever the run does. One thread. */
final class StreamWatch {
    private final RedisStreamsOptions options;
    private final RedisConnector connector;
    private final QueueCounts counts;
    private final Clock clock;
    private final Closing closing = new Closing();
    private @Nullable RedisConnection connection;

    StreamWatch(RedisStreamsOptions options, RedisConnector connector, QueueCounts counts, Clock clock) {
        this.options = options;
        this.connector = connector;
        this.counts = counts;
        this.clock = clock;
    }

    /**
     * @param read what was read last of each stream, as far as it is known; of a work queue the group knows it
     * @param connections how many the run has
     */
    SourceReport report(Map<String, EntryId> read, int connections) {
        RedisConnection redis = connection == null ? connector.connect(closing) : connection;
        connection = redis;
        try {
            List<SourceFigure> figures = new ArrayList<>();
            for (String stream : options.streams()) {
                look(redis, stream, read.get(stream), figures);
            }
            figures.add(new SourceFigure(
                    "changecast_redis_connections",
                    "Connections to Redis.",
                    Map.of("state", "active"),
                    connections + closing.open()));
            if (options.queue() != null) {
                figures.add(new SourceFigure(
                        "redis_stream_retry_count_total",
                        "Entries that were given although they had been handed out before.",
                        counts.retries.sum()));
                figures.add(new SourceFigure(
                        "redis_stream_dead_letters_total",
                        "Entries that were given up and went to the dead letters.",
                        counts.deadLetters.sum()));
            }
            return new SourceReport(figures, List.of());
        } catch (JedisException e) {
            connection = null;
            redis.close();
            throw RedisFailure.of(e, options.server().toString());
        }
    }

    private void look(RedisConnection redis, String stream, @Nullable EntryId read, List<SourceFigure> figures) {
        StreamState state = state(redis, stream);
        Map<String, String> labels = Map.of("stream", stream);
        figures.add(new SourceFigure("redis_stream_length", "Entries in the stream.", labels, state.length()));
        EntryId last = read;
        QueueOptions queue = options.queue();
        if (queue != null && state.exists()) {
            Map<String, Object> group = group(redis, stream, queue.group());
            if (group != null) {
                figures.add(new SourceFigure(
                        "redis_stream_pending",
                        "Entries that the group was given and has not confirmed.",
                        Map.of("stream", stream, "group", queue.group()),
                        (Long) group.get("pending")));
                last = EntryId.parse((byte[]) group.get("last-delivered-id"));
            }
        }
        if (last != null) {
            figures.add(new SourceFigure(
                    "redis_stream_consumer_lag_seconds",
                    "How old the oldest entry is that was not read yet; 0 when all were.",
                    labels,
                    lag(redis, stream, state, last)));
        }
    }

    private static StreamState state(RedisConnection redis, String stream) {
        return StreamState.of(redis.callAll(List.of(new RedisConnection.Call(Command.XINFO, "STREAM", stream)))
                .get(0));
    }

    private static @Nullable Map<String, Object> group(RedisConnection redis, String stream, String name) {
        if (redis.call(Command.XINFO, "GROUPS", stream) instanceof List<?> groups) {
            for (Object each : groups) {
                Map<String, Object> group = StreamState.map((List<?>) each);
                if (RedisConnection.text(group.get("name")).equals(name)) {
                    return group;
                }
            }
        }
        return null;
    }

    private double lag(RedisConnection redis, String stream, StreamState state, EntryId last) {
        if (!state.last().isAfter(last)) {
            return 0;
        }
        List<StreamEntry> next = StreamEntry.listOf(redis.call(Command.XRANGE, stream, last.next(), "+", "COUNT", 1));
        return next.isEmpty()
                ? 0
                : Math.max(0, clock.millis() - next.get(0).id().milliseconds()) / 1000.0;
    }

    void close() {
        closing.close();
    }
}
