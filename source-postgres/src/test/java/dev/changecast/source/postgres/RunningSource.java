package dev.changecast.source.postgres;

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

/** A source that runs on a thread of its own, as under the engine; checkpoints are acknowledged from another one. */
final class RunningSource implements AutoCloseable {
    final PostgresSource source;
    final RecordingSink sink = new RecordingSink();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final ExecutorService log = Executors.newSingleThreadExecutor(work -> new Thread(work, "test-log"));
    private volatile boolean acknowledging = true;

    private RunningSource(PostgresSource source) {
        this.source = source;
    }

    static RunningSource start(PostgresSourceBuilder builder) {
        return start(builder, null);
    }

    static RunningSource start(PostgresSourceBuilder builder, @Nullable StartPoint start) {
        RunningSource running = starting(builder, start);
        running.sink.await(
                event -> event.kind().equals("opened") || event.kind().equals("reset"));
        return running;
    }

    /** Does not wait until the stream is open. */
    static RunningSource starting(PostgresSourceBuilder builder, @Nullable StartPoint start) {
        RunningSource running = new RunningSource(builder.build());
        running.sink.onCheckpoint(running::durable);
        Thread thread = new Thread(
                () -> {
                    try {
                        running.source.run(start, running.sink);
                        running.ended.complete(null);
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

    private void durable(Checkpoint checkpoint) {
        if (acknowledging) {
            log.execute(() -> source.acknowledge(checkpoint));
        }
    }

    /** Whether what is given is acknowledged at once. */
    RunningSource acknowledging(boolean acknowledging) {
        this.acknowledging = acknowledging;
        return this;
    }

    StartPoint end() {
        return new StartPoint(sink.epoch(), sink.last());
    }

    /** The exception that ended the run. */
    Throwable failure(Duration limit) {
        try {
            ended.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            return e.getCause();
        } catch (TimeoutException | InterruptedException e) {
            throw new AssertionError("the run has not ended within " + limit, e);
        }
        throw new AssertionError("the run has ended without an exception");
    }

    boolean hasEnded() {
        return ended.isDone();
    }

    @Override
    public void close() {
        source.close();
        try {
            ended.get(5, TimeUnit.SECONDS);
        } catch (ExecutionException failedBefore) {
            // The test has looked at it when it matters.
        } catch (TimeoutException | InterruptedException e) {
            throw new AssertionError("the run has not ended within 5 s of close()", e);
        } finally {
            log.shutdownNow();
        }
    }
}
