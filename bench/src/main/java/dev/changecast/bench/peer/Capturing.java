package dev.changecast.bench.peer;

import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.ResetReason;
import dev.changecast.api.source.Row;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A source that runs in this process, whose changes are counted and acknowledged. */
public final class Capturing implements AutoCloseable, ChangeSink {
    private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final @Nullable ChangeSource source;
    private final CountDownLatch opened = new CountDownLatch(1);
    private final CountDownLatch never = new CountDownLatch(1);
    private final AtomicLong changedAt = new AtomicLong(System.nanoTime());
    private @Nullable Thread thread;

    private Capturing(@Nullable ChangeSource source) {
        this.source = source;
    }

    /** Nobody captures. */
    public static Capturing nothing() {
        return new Capturing(null);
    }

    /** Starts a source and waits until its stream is open. */
    public static Capturing start(ChangeSource source) throws InterruptedException {
        Capturing capturing = new Capturing(source);
        Thread thread = new Thread(
                () -> {
                    try {
                        source.run(null, capturing);
                    } catch (Exception e) {
                        e.printStackTrace();
                    }
                },
                "capturing");
        capturing.thread = thread;
        thread.start();
        if (!capturing.opened.await(30, TimeUnit.SECONDS)) {
            throw new IllegalStateException("the source has not opened its stream");
        }
        return capturing;
    }

    /** Returns when nothing has come for a while, so that what was written before is no longer work for anybody. */
    public void awaitQuiet() throws InterruptedException {
        while (source != null && System.nanoTime() - changedAt.get() < QUIET_NANOS) {
            never.await(50, TimeUnit.MILLISECONDS);
        }
    }

    @Override
    public void opened(String epoch, Checkpoint from) {
        opened.countDown();
    }

    @Override
    public void reset(ResetReason reason, String epoch, Checkpoint from) {
        opened.countDown();
    }

    @Override
    public boolean awaitRoom(Duration wait) {
        return true;
    }

    @Override
    public void begin(@Nullable String tx, Position position, Instant committedAt) {}

    @Override
    public void change(long minor, Relation relation, Operation operation, @Nullable Row after, @Nullable Row before) {
        changedAt.set(System.nanoTime());
    }

    @Override
    public void commit(Checkpoint end) {
        acknowledge(end);
    }

    @Override
    public void progress(Checkpoint at) {
        acknowledge(at);
    }

    private void acknowledge(Checkpoint checkpoint) {
        if (source != null) {
            source.acknowledge(checkpoint);
        }
    }

    @Override
    public void fence(String id) {}

    @Override
    public void waiting(String what) {}

    @Override
    public void close() {
        if (source != null && thread != null) {
            source.close();
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
