package dev.changecast.transport.servlet;

import dev.changecast.api.ErrorCode;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gathers a request's body as it arrives, up to a bound; no thread waits for it. */
public final class RequestBody implements ReadListener {
    private static final Logger LOG = LoggerFactory.getLogger(RequestBody.class);
    private static final int PART = 8192;

    private final Exchange exchange;
    private final ServletInputStream input;
    private final int maxBytes;
    private final Consumer<byte[]> onBody;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
    private final AtomicBoolean ended = new AtomicBoolean();

    private RequestBody(Exchange exchange, ServletInputStream input, int maxBytes, Consumer<byte[]> onBody) {
        this.exchange = exchange;
        this.input = input;
        this.maxBytes = maxBytes;
        this.onBody = onBody;
    }

    /**
     * Reads the body of an exchange that has begun.
     *
     * <p>One that is compressed is refused with 415: what it would grow to cannot be known before, and what clients say is
     * short.
     *
     * @param maxBytes a larger body is refused with 413 and read no further
     * @param onBody called once, when all has arrived
     */
    public static void read(Exchange exchange, int maxBytes, Consumer<byte[]> onBody) throws IOException {
        ServletInputStream input = exchange.request().getInputStream();
        RequestBody body = new RequestBody(exchange, input, maxBytes, onBody);
        String encoding = exchange.request().getHeader("Content-Encoding");
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            body.encoded(encoding);
        } else if (exchange.request().getContentLengthLong() > maxBytes) {
            body.tooLarge();
        } else {
            input.setReadListener(body);
        }
    }

    @Override
    public void onDataAvailable() throws IOException {
        byte[] part = new byte[PART];
        while (!ended.get() && input.isReady() && !input.isFinished()) {
            int count = input.read(part);
            if (count < 0) {
                break;
            }
            if (bytes.size() + count > maxBytes) {
                tooLarge();
                return;
            }
            bytes.write(part, 0, count);
        }
    }

    @Override
    public void onAllDataRead() {
        if (ended.compareAndSet(false, true)) {
            byte[] body = bytes.toByteArray();
            try {
                onBody.accept(body);
            } catch (RuntimeException e) {
                LOG.error("a request could not be served", e);
                exchange.refuse(new Problem(500, ErrorCode.INTERNAL, "the server failed, and has logged it"));
            }
        }
    }

    @Override
    public void onError(Throwable failure) {
        ended.set(true);
        LOG.debug("a request did not arrive: {}", failure.toString());
        exchange.cannotGoOn();
    }

    private void tooLarge() {
        refuse(new Problem(
                413, ErrorCode.BAD_MESSAGE, "a request may have " + maxBytes + " bytes; send commands in several"));
    }

    private void encoded(String encoding) {
        exchange.response().setHeader("Accept-Encoding", "identity");
        refuse(new Problem(
                415,
                ErrorCode.UNSUPPORTED,
                "the body of a request must not be compressed; send it without Content-Encoding, not with "
                        + encoding));
    }

    /** Without reading the rest, so the connection cannot be used again. */
    private void refuse(Problem problem) {
        if (ended.compareAndSet(false, true)) {
            exchange.response().setHeader("Connection", "close");
            exchange.refuse(problem);
        }
    }
}
