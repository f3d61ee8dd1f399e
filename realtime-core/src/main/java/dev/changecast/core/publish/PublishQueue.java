package dev.changecast.core.publish;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.core.Message;
import dev.changecast.core.Receipt;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** What was given to be published and is not yet in the log, bounded. Thread-safe. */
final class PublishQueue {
    /** How many bytes may wait. One request is taken in any case when nothing waits. */
    private static final long MOST_BYTES = 16L * 1024 * 1024;

    /** What a message takes besides its text, about. */
    private static final long OVERHEAD = 300;

    /** Messages that were given together, and who waits for them. */
    record Request(List<Message> messages, CompletableFuture<List<Receipt>> done, long bytes) {
        Request(List<Message> messages) {
            this(
                    messages,
                    new CompletableFuture<>(),
                    messages.stream().mapToLong(PublishQueue::bytes).sum());
        }
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition given = lock.newCondition();
    private final ArrayDeque<Request> waiting = new ArrayDeque<>();
    private long waitingBytes;
    private boolean closed;

    /** What a message takes in memory, about. */
    static long bytes(Message message) {
        return OVERHEAD + message.content().length() + 40L * message.to().size();
    }

    /** @throws ChangecastException with {@link ErrorCode#BUSY} when there is no room */
    void add(Request request) {
        lock.lock();
        try {
            if (closed) {
                throw new ChangecastException(ErrorCode.BUSY, "the server is going; publish again in a moment");
            }
            if (!waiting.isEmpty() && waitingBytes + request.bytes > MOST_BYTES) {
                throw new ChangecastException(
                        ErrorCode.BUSY,
                        waiting.size() + " requests with " + waitingBytes + " bytes wait to be written, and "
                                + MOST_BYTES + " are the limit; publish again in a moment");
            }
            waitingBytes += request.bytes;
            waiting.add(request);
            if (waiting.size() == 1) {
                given.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Waits for a request; null when the queue is closed. */
    @Nullable
    Request take() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (waiting.isEmpty() && !closed) {
                given.await();
            }
            Request request = closed ? null : waiting.poll();
            if (request != null) {
                waitingBytes -= request.bytes;
            }
            return request;
        } finally {
            lock.unlock();
        }
    }

    boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    /** Takes nothing more. Returns what still waited, the first time. */
    List<Request> close() {
        lock.lock();
        try {
            closed = true;
            given.signalAll();
            List<Request> left = new ArrayList<>(waiting);
            waiting.clear();
            waitingBytes = 0;
            return left;
        } finally {
            lock.unlock();
        }
    }
}
