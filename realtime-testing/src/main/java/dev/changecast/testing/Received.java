package dev.changecast.testing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a client got, in order. {@link #await} goes forward: it finds the first message, behind the one that it found
 * before, that fits, so that a test reads as the story of a connection. Thread-safe.
 */
public final class Received {
    private static final int SHOWN = 20;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final List<Message> messages = new ArrayList<>();
    private int next;
    private boolean left;
    private @Nullable Close close;
    private @Nullable String violation;

    /**
     * How the connection ended.
     *
     * @param code the close code; 1006 when there was none
     */
    public record Close(int code, String reason) {}

    void add(String json) {
        lock.lock();
        try {
            if (left) {
                return;
            }
            if (close != null) {
                violated("a message after the close " + close + ": " + json);
            }
            messages.add(new Message(json));
        } catch (IllegalArgumentException e) {
            violated(e.getMessage());
        } finally {
            changed.signalAll();
            lock.unlock();
        }
    }

    void closed(int code, String reason) {
        lock.lock();
        try {
            if (close == null) {
                close = new Close(code, reason);
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The client itself has ended the connection; what was on its way is nobody's any more. */
    void left(int code, String reason) {
        lock.lock();
        try {
            left = true;
            closed(code, reason);
        } finally {
            lock.unlock();
        }
    }

    /** Something happened that the contract forbids; whoever waits fails with it. */
    void violated(@Nullable String what) {
        lock.lock();
        try {
            violation = violation == null ? what : violation;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Everything so far. Fails when the contract was violated. */
    public List<Message> all() {
        lock.lock();
        try {
            check();
            return List.copyOf(messages);
        } finally {
            lock.unlock();
        }
    }

    /** All changes so far. */
    public List<Message> changes() {
        return all().stream().filter(Message::isChange).toList();
    }

    /** Everything so far of this type. */
    public List<Message> all(String type) {
        return all().stream().filter(message -> message.is(type)).toList();
    }

    /** How the connection ended; null while it is open. */
    public @Nullable Close close() {
        lock.lock();
        try {
            return close;
        } finally {
            lock.unlock();
        }
    }

    /** The next message of this type, within {@link Eventually#WITHIN}. */
    public Message await(String type) {
        return await("a message of type " + type, message -> message.is(type));
    }

    /** The next message that fits, within {@link Eventually#WITHIN}. */
    public Message await(String what, Predicate<Message> fits) {
        return await(what, Eventually.WITHIN, fits);
    }

    /** The next message that fits; fails after that time, or when the connection ends without it. */
    public Message await(String what, Duration within, Predicate<Message> fits) {
        long nanos = within.toNanos();
        lock.lock();
        try {
            while (true) {
                check();
                while (next < messages.size()) {
                    Message message = messages.get(next++);
                    if (fits.test(message)) {
                        return message;
                    }
                }
                if (nanos <= 0 || close != null) {
                    throw new AssertionError(
                            (close == null ? "waited " + within.toMillis() + " ms in vain" : "closed with " + close)
                                    + " before " + what + told());
                }
                nanos = changed.awaitNanos(nanos);
            }
        } catch (InterruptedException e) {
            throw interrupted(e);
        } finally {
            lock.unlock();
        }
    }

    /** Waits for the end of the connection, within {@link Eventually#WITHIN}. */
    public Close awaitClose() {
        long nanos = Eventually.WITHIN.toNanos();
        lock.lock();
        try {
            while (close == null) {
                if (nanos <= 0) {
                    throw new AssertionError("the connection did not end" + told());
                }
                nanos = changed.awaitNanos(nanos);
            }
            check();
            return close;
        } catch (InterruptedException e) {
            throw interrupted(e);
        } finally {
            lock.unlock();
        }
    }

    private void check() {
        if (violation != null) {
            throw new AssertionError("the contract was violated: " + violation + told());
        }
    }

    private String told() {
        int from = Math.max(0, messages.size() - SHOWN);
        StringBuilder told = new StringBuilder("; of " + messages.size() + " messages the last are:");
        messages.subList(from, messages.size())
                .forEach(message -> told.append("\n  ")
                        .append(message.json(), 0, Math.min(message.json().length(), 400)));
        return told.toString();
    }

    private static AssertionError interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new AssertionError("interrupted while waiting", e);
    }
}
