package dev.changecast.transport.sse;

import dev.changecast.api.transport.ClientConnection;
import dev.changecast.api.transport.Payload;
import dev.changecast.transport.servlet.ConnectionEvents;
import dev.changecast.transport.servlet.Exchange;
import dev.changecast.transport.servlet.Problem;
import dev.changecast.transport.servlet.ResponseStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends events to one client. The container's taking them is all that can be known of their delivery. */
final class EventsConnection implements ClientConnection {
    private static final Logger LOG = LoggerFactory.getLogger(EventsConnection.class);

    /** Clients come back after 1 to 3 s, not all at once. */
    private static final int RETRY_MILLIS = 1000;

    private static final int RETRY_SPREAD_MILLIS = 2000;

    /** Those who are not let in at the moment come back later. */
    private static final int COME_BACK_MILLIS = 5000;

    private final Exchange exchange;
    private final ResponseStream stream;
    private final Closer closer;
    private final ConnectionEvents events;
    private final Resumption resumption;
    private final AtomicBoolean gone = new AtomicBoolean();

    // Guarded by this.
    private boolean writing;
    private byte @Nullable [] farewell;

    /** @param subscriptions how many commands the session is opened with */
    EventsConnection(Exchange exchange, ResponseStream stream, Closer closer, int subscriptions) {
        this.exchange = exchange;
        this.stream = stream;
        this.closer = closer;
        this.resumption = new Resumption(subscriptions);
        this.events = new ConnectionEvents(failure -> {
            LOG.error("a session by server-sent events: the engine failed at what it was asked", failure);
            close(1011, "the server failed");
        });
        exchange.onGone(this::gone);
    }

    /** What every stream begins with. */
    static byte[] beginning() {
        return utf8("retry: " + (RETRY_MILLIS + ThreadLocalRandom.current().nextInt(RETRY_SPREAD_MILLIS)) + "\n\n");
    }

    /** All that somebody gets who is not let in at the moment. */
    static byte[] comeBack(Problem problem) {
        int retry = COME_BACK_MILLIS + ThreadLocalRandom.current().nextInt(COME_BACK_MILLIS);
        byte[] error = problem.json(EventsTransport.NAME);
        byte[] close = closeEvent(problem.status() == 429 ? 4429 : 4501, problem.message());
        ByteArrayOutputStream events = new ByteArrayOutputStream();
        events.writeBytes(utf8("retry: " + retry + "\ndata: "));
        events.writeBytes(error);
        events.writeBytes(utf8("\n\n"));
        events.writeBytes(close);
        return events.toByteArray();
    }

    private static byte[] closeEvent(int code, String reason) {
        return utf8("event: close\ndata: {\"code\":" + code + ",\"reason\":" + Problem.quoted(reason) + "}\n\n");
    }

    /** What the request asks for, on its way to the engine. */
    ConnectionEvents events() {
        return events;
    }

    @Override
    public void write(List<Payload> messages, WriteDone done) {
        byte[] bytes;
        synchronized (this) {
            if (gone.get() || farewell != null || writing) {
                bytes = null;
            } else {
                writing = true;
                bytes = eventsOf(messages);
            }
        }
        if (bytes == null) {
            done.done(false);
        } else {
            stream.write(bytes, delivered -> {
                byte[] last = written();
                done.done(delivered);
                if (last != null) {
                    end(last);
                }
            });
        }
    }

    private synchronized byte @Nullable [] written() {
        writing = false;
        return farewell;
    }

    private byte[] eventsOf(List<Payload> messages) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(
                messages.stream().mapToInt(message -> message.size() + 64).sum());
        for (Payload message : messages) {
            EventForm form = message.framed(EventForm.FRAMING);
            String id = resumption.idOf(form);
            if (id != null) {
                bytes.writeBytes(utf8("id: " + id + "\n"));
            }
            bytes.writeBytes(form.event());
        }
        return bytes.toByteArray();
    }

    /** Who takes what is sent is alive. Who does not cannot be asked: there is no way back but the connection itself. */
    @Override
    public void ping() {
        boolean takes;
        synchronized (this) {
            takes = !writing;
        }
        if (takes) {
            events.alive();
        }
    }

    @Override
    public void close(int code, String reason) {
        byte[] last = closeEvent(code, reason);
        boolean now;
        synchronized (this) {
            if (gone.get() || farewell != null) {
                return;
            }
            farewell = last;
            now = !writing;
        }
        closer.whenOverdue(this::abort);
        if (now) {
            end(last);
        }
    }

    private void end(byte[] last) {
        stream.write(last, delivered -> {
            stream.end();
            if (gone.compareAndSet(false, true)) {
                events.closed();
            }
        });
    }

    @Override
    public void abort() {
        exchange.abort();
        gone();
    }

    private void gone() {
        if (gone.compareAndSet(false, true)) {
            stream.fail();
            events.closed();
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
