package dev.changecast.source.redis;

import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.StartPoint;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Protocol.Command;

/**
 * One run of a source that shares a group's work. An entry is confirmed when the log has it durably, and not before; it gets
 * a position of our own, since what is claimed from another consumer comes with an older id.
 */
final class WorkQueue implements Capture {
    private static final Logger LOG = LoggerFactory.getLogger(RedisStreamsSource.class);
    private static final Duration WAIT = Duration.ofMillis(50);
    private static final Duration FINISH = Duration.ofMillis(500);
    private static final Duration TRIM_EVERY = Duration.ofSeconds(1);

    private final RedisStreamsOptions options;
    private final QueueOptions queue;
    private final RedisConnection redis;
    private final EntryMapping mapping;
    private final Closing closing;
    private final Confirmations confirmations;
    private final Supplier<Position> durable;
    private final DeadLetters deadLetters;
    private final Claims claims;
    private final Trimming trimming;
    private final BatchSize batch;
    private final QueueCounts counts;

    private OwnPositions positions;
    private QueueToken token = new QueueToken();
    private @Nullable ChangeSink to;

    WorkQueue(
            RedisStreamsOptions options,
            QueueOptions queue,
            RedisConnection redis,
            EntryMapping mapping,
            Closing closing,
            Confirmations confirmations,
            Supplier<Position> durable,
            RareWarning warning,
            QueueCounts counts) {
        this.options = options;
        this.queue = queue;
        this.redis = redis;
        this.mapping = mapping;
        this.closing = closing;
        this.confirmations = confirmations;
        this.durable = durable;
        this.counts = counts;
        deadLetters = new DeadLetters(redis, queue, warning, counts);
        claims = new Claims(redis, queue, options.streams());
        trimming = new Trimming(redis, queue.keep());
        batch = new BatchSize(options.batch());
        positions = new OwnPositions(Clock.systemUTC(), Position.ZERO);
    }

    @Override
    public void run(@Nullable StartPoint start, ChangeSink sink) throws InterruptedException {
        to = sink;
        confirmations.begin();
        QueueOpening.Opened opened = new QueueOpening(options, queue, redis).open(start, sink);
        positions = opened.positions();
        token = opened.token();
        LOG.info("{}: {} reads {} from {}", options.name(), queue, options.streams(), redis);
        for (String stream : options.streams()) {
            recover(stream, false);
            recover(stream, true);
        }
        Timer beat = new Timer(options.heartbeat());
        Timer trim = new Timer(TRIM_EVERY);
        while (!closing.isClosed()) {
            confirm();
            closing.letFinish(!confirmations.isEmpty());
            if (claims.isDue() && !token.hasClaimed()) {
                claim();
            }
            if (trim.isDue()) {
                options.streams().forEach(trimming::trim);
            }
            if (beat.isDue()) {
                positions.next();
                sink.progress(checkpoint());
            }
            if (confirmations.isFull()) {
                closing.pause(5);
            } else if (sink.awaitRoom(WAIT)) {
                read(Math.min(beat.leftMillis(), claims.leftMillis()));
            }
        }
        finish();
    }

    /** What is being written is confirmed before it ends, so that nobody else claims it. */
    private void finish() throws InterruptedException {
        long deadline = System.nanoTime() + FINISH.toNanos();
        while (!confirmations.isEmpty() && System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(2);
            confirm();
        }
    }

    // ---- What was handed out to this consumer before

    private void recover(String stream, boolean claimed) throws InterruptedException {
        String consumer = claimed ? queue.claiming() : queue.consumer();
        EntryId last = token.last(stream);
        EntryId after = EntryId.ZERO;
        Map<EntryId, Long> page = Pending.page(redis, stream, queue.group(), consumer, after);
        while (!page.isEmpty() && !closing.isClosed()) {
            Object reply = redis.call(
                    Command.XREADGROUP,
                    "GROUP",
                    queue.group(),
                    consumer,
                    "COUNT",
                    page.size(),
                    "STREAMS",
                    stream,
                    after);
            for (StreamEntry entry : StreamReply.entries(reply, stream)) {
                after = entry.id();
                boolean held = claimed
                        ? token.hasClaimed(stream, entry.id())
                        : last != null && !entry.id().isAfter(last);
                long before = page.getOrDefault(entry.id(), 1L);
                if (held) {
                    confirmations.add(positions.last(), stream, entry.id());
                } else if (entry.fields() != null && before >= queue.tries()) {
                    deadLetters.add(stream, entry, "it was handed out that often and never confirmed", before);
                } else {
                    give(stream, entry, claimed, before + 1);
                }
            }
            confirm();
            page = Pending.page(redis, stream, queue.group(), consumer, after);
        }
    }

    // ---- What is new

    private void read(long mostMillis) throws InterruptedException {
        // A confirmation comes as soon as the disk has what was read: it shall not wait for the next entry.
        Duration block = Duration.ofMillis(Math.max(1, Math.min(mostMillis, confirmations.isEmpty() ? 1000 : 5)));
        List<Object> arguments = new ArrayList<>(List.of(
                "GROUP",
                queue.group(),
                queue.consumer(),
                "COUNT",
                batch.count(),
                "BLOCK",
                block.toMillis(),
                "STREAMS"));
        arguments.addAll(options.streams());
        options.streams().forEach(stream -> arguments.add(">"));
        Object reply = redis.callBlocking(block, Command.XREADGROUP, arguments.toArray());
        for (String stream : options.streams()) {
            List<StreamEntry> entries = StreamReply.entries(reply, stream);
            batch.saw(entries);
            for (StreamEntry entry : entries) {
                give(stream, entry, false, 1);
            }
        }
    }

    private void claim() throws InterruptedException {
        for (Claims.Claimed claimed : claims.next(confirmations)) {
            StreamEntry entry = claimed.entry();
            if (entry.fields() != null && claimed.tries() > queue.tries()) {
                deadLetters.add(
                        claimed.stream(), entry, "it was handed out that often and never confirmed", queue.tries());
            } else {
                give(claimed.stream(), entry, true, claimed.tries());
            }
        }
    }

    // ---- Into the log

    private void give(String stream, StreamEntry entry, boolean claimed, long tries) throws InterruptedException {
        if (confirmations.isWaiting(stream, entry.id())) {
            return;
        }
        if (confirmations.wasConfirmed(stream, entry.id())) {
            // A Redis that took over had not heard of it.
            confirmations.add(positions.last(), stream, entry.id());
            return;
        }
        EntryMapping.Change change;
        try {
            if (entry.fields() == null) {
                throw new UnreadableEntry("it was removed from the stream before it was given");
            }
            change = mapping.read(stream, entry);
        } catch (UnreadableEntry e) {
            deadLetters.add(stream, entry, e.getMessage(), tries);
            return;
        }
        ChangeSink sink = Objects.requireNonNull(to);
        while (!sink.awaitRoom(WAIT)) {
            if (closing.isClosed()) {
                return;
            }
            confirm();
        }
        if (claimed) {
            token.addClaimed(stream, entry.id());
        } else {
            token.setLast(stream, entry.id());
        }
        if (tries > 1) {
            counts.retries.increment();
        }
        Position position = positions.next();
        sink.begin(entry.id().toString(), position, EntryTime.of(entry.id()));
        sink.change(position.minor(), change.relation(), change.operation(), change.after(), change.before());
        sink.commit(checkpoint());
        confirmations.add(positions.last(), stream, entry.id());
    }

    private Checkpoint checkpoint() {
        return new Checkpoint(positions.last(), token.toString());
    }

    private void confirm() {
        confirmations.send(redis, queue.group(), durable.get(), token::confirmed);
    }
}
