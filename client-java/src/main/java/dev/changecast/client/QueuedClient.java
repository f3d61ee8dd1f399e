package dev.changecast.client;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Sends what is given to it, one request at a time: so messages keep their order whatever is tried again, and those that
 * come while one request is under way go together in the next.
 */
final class QueuedClient implements ChangecastClient {
    private static final Duration END = Duration.ofSeconds(10);
    private static final int MOST_AT_ONCE = 1000;

    /** What a request may hold on any server, however small the messages are that it allows. */
    private static final long REQUEST_CHARACTERS = 60 * 1024;

    /** What stands around the content, about. */
    private static final long OVERHEAD = 200;

    private static final class Waiting {
        private final Message message;
        private final long size;
        private final long deadline;
        private final CompletableFuture<Receipt> done = new CompletableFuture<>();
        private @Nullable PublishException last;

        /** Whether the server may have it from some earlier try. */
        private boolean maybe;

        private Waiting(Message message, long deadline) {
            this.message = message;
            this.deadline = deadline;
            this.size = OVERHEAD
                    + 3L * message.content().length()
                    + message.to().stream().mapToLong(to -> 3L * to.length()).sum();
        }
    }

    private final Sender sender;
    private final Duration giveUpAfter;
    private final int most;
    private final long mostBytes;
    private final Backoff backoff;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Thread thread = new Thread(this::run, "changecast-client");

    // Guarded by the lock.
    private final ArrayDeque<Waiting> queue = new ArrayDeque<>();
    private int held;
    private long heldBytes;
    private boolean closed;

    QueuedClient(Sender sender, Duration giveUpAfter, int most, long mostBytes, Backoff backoff) {
        this.sender = sender;
        this.giveUpAfter = giveUpAfter;
        this.most = most;
        this.mostBytes = mostBytes;
        this.backoff = backoff;
        thread.setDaemon(true);
    }

    QueuedClient started() {
        thread.start();
        return this;
    }

    @Override
    public CompletableFuture<Receipt> publishAsync(Message message) {
        Waiting waiting = new Waiting(message, System.nanoTime() + giveUpAfter.toNanos());
        lock.lock();
        try {
            if (closed) {
                return CompletableFuture.failedFuture(PublishException.unsent("the client is closed"));
            }
            if (held >= most || held > 0 && heldBytes + waiting.size > mostBytes) {
                return CompletableFuture.failedFuture(PublishException.unsent(held + " messages with about " + heldBytes
                        + " bytes wait for " + sender + ", and " + most + " or " + mostBytes + " are the limit"));
            }
            held++;
            heldBytes += waiting.size;
            queue.add(waiting);
            changed.signalAll();
            return waiting.done;
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        List<Waiting> batch = new ArrayList<>();
        try {
            for (fill(batch); !batch.isEmpty(); fill(batch)) {
                Duration pause = send(batch);
                if (!pause.isZero()) {
                    await(batch, pause);
                }
            }
        } catch (InterruptedException e) {
            // The time to finish is over.
        } finally {
            abandon(batch);
        }
    }

    /** Waits for messages, unless some are left; none is there afterwards when the client is closed. */
    private void fill(List<Waiting> batch) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            if (!batch.isEmpty()) {
                return;
            }
            while (queue.isEmpty() && !closed) {
                changed.await();
            }
            long characters = 0;
            while (!queue.isEmpty() && batch.size() < MOST_AT_ONCE) {
                characters += queue.element().size;
                if (!batch.isEmpty() && characters > REQUEST_CHARACTERS) {
                    return;
                }
                batch.add(queue.remove());
            }
        } finally {
            lock.unlock();
        }
    }

    /** Tries once, keeps in the batch what is to be tried again, and returns how long to wait before that. */
    private Duration send(List<Waiting> batch) throws InterruptedException {
        List<Sender.Outcome> outcomes = outcomes(batch);
        Iterator<Waiting> messages = batch.iterator();
        Sender.@Nullable Later first = null;
        boolean progress = false;
        for (Sender.Outcome outcome : outcomes) {
            Waiting waiting = messages.next();
            if (outcome instanceof Sender.Later later) {
                waiting.last = later.why();
                waiting.maybe |= later.why().maybePublished();
                first = first == null ? later : first;
                continue;
            }
            progress = true;
            messages.remove();
            if (outcome instanceof Sender.Published published) {
                settle(waiting, published.receipt(), null);
            } else if (outcome instanceof Sender.Refused refused) {
                settle(waiting, null, refused.why().orPublishedBefore(waiting.maybe));
            }
        }
        if (progress) {
            backoff.reset();
        }
        if (first == null) {
            return Duration.ZERO;
        }
        Duration after = first.after();
        if (after != null && after.isZero() && progress) {
            return Duration.ZERO;
        }
        Duration pause = backoff.next().plusMillis(1);
        return after != null && after.compareTo(pause) > 0 ? after : pause;
    }

    private List<Sender.Outcome> outcomes(List<Waiting> batch) throws InterruptedException {
        try {
            return sender.send(batch.stream().map(waiting -> waiting.message).toList());
        } catch (InterruptedException e) {
            batch.forEach(waiting -> waiting.maybe = true);
            throw e;
        }
    }

    /** Waits, and gives up meanwhile what has waited too long. */
    private void await(List<Waiting> batch, Duration pause) throws InterruptedException {
        long until = System.nanoTime() + pause.toNanos();
        long left = pause.toNanos();
        while (left > 0 && !batch.isEmpty()) {
            // Those that came first end first.
            long deadline = batch.get(0).deadline - System.nanoTime();
            TimeUnit.NANOSECONDS.sleep(Math.max(1, Math.min(left, deadline)));
            long now = System.nanoTime();
            while (!batch.isEmpty() && batch.get(0).deadline - now <= 0) {
                Waiting waiting = batch.remove(0);
                settle(waiting, null, gaveUp(waiting, "given up after " + giveUpAfter.toMillis() + " ms: "));
            }
            left = until - now;
        }
    }

    private static PublishException gaveUp(Waiting waiting, String prefix) {
        PublishException last = waiting.last;
        return last == null
                ? new PublishException(
                        prefix + (waiting.maybe ? "it was being sent" : "it was not sent"), 0, 0, waiting.maybe, null)
                : new PublishException(prefix + last.getMessage(), last.status(), last.code(), waiting.maybe, last);
    }

    /** Tells what became of a message, on a thread that may be blocked. */
    private void settle(Waiting waiting, @Nullable Receipt receipt, @Nullable PublishException failure) {
        lock.lock();
        try {
            held--;
            heldBytes -= waiting.size;
        } finally {
            lock.unlock();
        }
        ForkJoinPool.commonPool().execute(() -> {
            if (receipt != null) {
                waiting.done.complete(receipt);
            } else {
                waiting.done.completeExceptionally(failure);
            }
        });
    }

    private void abandon(List<Waiting> batch) {
        lock.lock();
        try {
            closed = true;
            batch.addAll(queue);
            queue.clear();
        } finally {
            lock.unlock();
        }
        batch.forEach(waiting -> settle(waiting, null, gaveUp(waiting, "the client is closed: ")));
    }

    @Override
    public void close() {
        close(END);
    }

    void close(Duration end) {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        try {
            thread.join(end.toMillis());
            thread.interrupt();
            thread.join(END.toMillis());
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
        }
    }

    /** Without any key. */
    @Override
    public String toString() {
        return "client of " + sender;
    }
}
