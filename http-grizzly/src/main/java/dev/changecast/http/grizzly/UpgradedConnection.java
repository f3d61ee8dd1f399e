package dev.changecast.http.grizzly;

import jakarta.websocket.CloseReason;
import java.nio.ByteBuffer;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.glassfish.grizzly.Buffer;
import org.glassfish.grizzly.EmptyCompletionHandler;
import org.glassfish.grizzly.Grizzly;
import org.glassfish.grizzly.attributes.Attribute;
import org.glassfish.grizzly.memory.ByteBufferArray;
import org.glassfish.grizzly.nio.transport.TCPNIOConnection;
import org.glassfish.tyrus.core.CloseReasons;
import org.glassfish.tyrus.spi.Connection;
import org.glassfish.tyrus.spi.WebSocketEngine.UpgradeInfo;
import org.jspecify.annotations.Nullable;

/**
 * One connection after the handshake: gives Tyrus what arrives, as far as it keeps the rules, and ends the connection as
 * RFC 6455 (7.1.1) wants it: after both close frames. A socket closed earlier, with something unread in it, takes the
 * close frame that is on its way down with it, and the client never learns why. Who does not answer is cut off.
 */
final class UpgradedConnection {
    private static final Attribute<UpgradedConnection> OF =
            Grizzly.DEFAULT_ATTRIBUTE_BUILDER.createAttribute(UpgradedConnection.class.getName());

    private final TCPNIOConnection socket;
    private final FrameScanner scanner;
    private final SocketFrameWriter writer;
    private final ScheduledExecutorService clock;
    private final long closeTimeoutMillis;
    private final AtomicBoolean closing = new AtomicBoolean();
    private final @Nullable MessageInflater inflater;
    private @Nullable Connection webSocket;

    UpgradedConnection(
            TCPNIOConnection socket,
            boolean secure,
            boolean compresses,
            Bounds bounds,
            ScheduledExecutorService clock) {
        this.socket = socket;
        this.scanner = new FrameScanner(bounds.maxMessageBytes(), compresses);
        this.inflater = compresses ? new MessageInflater(bounds.maxMessageBytes(), this::handOn) : null;
        this.writer = new SocketFrameWriter(socket, secure, compresses, this::allWritten);
        this.clock = clock;
        this.closeTimeoutMillis = bounds.closeTimeout().toMillis();
    }

    /** The WebSocket on a socket; null when it still speaks HTTP. */
    static @Nullable UpgradedConnection of(org.glassfish.grizzly.Connection<?> socket) {
        return OF.get(socket);
    }

    SocketFrameWriter writer() {
        return writer;
    }

    /**
     * Opens the session, on this thread.
     *
     * @param onGone called once, when the socket is closed
     */
    void open(UpgradeInfo upgrade, Consumer<UpgradedConnection> onGone) {
        OF.set(socket, this);
        Connection opened = upgrade.createConnection(writer, reason -> socket.closeSilently());
        webSocket = opened;
        // When the socket is closed already, this calls at once.
        socket.closeFuture().addCompletionHandler(new EmptyCompletionHandler<>() {
            @Override
            public void completed(org.glassfish.grizzly.CloseReason reason) {
                onGone.accept(UpgradedConnection.this);
                opened.close(CloseReasons.CLOSED_ABNORMALLY.getCloseReason());
            }
        });
    }

    /** Called by one thread at a time, in the order of arrival. */
    void received(Buffer data) {
        if (data.isComposite()) {
            ByteBufferArray parts = data.toByteBufferArray();
            for (int i = 0; i < parts.size(); i++) {
                received(parts.getArray()[i]);
            }
            parts.restore();
            parts.recycle();
        } else if (data.hasRemaining()) {
            received(data.toByteBuffer());
        }
    }

    private void received(ByteBuffer data) {
        Connection receiver = webSocket;
        if (scanner.violation() != null || receiver == null) {
            return;
        }
        int end = scanner.scan(data);
        CloseReason violation = scanner.violation();
        if (!closing.get() && end > data.position()) {
            ByteBuffer good = data.duplicate().limit(end);
            if (inflater == null) {
                handOn(good);
            } else if (inflater.violation() == null) {
                inflater.receive(good);
                violation = inflater.violation() == null ? violation : inflater.violation();
            }
        }
        if (violation != null) {
            receiver.close(violation);
        } else if (scanner.closeSeen() && closing.get()) {
            socket.closeSilently();
        }
    }

    private void handOn(ByteBuffer frames) {
        Connection receiver = webSocket;
        if (receiver != null) {
            receiver.getReadHandler().handle(frames);
        }
    }

    /** The server closes. */
    void close(CloseReason reason) {
        Connection open = webSocket;
        if (open != null) {
            open.close(reason);
        }
    }

    void abort() {
        socket.terminateSilently();
    }

    /** The close frame is written, or waits behind what the client does not take. */
    private void allWritten() {
        if (closing.compareAndSet(false, true) && socket.isOpen()) {
            clock.schedule(socket::terminateSilently, closeTimeoutMillis, TimeUnit.MILLISECONDS);
            if (scanner.closeSeen()) {
                socket.closeSilently();
            }
        }
    }
}
