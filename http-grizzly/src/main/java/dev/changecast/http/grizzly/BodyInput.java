package dev.changecast.http.grizzly;

import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;
import org.glassfish.grizzly.ReadHandler;
import org.glassfish.grizzly.http.io.NIOInputStream;
import org.jspecify.annotations.Nullable;

/** A request's body: blocking without a listener, and told to the listener on worker threads, one call at a time. */
final class BodyInput extends ServletInputStream implements ReadHandler {
    private final HostedExchange exchange;
    private final NIOInputStream input;
    private @Nullable ReadListener listener;
    /** A call of the listener is due, so that nothing may be asked of Grizzly. */
    private boolean asked;

    BodyInput(HostedExchange exchange, NIOInputStream input) {
        this.exchange = exchange;
        this.input = input;
    }

    /** Grizzly calls a body finished when all of it has arrived, though it is not read yet. */
    @Override
    public boolean isFinished() {
        return input.isFinished() && input.readyData() == 0;
    }

    @Override
    public synchronized boolean isReady() {
        if (asked) {
            return false;
        }
        if (input.readyData() > 0 || input.isFinished()) {
            return true;
        }
        ask();
        return false;
    }

    @Override
    public synchronized void setReadListener(ReadListener listener) {
        this.listener = listener;
        ask();
    }

    private void ask() {
        asked = true;
        input.notifyAvailable(this);
    }

    @Override
    public void onDataAvailable() {
        exchange.start(() -> {
            ReadListener told = answered();
            try {
                if (told != null) {
                    if (!isFinished()) {
                        told.onDataAvailable();
                    }
                    if (isFinished()) {
                        told.onAllDataRead();
                    }
                }
            } catch (IOException | RuntimeException e) {
                told.onError(e);
            }
        });
    }

    @Override
    public void onAllDataRead() {
        onDataAvailable();
    }

    @Override
    public void onError(Throwable failure) {
        ReadListener told = answered();
        if (told != null) {
            told.onError(failure);
        }
    }

    private synchronized @Nullable ReadListener answered() {
        asked = false;
        return listener;
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
