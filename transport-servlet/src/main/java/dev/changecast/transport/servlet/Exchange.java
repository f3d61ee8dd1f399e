package dev.changecast.transport.servlet;

import dev.changecast.api.transport.WebComponent;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request and its answer. It is ended once, by an answer, by {@link #abort}, or by its client's going; whatever is
 * asked of it afterwards does nothing.
 */
public final class Exchange {
    /** From this size on an answer is compressed when the client takes that. */
    public static final int COMPRESS_FROM_BYTES = 1024;

    private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);
    private static final Pattern TAKES_GZIP = Pattern.compile("(?i)\\s*gzip\\s*(;\\s*q=(1.*|0?\\.0*[1-9].*))?");
    private static final String JSON = "application/json; charset=utf-8";

    private final String transport;
    private final HttpServletRequest request;
    private final HttpServletResponse response;
    private final boolean takesGzip;
    private final @Nullable Runnable cut;
    private final AtomicBoolean answered = new AtomicBoolean();
    private final AtomicBoolean over = new AtomicBoolean();
    private volatile @Nullable AsyncContext async;
    private volatile Runnable onGone = () -> {};

    Exchange(String transport, HttpServletRequest request, HttpServletResponse response) {
        this.transport = transport;
        this.request = request;
        this.response = response;
        this.takesGzip = takesGzip(request.getHeader("Accept-Encoding"));
        this.cut = request.getAttribute(WebComponent.ABORT_ATTRIBUTE) instanceof Runnable offered ? offered : null;
    }

    public HttpServletRequest request() {
        return request;
    }

    /** Lets the container's thread go. Called on that thread, before anything that may answer from another one. */
    public void begin() {
        AsyncContext started = request.startAsync();
        started.setTimeout(0);
        started.addListener(new Listener());
        async = started;
    }

    /** What to do when the client goes before it was answered; called once at most, on any thread. */
    public void onGone(Runnable action) {
        onGone = action;
        if (over.get()) {
            action.run();
        }
    }

    /** Says no, from the container's thread or later. */
    public void refuse(Problem problem) {
        if (problem.status() == 401) {
            whileThere(() -> response.setHeader("WWW-Authenticate", "Bearer"));
        } else if (problem.status() == 429 || problem.status() == 503) {
            whileThere(() -> response.setHeader("Retry-After", "5"));
        }
        answer(problem.status(), problem.json(transport));
    }

    /** Answers with JSON, never blocking; large answers are compressed for clients that take that. */
    public void answer(int status, byte[] json) {
        if (answered.compareAndSet(false, true)) {
            whileThere(() -> send(status, json));
        }
    }

    /**
     * A container takes request and response back when the client goes, which another thread may learn too late; from then
     * on they throw.
     */
    private void whileThere(Runnable access) {
        if (over.get()) {
            return;
        }
        try {
            access.run();
        } catch (IllegalStateException e) {
            LOG.debug("the client was gone before its answer: {}", e.toString());
            gone();
        }
    }

    private void send(int status, byte[] json) {
        response.setStatus(status);
        response.setContentType(JSON);
        response.setHeader("Cache-Control", "no-store");
        byte[] body = json;
        if (json.length > COMPRESS_FROM_BYTES) {
            response.addHeader("Vary", "Accept-Encoding");
            if (takesGzip) {
                response.setHeader("Content-Encoding", "gzip");
                body = compressed(json);
            }
        }
        response.setContentLength(body.length);
        if (async == null) {
            try {
                response.getOutputStream().write(body);
            } catch (IOException e) {
                LOG.debug("an answer could not be written: {}", e.toString());
            }
        } else {
            ResponseStream stream = stream(null);
            stream.write(body, delivered -> {
                if (delivered) {
                    stream.end();
                }
            });
        }
    }

    /**
     * Begins an answer that goes on; {@link #answer} does nothing after it.
     *
     * @param first goes out at once, so that the client learns that it was let in
     */
    public ResponseStream beginStream(String contentType, byte[] first) {
        answered.set(true);
        response.setStatus(200);
        response.setContentType(contentType);
        response.setHeader("Cache-Control", "no-store");
        return stream(first);
    }

    private ResponseStream stream(byte @Nullable [] first) {
        ResponseStream stream = new ResponseStream(this, first);
        try {
            response.getOutputStream().setWriteListener(stream);
        } catch (IOException | RuntimeException e) {
            stream.onError(e);
        }
        return stream;
    }

    HttpServletResponse response() {
        return response;
    }

    /** Runs something that takes a while on a thread of the container. */
    public void run(Runnable task) {
        AsyncContext started = async;
        try {
            if (started != null && !over.get()) {
                started.start(task);
                return;
            }
        } catch (RuntimeException e) {
            LOG.debug("the container runs nothing for this request: {}", e.toString());
        }
        task.run();
    }

    /** Ends the exchange after what was written. */
    void complete() {
        AsyncContext started = async;
        if (started != null && over.compareAndSet(false, true)) {
            try {
                started.complete();
            } catch (RuntimeException e) {
                LOG.debug("a request was over already: {}", e.toString());
            }
        }
    }

    /** Ends the connection at once where the host has a way to; else the exchange alone. */
    public void abort() {
        if (cut != null && !over.get()) {
            cut.run();
        }
        complete();
    }

    /** What was asked did not arrive. Without a status an empty answer would look like a good one. */
    void cannotGoOn() {
        if (answered.compareAndSet(false, true)) {
            whileThere(() -> {
                if (!response.isCommitted()) {
                    response.setStatus(400);
                }
            });
        }
        abort();
    }

    /** The client is gone. */
    void gone() {
        if (over.compareAndSet(false, true)) {
            AsyncContext started = async;
            if (started != null) {
                try {
                    started.complete();
                } catch (RuntimeException e) {
                    LOG.debug("a request was over already: {}", e.toString());
                }
            }
            onGone.run();
        }
    }

    private static boolean takesGzip(@Nullable String acceptEncoding) {
        return acceptEncoding != null
                && Arrays.stream(acceptEncoding.split(",")).anyMatch(TAKES_GZIP.asMatchPredicate());
    }

    private static byte[] compressed(byte[] json) {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream(json.length / 4);
        try (GZIPOutputStream gzip = new GZIPOutputStream(compressed)) {
            gzip.write(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return compressed.toByteArray();
    }

    private final class Listener implements AsyncListener {
        @Override
        public void onComplete(AsyncEvent event) {
            if (over.compareAndSet(false, true)) {
                onGone.run();
            }
        }

        @Override
        public void onTimeout(AsyncEvent event) {
            gone();
        }

        @Override
        public void onError(AsyncEvent event) {
            gone();
        }

        @Override
        public void onStartAsync(AsyncEvent event) {}
    }
}
