package dev.changecast.http.grizzly;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.glassfish.grizzly.WriteHandler;
import org.jspecify.annotations.Nullable;

/**
 * An answer's body: gathered until it is flushed, and then sent without blocking, with the head before its first bytes.
 * The listener is told on worker threads when the connection takes more.
 */
final class BodyOutput extends ServletOutputStream implements WriteHandler {
    private static final byte[] NOTHING = {};
    private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final HostedExchange exchange;
    private final HostedResponse response;
    private volatile @Nullable WriteListener listener;
    /** A call of the listener is due. */
    private volatile boolean asked;
    /** The head is on its way. */
    private volatile boolean committed;

    // Guarded by this.
    private @Nullable ByteArrayOutputStream gathered;
    private Framing framing = Framing.LENGTH;
    /** What an answer of known length still lacks. */
    private long left;

    /** How a client finds the end of an answer. */
    enum Framing {
        /** By its length. */
        LENGTH,
        /** By the last of its chunks. */
        CHUNKS,
        /** By the end of the connection. */
        CLOSE,
        /** There is no body, whatever the head says. */
        NONE
    }

    BodyOutput(HostedExchange exchange, HostedResponse response) {
        this.exchange = exchange;
        this.response = response;
    }

    @Override
    public boolean isReady() {
        if (asked) {
            return false;
        }
        // When the exchange is over, the next write will tell.
        if (exchange.isOver() || exchange.canSend()) {
            return true;
        }
        asked = true;
        exchange.notifyCanSend(this);
        return false;
    }

    @Override
    public void setWriteListener(WriteListener listener) {
        this.listener = listener;
        asked = true;
        onWritePossible();
    }

    @Override
    public void onWritePossible() {
        exchange.start(() -> {
            asked = false;
            WriteListener told = listener;
            try {
                if (told != null) {
                    told.onWritePossible();
                }
            } catch (IOException | RuntimeException e) {
                told.onError(e);
            }
        });
    }

    @Override
    public void onError(Throwable failure) {
        exchange.start(() -> {
            WriteListener told = listener;
            if (told != null) {
                told.onError(failure);
            }
        });
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
        open();
        if (gathered == null) {
            gathered = new ByteArrayOutputStream(Math.max(32, length));
        }
        gathered.write(bytes, offset, length);
    }

    @Override
    public synchronized void flush() throws IOException {
        open();
        send(false);
    }

    @Override
    public void close() throws IOException {
        flush();
    }

    private void open() throws IOException {
        if (exchange.isOver()) {
            throw new IOException("the request is over");
        }
    }

    boolean isCommitted() {
        return committed;
    }

    /** Forgets what was not sent. */
    synchronized void reset() {
        gathered = null;
    }

    /** Sends what there is, and the end. */
    synchronized void finish() {
        send(true);
        if (framing == Framing.LENGTH && left > 0) {
            // The client still waits for what was promised.
            response.closes();
        }
    }

    private void send(boolean last) {
        byte[] body = gathered == null ? NOTHING : gathered.toByteArray();
        gathered = null;
        byte[] head = NOTHING;
        if (!committed) {
            committed = true;
            framing = response.commit(last ? body.length : -1);
            left = response.length();
            head = response.head(framing);
        }
        byte[] framed = framed(body, last);
        if (head.length + framed.length == 0) {
            return;
        }
        if (last || framing == Framing.NONE || framing == Framing.LENGTH && left == 0) {
            exchange.sendsLast();
        }
        exchange.send(joined(head, framed));
    }

    private byte[] framed(byte[] body, boolean last) {
        return switch (framing) {
            case NONE -> NOTHING;
            case CLOSE -> body;
            case CHUNKS -> {
                byte[] end = last ? LAST_CHUNK : NOTHING;
                yield body.length == 0 ? end : joined(chunk(body), end);
            }
            case LENGTH -> {
                int taken = (int) Math.min(left, body.length);
                left -= taken;
                yield taken == body.length ? body : Arrays.copyOf(body, taken);
            }
        };
    }

    private static byte[] chunk(byte[] body) {
        byte[] size = (Integer.toHexString(body.length) + "\r\n").getBytes(StandardCharsets.US_ASCII);
        return joined(joined(size, body), new byte[] {'\r', '\n'});
    }

    private static byte[] joined(byte[] first, byte[] second) {
        if (first.length == 0) {
            return second;
        }
        byte[] both = new byte[first.length + second.length];
        System.arraycopy(first, 0, both, 0, first.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }
}
