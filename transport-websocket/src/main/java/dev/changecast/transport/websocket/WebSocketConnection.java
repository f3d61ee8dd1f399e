package dev.changecast.transport.websocket;

import dev.changecast.api.transport.ClientConnection;
import dev.changecast.api.transport.FrameWriter;
import dev.changecast.api.transport.Payload;
import jakarta.websocket.CloseReason;
import jakarta.websocket.CloseReason.CloseCodes;
import jakarta.websocket.Session;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends to one client, and ends the connection: politely, within a bounded time, or at once. */
final class WebSocketConnection implements ClientConnection {
    private static final Logger LOG = LoggerFactory.getLogger(WebSocketConnection.class);
    private static final int MAX_REASON_BYTES = 123;

    private final Session session;
    private final Closer closer;
    private final FrameWriter writer;
    private final ConnectionEvents events;
    private final AtomicBoolean closing = new AtomicBoolean();
    private final AtomicBoolean gone = new AtomicBoolean();

    // Guarded by itself.
    private final List<Question> questions = new ArrayList<>(1);
    private long lastQuestion;

    /** Whether the client has got what was written before a ping with this number. */
    private record Question(long number, Runnable received) {}

    WebSocketConnection(Session session, Closer closer) {
        this.session = session;
        this.closer = closer;
        this.writer = session.getUserProperties().get(FrameWriter.PROPERTY) instanceof FrameWriter offered
                ? offered
                : new ContainerFrameWriter(session);
        this.events = new ConnectionEvents(this::listenerFailed);
    }

    /** What arrives, on its way to the engine. */
    ConnectionEvents events() {
        return events;
    }

    @Override
    public void write(List<Payload> messages, WriteDone done) {
        if (closing.get() || gone.get()) {
            done.done(false);
        } else {
            writer.write(messages, done);
        }
    }

    @Override
    public void ping() {
        ping(ByteBuffer.allocate(0));
    }

    /** A pong names the ping that it answers, and comes after the client has read all that was before that. */
    @Override
    public void confirm(Runnable received) {
        long number;
        synchronized (questions) {
            number = ++lastQuestion;
            questions.add(new Question(number, received));
        }
        ping(ByteBuffer.allocate(Long.BYTES).putLong(number).flip());
    }

    /** The client has answered a ping, or sends what looks like that. */
    void pong(ByteBuffer data) {
        events.alive();
        if (data.remaining() == Long.BYTES) {
            long number = data.getLong();
            List<Question> answered = new ArrayList<>();
            synchronized (questions) {
                if (number <= lastQuestion) {
                    questions.removeIf(question -> question.number <= number && answered.add(question));
                }
            }
            answered.forEach(question -> question.received.run());
        }
    }

    private void ping(ByteBuffer data) {
        closer.run(() -> {
            try {
                session.getAsyncRemote().sendPing(data);
            } catch (IOException | IllegalStateException e) {
                LOG.debug("connection {} could not be pinged: {}", session.getId(), e.toString());
            }
        });
    }

    @Override
    public void close(int code, String reason) {
        if (!closing.compareAndSet(false, true) || gone.get()) {
            return;
        }
        // Not taken back when the container says that the session is closed: its socket may still be open then.
        closer.whenOverdue(this::abort);
        CloseReason closeReason = new CloseReason(CloseCodes.getCloseCode(code), shortened(reason));
        Runnable close = () -> closer.run(() -> closeSession(closeReason));
        if (writer instanceof ContainerFrameWriter slow) {
            slow.afterPending(close);
        } else {
            close.run();
        }
    }

    private void closeSession(CloseReason reason) {
        try {
            session.close(reason);
        } catch (IOException | IllegalStateException e) {
            LOG.debug("connection {} could not be closed: {}", session.getId(), e.toString());
        }
    }

    @Override
    public void abort() {
        closing.set(true);
        writer.abort();
        gone();
    }

    /** The container has said that the connection is over, or we have ended it. */
    void gone() {
        if (gone.compareAndSet(false, true)) {
            events.closed();
        }
    }

    private void listenerFailed(RuntimeException failure) {
        LOG.error("connection {}: the engine failed at what the client sent", session.getId(), failure);
        close(CloseCodes.UNEXPECTED_CONDITION.getCode(), "the server failed");
    }

    /** At most as many bytes as a close frame may carry, cut between characters. */
    static String shortened(String reason) {
        byte[] bytes = reason.getBytes(StandardCharsets.UTF_8);
        if (bytes.length <= MAX_REASON_BYTES) {
            return reason;
        }
        int end = MAX_REASON_BYTES;
        while ((bytes[end] & 0xC0) == 0x80) {
            end--;
        }
        return new String(bytes, 0, end, StandardCharsets.UTF_8);
    }
}
