package dev.changecast.core.session;

import dev.changecast.api.transport.ClientConnection;
import dev.changecast.api.transport.Payload;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be written to one client. At most one batch is in flight; what comes meanwhile goes out together in the
 * next. Used by the owning thread alone, except for the end of a write.
 */
final class Outbox {
    /** A batch in flight is at most this large, unless a single message is larger. */
    private static final int BATCH_BYTES = 256 * 1024;

    private static final int BATCH_MESSAGES = 1024;

    private final ClientConnection connection;
    private final Dispatcher owner;
    private final int capacity;
    private final Runnable onWritten;
    private final Confirmations confirmations;
    private final SentCounters sent;

    /** One for all batches, as only one is in flight. */
    private final ClientConnection.WriteDone batchWritten = this::batchWritten;

    private final ArrayDeque<Payload> waiting = new ArrayDeque<>();
    private long bytes;
    private boolean inFlight;

    /** The size of the batch that is in flight. */
    private int batchBytes;

    private int batchMessages;

    private boolean broken;

    /** What {@link #given} was when it was last looked at, and since when it has been that while something waited. */
    private long givenBefore;

    private long unchangedSince;

    /** How many messages were added, and how many of them were given to the connection. */
    private long added;

    private long given;

    /** Who waits for a message to be received; null while nobody ever did. */
    private @Nullable ArrayDeque<Awaited> awaited;

    /** @param number which message it is */
    private record Awaited(long number, Runnable whenReceived) {}

    /**
     * @param capacity how many bytes may wait before {@link #isFull}
     * @param onWritten called by the owning thread after a batch was written that did not end at once
     * @param confirmations told what the network has taken
     * @param sent counts what is given to the connection
     */
    Outbox(
            ClientConnection connection,
            Dispatcher owner,
            int capacity,
            Runnable onWritten,
            Confirmations confirmations,
            SentCounters sent) {
        this.connection = connection;
        this.owner = owner;
        this.capacity = capacity;
        this.onWritten = onWritten;
        this.confirmations = confirmations;
        this.sent = sent;
    }

    void add(Payload message) {
        waiting.add(message);
        bytes += message.size();
        added++;
    }

    /** @param whenReceived run by the owning thread when the client has got the message; never when that is not known */
    void add(Payload message, Runnable whenReceived) {
        add(message);
        if (awaited == null) {
            awaited = new ArrayDeque<>(2);
        }
        awaited.add(new Awaited(added, whenReceived));
    }

    /** Whether more must not be added but for answers: the session reads from the log instead. */
    boolean isFull() {
        return bytes >= capacity;
    }

    /** Whether there is room for another part of the log. */
    boolean hasRoom() {
        return bytes < capacity / 2;
    }

    long waitingBytes() {
        return bytes;
    }

    /** How many messages were given to the connection. */
    long given() {
        return given;
    }

    /** Looks at the clock: not at each write, which would cost more than the write's own bookkeeping. */
    void tick(long now) {
        if (!inFlight || given != givenBefore) {
            givenBefore = given;
            unchangedSince = now;
        }
    }

    /** For how long the network has been taking the batch that is in flight; 0 when there is none. */
    long stalledNanos(long now) {
        return inFlight && given == givenBefore ? Math.max(0, now - unchangedSince) : 0;
    }

    boolean isIdle() {
        return !inFlight && waiting.isEmpty();
    }

    void flush() {
        while (!inFlight && !waiting.isEmpty() && !broken) {
            List<Payload> batch = batch();
            inFlight = true;
            batchMessages = batch.size();
            sent.messages.add(batchMessages);
            sent.bytes.add(batchBytes);
            connection.write(batch, batchWritten);
        }
    }

    /** Takes as much as goes out at once. */
    private List<Payload> batch() {
        Payload first = waiting.remove();
        batchBytes = first.size();
        given++;
        if (!fits(waiting.peek())) {
            return List.of(first);
        }
        List<Payload> batch = new ArrayList<>(Math.min(waiting.size() + 1, BATCH_MESSAGES));
        batch.add(first);
        do {
            Payload message = waiting.remove();
            batchBytes += message.size();
            given++;
            batch.add(message);
        } while (batch.size() < BATCH_MESSAGES && fits(waiting.peek()));
        return batch;
    }

    private boolean fits(@Nullable Payload next) {
        return next != null && batchBytes + next.size() <= BATCH_BYTES;
    }

    private void batchWritten(boolean delivered) {
        if (owner.isCurrentThread()) {
            written(delivered);
        } else {
            owner.execute(() -> {
                written(delivered);
                onWritten.run();
            });
        }
    }

    private void written(boolean delivered) {
        inFlight = false;
        bytes -= batchBytes;
        if (!delivered) {
            owner.counters().dropped.add(batchMessages);
            discard();
        } else if (awaited != null) {
            for (Awaited first = awaited.peek(); first != null && first.number <= given; first = awaited.peek()) {
                confirmations.taken(awaited.remove().whenReceived);
            }
            confirmations.ask();
        }
    }

    /** Nothing more will be written. */
    void discard() {
        broken = true;
        awaited = null;
        owner.counters().dropped.add(waiting.size());
        waiting.clear();
        bytes = 0;
    }
}
