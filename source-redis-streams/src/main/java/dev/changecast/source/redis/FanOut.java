package dev.changecast.source.redis;

import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.StartPoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Protocol.Command;

/** One run of a source that reads everything by cursors of its own. */
final class FanOut implements Capture {
    private static final Logger LOG = LoggerFactory.getLogger(RedisStreamsSource.class);
    private static final Duration WAIT = Duration.ofMillis(250);

    private final RedisStreamsOptions options;
    private final RedisConnection redis;
    private final EntryMapping mapping;
    private final Closing closing;
    private final Numbering numbering;
    private final RareWarning unreadable;
    private volatile List<StreamCursor> reading = List.of();

    FanOut(
            RedisStreamsOptions options,
            RedisConnection redis,
            EntryMapping mapping,
            Closing closing,
            RareWarning unreadable) {
        this.options = options;
        this.redis = redis;
        this.mapping = mapping;
        this.closing = closing;
        this.unreadable = unreadable;
        numbering = Numbering.of(options.streams().size());
    }

    @Override
    public void run(@Nullable StartPoint start, ChangeSink sink) throws InterruptedException {
        List<StreamCursor> cursors = new FanOutOpening(options, redis, numbering).open(start, sink);
        reading = cursors;
        LOG.info("{}: reads {} from {}", options.name(), cursors, redis);
        long beat = System.nanoTime();
        while (!closing.isClosed()) {
            boolean gave = false;
            for (StreamCursor cursor : cursors) {
                gave |= read(cursor, cursors, sink);
            }
            if (System.nanoTime() - beat >= options.heartbeat().toNanos()) {
                beat = System.nanoTime();
                cursors.forEach(cursor -> cursor.look(redis));
                sink.progress(numbering.idle(cursors));
            }
            if (!gave && !closing.isClosed()) {
                awaitNext(cursors, beat);
            }
        }
    }

    @Override
    public Map<String, EntryId> read() {
        return reading.stream().collect(Collectors.toMap(cursor -> cursor.stream, StreamCursor::last));
    }

    private boolean read(StreamCursor cursor, List<StreamCursor> cursors, ChangeSink sink) throws InterruptedException {
        List<StreamEntry> entries = cursor.read(redis);
        for (StreamEntry entry : entries) {
            while (!sink.awaitRoom(WAIT)) {
                if (closing.isClosed()) {
                    return false;
                }
            }
            give(cursor, entry, cursors, sink);
        }
        return !entries.isEmpty();
    }

    private void give(StreamCursor cursor, StreamEntry entry, List<StreamCursor> cursors, ChangeSink sink) {
        EntryMapping.Change change;
        try {
            change = mapping.read(cursor.stream, entry);
        } catch (UnreadableEntry e) {
            unreadable.say(options.name() + ": entry " + entry.id() + " of stream " + cursor.stream
                    + " cannot be given and is passed over: " + e.getMessage());
            cursor.passed(entry.id());
            sink.progress(numbering.idle(cursors));
            return;
        }
        Position position = numbering.change(entry.id());
        sink.begin(entry.id().toString(), position, EntryTime.of(entry.id()));
        sink.change(position.minor(), change.relation(), change.operation(), change.after(), change.before());
        cursor.passed(entry.id());
        sink.commit(numbering.checkpoint(cursors));
    }

    /** Blocks in Redis until something comes, or a sign of life is due. */
    private void awaitNext(List<StreamCursor> cursors, long beat) {
        long left = options.heartbeat().minusNanos(System.nanoTime() - beat).toMillis();
        // 0 would be for ever.
        Duration block = Duration.ofMillis(Math.max(1, Math.min(left, 2000)));
        List<Object> arguments = new ArrayList<>(List.of("COUNT", 1, "BLOCK", block.toMillis(), "STREAMS"));
        cursors.forEach(cursor -> arguments.add(cursor.stream));
        cursors.forEach(cursor -> arguments.add(cursor.last()));
        redis.callBlocking(block, Command.XREAD, arguments.toArray());
    }
}
