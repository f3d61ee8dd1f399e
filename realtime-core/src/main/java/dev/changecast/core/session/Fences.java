package dev.changecast.core.session;

import dev.changecast.api.source.SnapshotReader;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Raises fences in one source's stream. While one is being raised, all who ask wait for the next, and share it: a herd
 * costs the database a few small transactions, not one each.
 */
final class Fences {
    /** Told the fence's name before it is raised, or null and why it could not be raised. */
    interface Waiter extends BiConsumer<@Nullable String, @Nullable Exception> {}

    private final SnapshotReader reader;
    private final Executor threads;
    private final String prefix =
            HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    private List<Waiter> waiting = new ArrayList<>();
    private boolean raising;
    private long count;

    Fences(SnapshotReader reader, Executor threads) {
        this.reader = reader;
        this.threads = threads;
    }

    /**
     * @param waiter called with the name before the fence is raised, and again with null and the reason when that fails
     */
    synchronized void raise(Waiter waiter) {
        waiting.add(waiter);
        if (!raising) {
            raising = true;
            threads.execute(this::run);
        }
    }

    private void run() {
        for (List<Waiter> served = next(); !served.isEmpty(); served = next()) {
            String id = prefix + "-" + ++count;
            served.forEach(waiter -> waiter.accept(id, null));
            try {
                reader.raiseFence(id);
            } catch (Exception e) {
                served.forEach(waiter -> waiter.accept(null, e));
                if (e instanceof InterruptedException) {
                    Thread.currentThread().interrupt();
                    return;
                }
            }
        }
    }

    private synchronized List<Waiter> next() {
        List<Waiter> served = waiting;
        waiting = new ArrayList<>();
        raising = !served.isEmpty();
        return served;
    }
}
