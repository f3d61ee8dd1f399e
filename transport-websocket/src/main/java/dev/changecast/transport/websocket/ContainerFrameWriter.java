package dev.changecast.transport.websocket;

import dev.changecast.api.transport.ClientConnection.WriteDone;
import dev.changecast.api.transport.FrameWriter;
import dev.changecast.api.transport.Payload;
import jakarta.websocket.CloseReason;
import jakarta.websocket.CloseReason.CloseCodes;
import jakarta.websocket.SendResult;
import jakarta.websocket.Session;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes with what every container has. The standard allows one message in flight, so a batch goes out one message
 * after the other.
 */
final class ContainerFrameWriter implements FrameWriter {
    private static final Logger LOG = LoggerFactory.getLogger(ContainerFrameWriter.class);
    private static final Runnable IDLE = marker();
    private static final Runnable WRITING = marker();

    private final Session session;
    private final AtomicLong pendingBytes = new AtomicLong();
    /** {@link #IDLE}, {@link #WRITING}, or what to run when the batch in flight has ended. */
    private final AtomicReference<Runnable> state = new AtomicReference<>(IDLE);

    ContainerFrameWriter(Session session) {
        this.session = session;
    }

    @Override
    public void write(List<Payload> messages, WriteDone done) {
        if (!state.compareAndSet(IDLE, WRITING)) {
            done.done(false);
            return;
        }
        pendingBytes.addAndGet(bytes(messages));
        new Batch(List.copyOf(messages), done).proceed();
    }

    @Override
    public long pendingBytes() {
        return pendingBytes.get();
    }

    /** Runs now, or when the batch in flight has ended; nothing is written after it. */
    void afterPending(Runnable task) {
        if (state.getAndSet(task) != WRITING) {
            task.run();
        }
    }

    /** As near as the standard comes to it: it knows no way to end a connection without a close frame. */
    @Override
    public void abort() {
        try {
            session.close(new CloseReason(CloseCodes.GOING_AWAY, ""));
        } catch (IOException | IllegalStateException e) {
            LOG.debug("connection {} could not be closed: {}", session.getId(), e.toString());
        }
    }

    private static long bytes(List<Payload> messages) {
        return messages.stream().mapToLong(Payload::size).sum();
    }

    private static Runnable marker() {
        return new Runnable() {
            @Override
            public void run() {
                throw new IllegalStateException("a state, not a task");
            }
        };
    }

    private final class Batch {
        private final List<Payload> messages;
        private final WriteDone done;
        private final AtomicBoolean ended = new AtomicBoolean();
        /** Sends that are due. A container may complete one at once, inside the other: a loop, not a recursion. */
        private final AtomicInteger due = new AtomicInteger();

        private int sent;

        Batch(List<Payload> messages, WriteDone done) {
            this.messages = messages;
            this.done = done;
        }

        void proceed() {
            if (due.getAndIncrement() == 0) {
                do {
                    send();
                } while (due.decrementAndGet() != 0);
            }
        }

        private void send() {
            if (sent == messages.size()) {
                end(true);
                return;
            }
            try {
                session.getAsyncRemote().sendText(messages.get(sent).toString(), this::completed);
            } catch (RuntimeException e) {
                LOG.debug("connection {} could not be written to: {}", session.getId(), e.toString());
                end(false);
            }
        }

        private void completed(SendResult result) {
            if (result.isOK()) {
                pendingBytes.addAndGet(-messages.get(sent).size());
                sent++;
                proceed();
            } else {
                end(false);
            }
        }

        private void end(boolean delivered) {
            if (!ended.compareAndSet(false, true)) {
                return;
            }
            pendingBytes.addAndGet(-bytes(messages.subList(sent, messages.size())));
            Runnable after = state.getAndUpdate(present -> present == WRITING ? IDLE : present);
            done.done(delivered);
            if (after != WRITING) {
                after.run();
            }
        }
    }
}
