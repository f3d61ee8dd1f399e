package dev.changecast.testing;

import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.CheckResult;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Replay;
import dev.changecast.api.source.ResetReason;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.StartPoint;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Reads a {@link Queue}: each entry is a transaction, at a position that is assigned here. */
class QueueSource implements ChangeSource {
    private final @Nullable Queue queue;
    private final boolean recognisesGiven;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final AtomicReference<Position> durable = new AtomicReference<>(Position.ZERO);
    private final Map<Long, Position> given = new HashMap<>();
    private long major;

    /** @param queue null for one that is not there */
    QueueSource(@Nullable Queue queue, boolean recognisesGiven) {
        this.queue = queue;
        this.recognisesGiven = recognisesGiven;
    }

    @Override
    public Replay replay() {
        return Replay.REDELIVERY;
    }

    /** The place of the next transaction: the clock's, unless that goes back. */
    long next() {
        major = Math.max(major + 1, System.currentTimeMillis());
        return major;
    }

    /** What was made durable by an earlier one, as the token of its checkpoint tells. */
    private static long givenBefore(@Nullable StartPoint start) {
        String token = start == null ? null : start.checkpoint().token();
        return token == null ? 0 : Long.parseLong(token);
    }

    @Override
    public void run(@Nullable StartPoint start, ChangeSink sink) throws Exception {
        if (closing.getCount() == 0) {
            return;
        }
        if (queue == null) {
            throw new IOException("there is no queue");
        }
        given.clear();
        queue.attach();
        long recognised = recognisesGiven ? givenBefore(start) : 0;
        long last = givenBefore(start);
        if (start == null) {
            sink.opened("queue", Checkpoint.at(new Position(next(), 0)));
        } else if (start.epoch().equals("queue")) {
            major = continueAt(start.checkpoint().position());
            sink.opened("queue", start.checkpoint());
        } else {
            sink.reset(ResetReason.EPOCH_CHANGED, "queue", Checkpoint.at(new Position(next(), 0)));
        }
        while (closing.getCount() > 0) {
            for (Queue.Entry entry : queue.take()) {
                if (entry.id() <= recognised && start != null) {
                    given.put(entry.id(), start.checkpoint().position());
                    continue;
                }
                while (!sink.awaitRoom(Duration.ofMillis(20))) {
                    confirm(queue);
                    if (closing.getCount() == 0) {
                        return;
                    }
                }
                last = Math.max(last, entry.id());
                give(entry, new Checkpoint(new Position(next(), 2), Long.toString(last)), sink);
            }
            confirm(queue);
            if (!closing.await(10, TimeUnit.MILLISECONDS)) {
                sink.progress(new Checkpoint(new Position(next(), 0), Long.toString(last)));
            }
        }
    }

    long continueAt(Position start) {
        return Math.max(major, start.major());
    }

    private void give(Queue.Entry entry, Checkpoint end, ChangeSink sink) {
        Row row = Row.of(entry.write().key(), entry.write().text());
        given.put(entry.id(), end.position());
        sink.begin(null, new Position(end.position().major(), 0), Instant.now());
        sink.change(2, InMemoryOrigin.ITEMS, Operation.INSERT, row, null);
        sink.commit(end);
    }

    void confirm(Queue from) {
        given.entrySet().removeIf(entry -> {
            boolean confirmed = !entry.getValue().isAfter(durable.get());
            if (confirmed) {
                from.confirm(entry.getKey());
            }
            return confirmed;
        });
    }

    @Override
    public void acknowledge(Checkpoint checkpoint) {
        durable.accumulateAndGet(checkpoint.position(), (a, b) -> a.isAfter(b) ? a : b);
    }

    @Override
    public CheckResult check() {
        return queue == null ? CheckResult.failed("there is no queue") : CheckResult.OK;
    }

    @Override
    public List<Relation> relations() throws IOException {
        if (queue == null) {
            throw new IOException("there is no queue");
        }
        return List.of(InMemoryOrigin.ITEMS);
    }

    @Override
    public void close() {
        closing.countDown();
    }
}
