package dev.changecast.testing;

import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.StartPoint;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * One run of a source on a thread of its own, as under the engine; checkpoints are acknowledged from another one. Closing it
 * closes the source; a source that has failed can be run again by another of these.
 */
public final class SourceRun<S extends ChangeSource> implements AutoCloseable {
    private static final Duration END = Duration.ofSeconds(5);

    private final S source;
    private final RecordingSink sink = new RecordingSink();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final ExecutorService log = Executors.newSingleThreadExecutor(work -> new Thread(work, "test-log"));
    private volatile boolean acknowledging;

    private SourceRun(S source, boolean acknowledging) {
        this.source = source;
        this.acknowledging = acknowledging;
    }

    /** Runs the source from nowhere, acknowledges what it gives, and waits until its stream is open. */
    public static <S extends ChangeSource> SourceRun<S> start(S source) {
        return start(source, null);
    }

    /** Runs the source from here, acknowledges what it gives, and waits until its stream is open. */
    public static <S extends ChangeSource> SourceRun<S> start(S source, @Nullable StartPoint start) {
        return starting(source, start, true).awaitOpen();
    }

    /** Does not wait until the stream is open. */
    public static <S extends ChangeSource> SourceRun<S> starting(
            S source, @Nullable StartPoint start, boolean acknowledging) {
        SourceRun<S> running = new SourceRun<>(source, acknowledging);
        running.sink.onCheckpoint(running::durable);
        Thread thread = new Thread(
                () -> {
                    try {
                        running.source.run(start, running.sink);
                        running.ended.complete(null);
                        running.sink.failed(new IllegalStateException("the run has returned"));
                    } catch (Throwable e) {
                        running.ended.completeExceptionally(e);
                        running.sink.failed(e);
                    }
                },
                "test-source");
        thread.setDaemon(true);
        thread.start();
        return running;
    }

    public SourceRun<S> awaitOpen() {
        sink.await(event -> event.is("opened") || event.is("reset"));
        return this;
    }

    private void durable(Checkpoint checkpoint) {
        if (acknowledging) {
            log.execute(() -> source.acknowledge(checkpoint));
        }
    }

    /** Whether what is given is acknowledged at once. */
    public SourceRun<S> acknowledging(boolean at) {
        acknowledging = at;
        return this;
    }

    public S source() {
        return source;
    }

    public RecordingSink sink() {
        return sink;
    }

    /** Where the log would end. */
    public StartPoint end() {
        return new StartPoint(sink.epoch(), sink.last());
    }

    public boolean hasEnded() {
        return ended.isDone();
    }

    /** The exception that ended the run. */
    public Throwable failure(Duration limit) {
        try {
            ended.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            return e.getCause();
        } catch (TimeoutException | InterruptedException e) {
            throw new AssertionError("the run has not ended within " + limit, e);
        }
        throw new AssertionError("the run has ended without an exception");
    }

    /** Closes the source; fails when its run does not end within five seconds. Idempotent. */
    @Override
    public void close() {
        close(END);
    }

    /** Closes the source; fails when its run does not end within this time. */
    void close(Duration limit) {
        source.close();
        try {
            ended.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException failedBefore) {
            // The test has looked at it when it matters.
        } catch (TimeoutException | InterruptedException e) {
            throw new AssertionError("the run has not ended within " + limit + " of close()", e);
        } finally {
            log.shutdownNow();
        }
    }
}
