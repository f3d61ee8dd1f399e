package dev.changecast.http.grizzly;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;
import org.glassfish.grizzly.ReadHandler;
import org.glassfish.grizzly.http.HttpRequestPacket;
import org.glassfish.grizzly.http.io.NIOInputStream;
import org.jspecify.annotations.Nullable;

/**
 * A request's body: blocking without a listener, and told to the listener on worker threads, one call at a time.
 *
 * <p>Grizzly's buffer belongs to one thread at a time: the one that Grizzly calls from, which is a worker already. So the
 * listener is called on it and on no other, and is told of the end only when Grizzly tells of it, which is the last that
 * it does with this request's body. After the end the buffer may be in use for another request, and touching it, or being
 * there when Grizzly does, would end that request's body.
 */
final class BodyInput extends ServletInputStream implements ReadHandler {
    private final HttpRequestPacket request;
    private final NIOInputStream input;

    // Guarded by this.
    private @Nullable ReadListener listener;
    /** A call of the listener is due, so that nothing may be asked of Grizzly. */
    private boolean asked;
    /** Counts the calls of the listener, so that one knows whether the next has begun. */
    private long calls;

    private boolean ended;

    BodyInput(HttpRequestPacket request, NIOInputStream input) {
        this.request = request;
        this.input = input;
    }

    /** Grizzly calls a body finished when all of it has arrived, though it is not read yet. */
    @Override
    public boolean isFinished() {
        return input.isFinished() && input.readyData() == 0;
    }

    @Override
    public synchronized boolean isReady() {
        if (asked || ended) {
            return false;
        }
        if (input.readyData() > 0 || input.isFinished()) {
            return true;
        }
        asked = true;
        if (request.isExpectContent()) {
            input.notifyAvailable(this);
        }
        // Else Grizzly has all of it, and tells so when the call that it makes now has returned.
        return false;
    }

    @Override
    public void setReadListener(ReadListener listener) {
        synchronized (this) {
            this.listener = listener;
            asked = true;
        }
        input.notifyAvailable(this);
    }

    @Override
    public void onDataAvailable() {
        tell(false);
    }

    @Override
    public void onAllDataRead() {
        tell(true);
    }

    /** @param last whether Grizzly has said that it is done with the body */
    private void tell(boolean last) {
        ReadListener told;
        long call;
        synchronized (this) {
            if (ended || listener == null) {
                return;
            }
            asked = false;
            told = listener;
            call = ++calls;
        }
        try {
            if (input.readyData() > 0) {
                told.onDataAvailable();
            }
            if (ends(call, last)) {
                told.onAllDataRead();
            }
        } catch (IOException | RuntimeException e) {
            synchronized (this) {
                ended = true;
            }
            told.onError(e);
        }
    }

    /** Whether the end is to be told by this call: not when another is due or has begun, to which the buffer belongs then. */
    private synchronized boolean ends(long call, boolean last) {
        if (ended || asked && !last || calls != call || !isFinished()) {
            return false;
        }
        ended = true;
        return true;
    }

    @Override
    public void onError(Throwable failure) {
        ReadListener told;
        synchronized (this) {
            told = ended ? null : listener;
            ended = true;
        }
        if (told != null) {
            told.onError(failure);
        }
    }

    @Override
    public int read() throws IOException {
        return input.read();
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        return input.read(bytes, offset, length);
    }
}
