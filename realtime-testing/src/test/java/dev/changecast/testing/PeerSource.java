package dev.changecast.testing;

import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.StartPoint;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import org.jspecify.annotations.Nullable;

/** Waits until its peer says something. */
class PeerSource extends Delegates.Source {
    private final int port;
    private volatile boolean closed;
    private volatile @Nullable Socket socket;

    PeerSource(int port) {
        super(new InMemorySource());
        this.port = port;
    }

    @Override
    public void run(@Nullable StartPoint start, ChangeSink sink) throws IOException {
        try (Socket connection = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket = connection;
            if (!closed) {
                connection.getInputStream().read();
            }
            throw new IOException("the peer has gone");
        } catch (IOException e) {
            if (!closed) {
                throw e;
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        Socket connection = socket;
        if (connection != null) {
            try {
                connection.close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }
}
