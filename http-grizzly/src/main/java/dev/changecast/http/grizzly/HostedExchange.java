package dev.changecast.http.grizzly;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.glassfish.grizzly.Buffer;
import org.glassfish.grizzly.Connection;
import org.glassfish.grizzly.Grizzly;
import org.glassfish.grizzly.WriteHandler;
import org.glassfish.grizzly.attributes.Attribute;
import org.glassfish.grizzly.filterchain.FilterChainContext;
import org.glassfish.grizzly.http.HttpBrokenContent;
import org.glassfish.grizzly.http.HttpContent;
import org.glassfish.grizzly.http.HttpHeader;
import org.glassfish.grizzly.http.HttpRequestPacket;
import org.glassfish.grizzly.memory.Buffers;
import org.glassfish.grizzly.utils.IdleTimeoutFilter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request and its answer, from the servlet's call until it is complete or its client gone. While it waits, of
 * Grizzly's objects it knows the connection alone. It leaves the connection to the next request when the answer is
 * written and all of its own request has been read, needed or not.
 */
final class HostedExchange implements AsyncContext, BodyInput.Owner {
    private static final Logger LOG = LoggerFactory.getLogger(HostedExchange.class);
    private static final Attribute<HostedExchange> ON =
            Grizzly.DEFAULT_ATTRIBUTE_BUILDER.createAttribute(HostedExchange.class.getName());
    private static final byte[] CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private static final String GONE = "the client is gone";

    private final Connection<?> socket;
    private final Executor workers;
    private final Duration idleTimeout;
    private final HostedRequest request;
    private final HostedResponse response;
    private final BodyInput input;
    private volatile List<AsyncListener> listeners = List.of();
    private volatile boolean started;
    private volatile boolean over;
    /** It is over because its client is gone. */
    private volatile boolean gone;

    // Guarded by this.
    /** What has not arrived as a whole; null when it has. */
    private @Nullable HttpHeader arriving;
    /** The client sends its body when it is told to. */
    private boolean awaitsContinue;

    private boolean answered;
    private boolean left;
    /** Goes on with what came from the client and could not be taken at once. */
    private @Nullable Runnable held;

    HostedExchange(
            Connection<?> socket,
            HttpRequestPacket packet,
            Executor workers,
            Duration idleTimeout,
            TrustedProxies proxies) {
        this.socket = socket;
        this.workers = workers;
        this.idleTimeout = idleTimeout;
        this.arriving = packet;
        this.awaitsContinue = packet.requiresAcknowledgement();
        this.input = new BodyInput(this);
        this.request = new HostedRequest(this, packet, input, proxies);
        this.response = new HostedResponse(this, packet);
        // Whoever waits keeps the time.
        IdleTimeoutFilter.setCustomTimeout(socket, -1, TimeUnit.MILLISECONDS);
        ON.set(socket, this);
        if (!socket.isOpen()) {
            gone();
        }
    }

    /** The exchange that a connection is busy with; null when there is none. */
    static @Nullable HostedExchange on(Connection<?> socket) {
        return ON.get(socket);
    }

    HostedRequest request() {
        return request;
    }

    HostedResponse response() {
        return response;
    }

    boolean isStarted() {
        return started;
    }

    boolean isOver() {
        return over;
    }

    AsyncContext start() {
        if (started) {
            throw new IllegalStateException("the request is asynchronous already");
        }
        started = true;
        return this;
    }

    // ---- What comes from the client

    /** Whether this is the request that is still arriving. */
    synchronized boolean isOf(HttpHeader packet) {
        return arriving == packet;
    }

    /** Takes a part of the request; the servlet is told of it by {@link #read}. */
    void receive(HttpContent content) {
        boolean last = content.isLast();
        if (content instanceof HttpBrokenContent broken) {
            input.fail(new IOException("the request is broken", broken.getException()));
            return;
        }
        Buffer buffer = content.getContent();
        byte[] part = new byte[buffer.remaining()];
        buffer.get(part);
        content.recycle();
        buffer.tryDispose();
        synchronized (this) {
            awaitsContinue &= part.length == 0;
        }
        if (!over) {
            input.receive(part, last);
        }
        if (last) {
            boolean leaves;
            synchronized (this) {
                arriving = null;
                leaves = answered;
            }
            if (leaves) {
                leave();
            }
        }
    }

    /** The servlet was called, and may be told of its body. */
    void served() {
        input.open();
    }

    /** Lets the servlet read what has arrived, on this thread if it is not about to on another one. */
    void read() {
        input.tell();
    }

    /** What has arrived waits until the servlet has read it, and nothing more is read from the connection. */
    synchronized boolean takesMore(FilterChainContext context) {
        if (arriving == null || over || !input.hasUnread()) {
            return true;
        }
        context.suspend();
        held = () -> context.resume(context.getStopAction());
        return false;
    }

    @Override
    public void drained() {
        Runnable more = null;
        synchronized (this) {
            if (arriving != null) {
                more = held;
                held = null;
            }
        }
        runHeld(more);
    }

    /** Another request of the same connection waits for the end of this one; false when that has come. */
    synchronized boolean holdBack(FilterChainContext next) {
        if (left) {
            return false;
        }
        next.suspend();
        held = next::resume;
        return true;
    }

    @Override
    public void readAll() {
        if (started) {
            request.release();
        }
    }

    @Override
    public void wantsBody() {
        boolean asks;
        synchronized (this) {
            asks = awaitsContinue && arriving != null && !response.isCommitted();
            awaitsContinue = false;
        }
        if (asks) {
            send(CONTINUE);
        }
    }

    // ---- What goes to the client

    /** Writes without blocking, behind what was written before. */
    void send(byte[] bytes) {
        try {
            socket.write(Buffers.wrap(socket.getMemoryManager(), bytes), null);
        } catch (RuntimeException e) {
            LOG.debug("connection lost while written to: {}", e.toString());
            socket.terminateSilently();
        }
    }

    /** Said before the last bytes of the answer are sent: after them, the connection may be idle for so long only. */
    void sendsLast() {
        IdleTimeoutFilter.setCustomTimeout(socket, idleTimeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    boolean canSend() {
        return socket.canWrite();
    }

    void notifyCanSend(WriteHandler handler) {
        socket.notifyCanWrite(handler);
    }

    /**
     * The servlet has thrown.
     *
     * @param again says what every answer says, since nothing else that was said holds
     */
    void fail(Runnable again) {
        if (started || response.isCommitted()) {
            abort();
        } else {
            response.forget();
            again.run();
            response.failed();
            complete();
        }
    }

    /** Cuts the connection, with whatever it still holds. */
    void abort() {
        if (!over) {
            socket.terminateSilently();
        }
    }

    /** The connection is closed, by whoever. */
    void gone() {
        List<AsyncListener> told = List.of();
        synchronized (this) {
            if (!over) {
                over = true;
                gone = true;
                told = listeners;
            }
            left = true;
            held = null;
            arriving = null;
        }
        if (gone) {
            tellGone(told);
            input.fail(new IOException(GONE));
            input.tell();
        }
    }

    private void tellGone(List<AsyncListener> told) {
        tell(told, AsyncListener::onError, new IOException(GONE));
    }

    @Override
    public void complete() {
        boolean unasked;
        synchronized (this) {
            if (over) {
                return;
            }
            over = true;
            unasked = awaitsContinue && arriving != null;
        }
        tell(listeners, AsyncListener::onComplete, null);
        if (unasked) {
            // Whether it sends its body yet is the client's choice, so that what comes next cannot be told from it.
            response.closes();
        }
        response.finish();
        boolean leaves;
        Runnable rest = null;
        synchronized (this) {
            answered = true;
            leaves = arriving == null || unasked;
            if (!leaves) {
                rest = held;
                held = null;
            }
        }
        if (leaves) {
            leave();
        }
        runHeld(rest);
    }

    /** Lets the next request have the connection; when there is to be none, whatever comes is held back until the end. */
    private void leave() {
        if (!response.keepsAlive()) {
            socket.closeSilently();
            return;
        }
        Runnable next;
        synchronized (this) {
            if (left) {
                return;
            }
            ON.remove(socket);
            left = true;
            next = held;
            held = null;
        }
        runHeld(next);
    }

    /** What comes next on the connection must not run on the thread of whoever completes or reads. */
    private void runHeld(@Nullable Runnable next) {
        if (next != null) {
            start(next);
        }
    }

    private void tell(List<AsyncListener> listeners, Event event, @Nullable Throwable cause) {
        AsyncEvent told = new AsyncEvent(this, request, response, cause);
        for (AsyncListener listener : listeners) {
            try {
                event.tell(listener, told);
            } catch (IOException | RuntimeException e) {
                LOG.error("a listener of an asynchronous request failed", e);
            }
        }
    }

    private interface Event {
        void tell(AsyncListener listener, AsyncEvent event) throws IOException;
    }

    /** Runs something on a worker thread of the port. */
    @Override
    public void start(Runnable task) {
        try {
            workers.execute(task);
        } catch (RejectedExecutionException e) {
            LOG.debug("the port is closed", e);
        }
    }

    @Override
    public ServletRequest getRequest() {
        return request;
    }

    @Override
    public ServletResponse getResponse() {
        return response;
    }

    @Override
    public boolean hasOriginalRequestAndResponse() {
        return true;
    }

    /** A client that has gone already is told of at once. */
    @Override
    public void addListener(AsyncListener listener) {
        boolean late;
        synchronized (this) {
            listeners = Stream.concat(listeners.stream(), Stream.of(listener)).toList();
            late = gone;
        }
        if (late) {
            tellGone(List.of(listener));
        }
    }

    @Override
    public void addListener(AsyncListener listener, ServletRequest with, ServletResponse and) {
        addListener(listener);
    }

    @Override
    public <T extends AsyncListener> T createListener(Class<T> type) {
        throw new UnsupportedOperationException("make the listener yourself");
    }

    @Override
    public void setTimeout(long timeout) {
        if (timeout > 0) {
            throw new UnsupportedOperationException("this port keeps no time for a servlet; set 0");
        }
    }

    @Override
    public long getTimeout() {
        return 0;
    }

    @Override
    public void dispatch() {
        throw new UnsupportedOperationException("this port does not dispatch");
    }

    @Override
    public void dispatch(String path) {
        dispatch();
    }

    @Override
    public void dispatch(ServletContext context, String path) {
        dispatch();
    }
}
