package dev.changecast.http.grizzly;

import dev.changecast.api.transport.ClientConnection.WriteDone;
import dev.changecast.api.transport.FrameWriter;
import dev.changecast.api.transport.Payload;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.glassfish.grizzly.Buffer;
import org.glassfish.grizzly.EmptyCompletionHandler;
import org.glassfish.grizzly.WriteResult;
import org.glassfish.grizzly.asyncqueue.WritableMessage;
import org.glassfish.grizzly.memory.Buffers;
import org.glassfish.grizzly.nio.transport.TCPNIOConnection;
import org.glassfish.grizzly.nio.transport.TCPNIOTransport;
import org.glassfish.tyrus.spi.CompletionHandler;
import org.glassfish.tyrus.spi.Writer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way out of one upgraded connection, for both who write to it: Tyrus, frame by frame (close, ping, pong), and the
 * transport, whole batches at once. Where nothing waits, a batch goes to the socket straight away, from the thread's
 * {@link GatheredFrames}. What the network does not take waits in Grizzly's queue of the connection, and nobody waits for
 * it; whoever writes while something is there queues behind it, so the order is kept.
 */
final class SocketFrameWriter extends Writer implements FrameWriter {
    private static final Logger LOG = LoggerFactory.getLogger(SocketFrameWriter.class);

    private final TCPNIOConnection connection;
    private final TCPNIOTransport network;
    private final boolean secure;
    private final boolean compresses;
    private final Runnable onClose;

    /** Held while something is handed to the socket or to the queue, so that neither comes between parts of the other. */
    private final Object order = new Object();

    private long writes;

    /**
     * @param secure whether what is written has to pass the connection's TLS filter
     * @param compresses whether the client takes compressed messages
     * @param onClose called when Tyrus has written all it will ever write
     */
    SocketFrameWriter(TCPNIOConnection connection, boolean secure, boolean compresses, Runnable onClose) {
        this.connection = connection;
        this.network = (TCPNIOTransport) connection.getTransport();
        this.secure = secure;
        this.compresses = compresses;
        this.onClose = onClose;
    }

    @Override
    public void write(List<Payload> messages, WriteDone done) {
        boolean open = true;
        synchronized (order) {
            int given = 0;
            if (!secure && pendingBytes() == 0) {
                GatheredFrames frames = GatheredFrames.ofThisThread();
                while (open && given < messages.size()) {
                    int gathered = frames.gather(messages, given, compresses);
                    if (gathered == 0) {
                        break;
                    }
                    given += gathered;
                    open = writeNow(frames.bytes());
                    if (open && frames.bytes().hasRemaining()) {
                        queue(FrameBatch.join(frames.bytes(), rest(messages, given), compresses), done);
                        return;
                    }
                }
            }
            if (open && given < messages.size()) {
                queue(FrameBatch.join(rest(messages, given), compresses), done);
                return;
            }
        }
        if (!open) {
            connection.terminateSilently();
        }
        done.done(open);
    }

    private static List<Payload> rest(List<Payload> messages, int from) {
        return messages.subList(from, messages.size());
    }

    /** Gives the socket what it takes now; false when the connection is lost. */
    private boolean writeNow(ByteBuffer bytes) {
        writes++;
        try {
            ((SocketChannel) connection.getChannel()).write(bytes);
            return true;
        } catch (IOException e) {
            LOG.debug("connection lost while written to: {}", e.toString());
            return false;
        }
    }

    @Override
    public void write(ByteBuffer frame, CompletionHandler<ByteBuffer> handler) {
        synchronized (order) {
            queue(frame, delivered -> {
                if (delivered) {
                    handler.completed(frame);
                } else {
                    handler.failed(new IllegalStateException("the connection is closed"));
                }
            });
        }
    }

    /** With TLS the bytes are counted as they are on the wire. Tyrus's own frames are counted too. */
    @Override
    public long pendingBytes() {
        return connection.isOpen() ? connection.getAsyncWriteQueue().spaceInBytes() : 0;
    }

    /** How often the socket or its queue was given something. */
    long writes() {
        synchronized (order) {
            return writes;
        }
    }

    @Override
    public void abort() {
        connection.terminateSilently();
    }

    @Override
    public void close() {
        onClose.run();
    }

    private void queue(ByteBuffer bytes, WriteDone done) {
        writes++;
        Completion completion = new Completion(done);
        Buffer buffer = Buffers.wrap(network.getMemoryManager(), bytes);
        try {
            if (secure) {
                connection.<WritableMessage>write(buffer, completion);
            } else {
                // Past the filters, which have nothing to do with frames.
                network.getAsyncQueueIO().getWriter().write(connection, null, buffer, completion);
            }
        } catch (RuntimeException e) {
            completion.failed(e);
        }
    }

    /** Tells the end of a write once, also where Grizzly would tell it twice: when a write and a close meet. */
    private static final class Completion extends EmptyCompletionHandler<WriteResult<WritableMessage, SocketAddress>> {
        private final AtomicBoolean told = new AtomicBoolean();
        private final WriteDone done;

        Completion(WriteDone done) {
            this.done = done;
        }

        @Override
        public void completed(WriteResult<WritableMessage, SocketAddress> result) {
            tell(true);
        }

        @Override
        public void failed(Throwable failure) {
            tell(false);
        }

        @Override
        public void cancelled() {
            tell(false);
        }

        private void tell(boolean delivered) {
            if (told.compareAndSet(false, true)) {
                done.done(delivered);
            }
        }
    }
}
