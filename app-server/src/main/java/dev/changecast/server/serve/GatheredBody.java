package dev.changecast.server.serve;

import java.io.ByteArrayOutputStream;
import java.util.function.Consumer;
import org.glassfish.grizzly.ReadHandler;
import org.glassfish.grizzly.http.io.NIOInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gathers a request's body as it arrives, up to a bound. Tells at most once what has become of it. */
final class GatheredBody implements ReadHandler {
    private static final Logger LOG = LoggerFactory.getLogger(GatheredBody.class);

    private final NIOInputStream input;
    private final int most;
    private final Consumer<byte[]> onBody;
    private final Runnable onTooLarge;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private GatheredBody(NIOInputStream input, int most, Consumer<byte[]> onBody, Runnable onTooLarge) {
        this.input = input;
        this.most = most;
        this.onBody = onBody;
        this.onTooLarge = onTooLarge;
    }

    /**
     * Begins to read, for a response that is suspended.
     *
     * @param most a larger body is read no further
     */
    static void read(NIOInputStream input, int most, Consumer<byte[]> onBody, Runnable onTooLarge) {
        input.notifyAvailable(new GatheredBody(input, most, onBody, onTooLarge));
    }

    @Override
    public void onDataAvailable() throws Exception {
        if (take()) {
            input.notifyAvailable(this);
        } else {
            onTooLarge.run();
        }
    }

    @Override
    public void onAllDataRead() throws Exception {
        if (take()) {
            onBody.accept(bytes.toByteArray());
        } else {
            onTooLarge.run();
        }
    }

    private boolean take() throws Exception {
        byte[] part = new byte[Math.max(0, input.readyData())];
        int count = part.length == 0 ? 0 : input.read(part);
        if (bytes.size() + count > most) {
            return false;
        }
        bytes.write(part, 0, Math.max(0, count));
        return true;
    }

    /** The connection is gone, and its suspended response with it. */
    @Override
    public void onError(Throwable failure) {
        LOG.debug("a request did not arrive: {}", failure.toString());
    }
}
