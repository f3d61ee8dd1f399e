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
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What is published while it listens, and nothing else. */
final class BroadcastSource implements ChangeSource {
    private final @Nullable List<BlockingQueue<Write>> listeners;
    private volatile boolean closed;
    private long major;

    /** @param listeners where who listens puts himself; null for a broadcaster that is not there */
    BroadcastSource(@Nullable List<BlockingQueue<Write>> listeners) {
        this.listeners = listeners;
    }

    @Override
    public Replay replay() {
        return Replay.NONE;
    }

    private long next() {
        major = Math.max(major + 1, System.currentTimeMillis());
        return major;
    }

    @Override
    public void run(@Nullable StartPoint start, ChangeSink sink) throws Exception {
        if (closed) {
            return;
        }
        if (listeners == null) {
            throw new IOException("nobody broadcasts");
        }
        BlockingQueue<Write> heard = new LinkedBlockingQueue<>();
        listeners.add(heard);
        try {
            major = start == null ? 0 : start.checkpoint().position().major();
            Checkpoint from = Checkpoint.at(new Position(next(), 0));
            if (start == null) {
                sink.opened("broadcast", from);
            } else {
                boolean same = start.epoch().equals("broadcast");
                sink.reset(same ? ResetReason.SLOT_LOST : ResetReason.EPOCH_CHANGED, "broadcast", from);
            }
            listen(heard, sink);
        } finally {
            listeners.remove(heard);
        }
    }

    private void listen(BlockingQueue<Write> heard, ChangeSink sink) throws InterruptedException {
        while (!closed) {
            Write write = heard.poll(20, TimeUnit.MILLISECONDS);
            if (write == null) {
                sink.progress(Checkpoint.at(new Position(next(), 0)));
                continue;
            }
            while (!sink.awaitRoom(Duration.ofMillis(20))) {
                if (closed) {
                    return;
                }
            }
            sink.begin(null, new Position(next(), 0), Instant.now());
            sink.change(2, InMemoryOrigin.ITEMS, Operation.INSERT, Row.of(write.key(), write.text()), null);
            sink.commit(Checkpoint.at(new Position(major, 2)));
        }
    }

    @Override
    public void acknowledge(Checkpoint durable) {}

    @Override
    public CheckResult check() {
        return listeners == null ? CheckResult.failed("nobody broadcasts") : CheckResult.OK;
    }

    @Override
    public List<Relation> relations() throws IOException {
        if (listeners == null) {
            throw new IOException("nobody broadcasts");
        }
        return List.of(InMemoryOrigin.ITEMS);
    }

    @Override
    public void close() {
        closed = true;
    }
}
