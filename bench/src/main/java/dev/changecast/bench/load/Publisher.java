package dev.changecast.bench.load;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;

/**
 * Publishes over several connections, with one message in flight on each. Waits while the subscribers are far behind: a
 * server that answers before it has delivered would else be measured by what it drops.
 */
public final class Publisher implements AutoCloseable {
    private final List<Outlet> outlets = new ArrayList<>();
    private final Numbers numbers;
    private final IntSupplier behind;
    private final int maxBehind;
    private final ExecutorService threads;

    /**
     * @param inFlight how many messages are on their way at once, at most
     * @param behind how many messages a subscriber has yet to get, on average
     * @param maxBehind how many those may be
     */
    public Publisher(Outlet.Factory factory, int inFlight, Numbers numbers, IntSupplier behind, int maxBehind)
            throws Exception {
        this.numbers = numbers;
        this.behind = behind;
        this.maxBehind = maxBehind;
        AtomicInteger name = new AtomicInteger();
        threads = Executors.newFixedThreadPool(
                inFlight, task -> new Thread(task, "bench-publisher-" + name.incrementAndGet()));
        try {
            for (int i = 0; i < inFlight; i++) {
                outlets.add(factory.open());
            }
        } catch (Exception e) {
            close();
            throw e;
        }
    }

    /**
     * Publishes for some time; returns how many messages.
     *
     * @param perSecond how many in a second; 0 for as many as the server takes
     */
    public int publish(double seconds, double perSecond) throws Exception {
        int before = numbers.taken();
        long began = System.nanoTime();
        long end = began + (long) (seconds * 1e9);
        AtomicInteger turn = new AtomicInteger();
        List<Future<?>> running = new ArrayList<>();
        for (Outlet outlet : outlets) {
            running.add(threads.submit(() -> {
                while (true) {
                    long due = perSecond == 0
                            ? System.nanoTime()
                            : began + (long) (turn.getAndIncrement() * 1e9 / perSecond);
                    if (due >= end) {
                        return null;
                    }
                    for (long early = due - System.nanoTime(); early > 0; early = due - System.nanoTime()) {
                        LockSupport.parkNanos(early);
                    }
                    while (behind.getAsInt() > maxBehind) {
                        LockSupport.parkNanos(200_000);
                    }
                    int number = numbers.take();
                    numbers.sent(number, System.nanoTime());
                    outlet.send(number);
                }
            }));
        }
        for (Future<?> each : running) {
            try {
                each.get();
            } catch (ExecutionException e) {
                throw e.getCause() instanceof Exception cause ? cause : e;
            }
        }
        return numbers.taken() - before;
    }

    @Override
    public void close() throws IOException {
        threads.shutdownNow();
        for (Outlet outlet : outlets) {
            outlet.close();
        }
    }
}
