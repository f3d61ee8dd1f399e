package dev.changecast.http.grizzly;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.glassfish.grizzly.EmptyCompletionHandler;
import org.glassfish.grizzly.http.server.Request;
import org.glassfish.grizzly.http.server.Response;
import org.glassfish.grizzly.http.server.Response.SuspendedContextImpl;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request and its answer, from the servlet's call until it is complete or its client gone. Grizzly uses its objects
 * again for other clients, so nothing here touches them once the exchange is over: that is decided, and every write is
 * done, under the monitor that Grizzly itself holds when it ends a suspended response.
 */
final class HostedExchange implements AsyncContext {
    private static final Logger LOG = LoggerFactory.getLogger(HostedExchange.class);

    private final Request grizzlyRequest;
    private final Response grizzlyResponse;
    private final Executor workers;
    private final SuspendedContextImpl monitor;
    private final HostedRequest request;
    private final HostedResponse response;
    private final List<AsyncListener> listeners = new CopyOnWriteArrayList<>();
    private boolean started;
    private volatile boolean over;

    HostedExchange(Request grizzlyRequest, Response grizzlyResponse, Executor workers, TrustedProxies proxies) {
        this.grizzlyRequest = grizzlyRequest;
        this.grizzlyResponse = grizzlyResponse;
        this.workers = workers;
        this.monitor = (SuspendedContextImpl) grizzlyResponse.getSuspendContext();
        this.request = new HostedRequest(this, grizzlyRequest, proxies);
        this.response = new HostedResponse(this, grizzlyResponse);
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

    AsyncContext start() {
        if (started) {
            throw new IllegalStateException("the request is asynchronous already");
        }
        started = true;
        // Without a time-out of Grizzly's: whoever waits keeps the time.
        grizzlyResponse.suspend(
                -1,
                TimeUnit.MILLISECONDS,
                new EmptyCompletionHandler<>() {
                    @Override
                    public void cancelled() {
                        over = true;
                        tell(AsyncListener::onError, new IOException("the client is gone"));
                    }
                },
                timedOut -> true);
        return this;
    }

    /** The servlet has thrown. */
    void fail() throws IOException {
        if (started) {
            abort();
        } else {
            grizzlyResponse.sendError(500);
        }
    }

    /** Does something with Grizzly's objects unless the exchange is over. */
    void whileOpen(Access access) throws IOException {
        synchronized (monitor) {
            if (over) {
                throw new IOException("the request is over");
            }
            access.run();
        }
    }

    /** What may be done with Grizzly's objects. */
    interface Access {
        void run() throws IOException;
    }

    /** Cuts the connection, with whatever it still holds. */
    void abort() {
        synchronized (monitor) {
            if (!over) {
                grizzlyRequest.getContext().getConnection().terminateSilently();
            }
        }
    }

    @Override
    public void complete() {
        synchronized (monitor) {
            if (over) {
                return;
            }
            over = true;
            // From here on Grizzly cannot cancel it, so that its objects stay this exchange's until they are resumed.
            monitor.markResumed();
        }
        tell(AsyncListener::onComplete, null);
        try {
            // What comes next on the connection must not run on the thread of whoever completes.
            workers.execute(grizzlyRequest.getContext()::resume);
        } catch (RejectedExecutionException e) {
            LOG.debug("the port is closed", e);
        }
    }

    private void tell(Event event, @Nullable Throwable cause) {
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

    @Override
    public void addListener(AsyncListener listener) {
        listeners.add(listener);
    }

    @Override
    public void addListener(AsyncListener listener, ServletRequest with, ServletResponse and) {
        listeners.add(listener);
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
