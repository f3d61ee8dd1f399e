package dev.changecast.core.session;

import dev.changecast.api.transport.ClientConnection;
import dev.changecast.api.transport.Payload;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

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
    private final ArrayDeque<Payload> waiting = new ArrayDeque<>();
    private long bytes;
    private boolean inFlight;
    private boolean broken;

    /**
     * @param capacity how many bytes may wait before {@link #isFull}
     * @param onWritten called by the owning thread after a batch was written that did not end at once
     */
    Outbox(ClientConnection connection, Dispatcher owner, int capacity, Runnable onWritten) {
        this.connection = connection;
        this.owner = owner;
        this.capacity = capacity;
        this.onWritten = onWritten;
    }

    void add(Payload message) {
        waiting.add(message);
        bytes += message.size();
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

    boolean isIdle() {
        return !inFlight && waiting.isEmpty();
    }

    void flush() {
        while (!inFlight && !waiting.isEmpty() && !broken) {
            List<Payload> batch = new ArrayList<>(Math.min(waiting.size(), BATCH_MESSAGES));
            int size = 0;
            do {
                Payload message = waiting.poll();
                size += message.size();
                batch.add(message);
            } while (!waiting.isEmpty()
                    && batch.size() < BATCH_MESSAGES
                    && size + waiting.peek().size() <= BATCH_BYTES);
            int written = size;
            inFlight = true;
            connection.write(batch, delivered -> {
                if (owner.isCurrentThread()) {
                    written(written, delivered);
                } else {
                    owner.execute(() -> {
                        written(written, delivered);
                        onWritten.run();
                    });
                }
            });
        }
    }

    private void written(int size, boolean delivered) {
        inFlight = false;
        bytes -= size;
        if (!delivered) {
            discard();
        }
    }

    /** Nothing more will be written. */
    void discard() {
        broken = true;
        waiting.clear();
        bytes = 0;
    }
}
