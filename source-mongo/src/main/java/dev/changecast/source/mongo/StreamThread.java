package dev.changecast.source.mongo;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/**
 * The thread that speaks with the server, so that the run can end while a server that has fallen silent still keeps this one
 * waiting; and reads ahead while the run gives what was read.
 */
final class StreamThread implements AutoCloseable {
    private static final long LOOK_MILLISECONDS = 50;
    private static final long LAST_MILLISECONDS = 500;

    private final ExecutorService executor;
    private final BooleanSupplier closing;
    private final String address;

    StreamThread(MongoOptions options, BooleanSupplier closing) {
        this.closing = closing;
        this.address = options.address();
        executor = Executors.newSingleThreadExecutor(work -> {
            Thread thread = new Thread(work, "changecast-" + options.name() + "-stream");
            thread.setDaemon(true);
            return thread;
        });
    }

    <T> Future<T> submit(Callable<T> work) {
        return executor.submit(work);
    }

    /** Does it there and waits for as long as it takes. */
    <T> T call(Callable<T> work) throws Exception {
        return await(submit(work), Duration.ofDays(1));
    }

    /**
     * Waits for what was submitted.
     *
     * @throws CancellationException when the source is being closed
     * @throws ChangecastException when it takes longer
     */
    <T> T await(Future<T> future, Duration limit) throws Exception {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!closing.getAsBoolean()) {
            try {
                return future.get(LOOK_MILLISECONDS, TimeUnit.MILLISECONDS);
            } catch (ExecutionException e) {
                throw e.getCause() instanceof Exception cause ? cause : e;
            } catch (TimeoutException e) {
                if (System.nanoTime() - deadline > 0) {
                    throw new ChangecastException(
                            ErrorCode.SOURCE_UNAVAILABLE,
                            "the stream from " + address + " is dead: no answer for " + limit.toSeconds() + " s");
                }
            }
        }
        throw new CancellationException("the source is being closed");
    }

    /** Waits a moment for what is under way, and for what was submitted last. */
    @Override
    public void close() {
        executor.shutdown();
        try {
            if (!executor.awaitTermination(LAST_MILLISECONDS, TimeUnit.MILLISECONDS)) {
                executor.shutdownNow();
            }
        } catch (InterruptedException e) {
            executor.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
