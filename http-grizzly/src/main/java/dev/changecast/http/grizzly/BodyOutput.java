package dev.changecast.http.grizzly;

import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import java.io.IOException;
import org.glassfish.grizzly.WriteHandler;
import org.glassfish.grizzly.http.io.NIOOutputStream;
import org.jspecify.annotations.Nullable;

/** An answer's body: blocking without a listener; with one never blocking, and the listener told on worker threads. */
final class BodyOutput extends ServletOutputStream implements WriteHandler {
    private final HostedExchange exchange;
    private final NIOOutputStream output;
    private @Nullable WriteListener listener;
    /** A call of the listener is due. */
    private volatile boolean asked;

    BodyOutput(HostedExchange exchange, NIOOutputStream output) {
        this.exchange = exchange;
        this.output = output;
    }

    @Override
    public boolean isReady() {
        if (asked) {
            return false;
        }
        try {
            exchange.whileOpen(() -> {
                if (!output.canWrite()) {
                    asked = true;
                    output.notifyCanWrite(this);
                }
            });
        } catch (IOException e) {
            // The next write will tell.
            return true;
        }
        return !asked;
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
        exchange.whileOpen(() -> output.write(value));
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        exchange.whileOpen(() -> output.write(bytes, offset, length));
    }

    @Override
    public void flush() throws IOException {
        exchange.whileOpen(output::flush);
    }

    @Override
    public void close() throws IOException {
        exchange.whileOpen(output::close);
    }
}
