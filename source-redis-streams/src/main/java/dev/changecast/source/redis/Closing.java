package dev.changecast.source.redis;

import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Lets {@code close()} end from another thread whatever waits for Redis: the sockets are closed under it. The thread is
 * never interrupted, since the sink may be writing a file on it. Thread-safe.
 */
final class Closing {
    private final CountDownLatch closed = new CountDownLatch(1);
    private final List<Socket> sockets = new ArrayList<>();

    boolean isClosed() {
        return closed.getCount() == 0;
    }

    /** Waits, but no longer than until this closes. */
    void pause(long milliseconds) throws InterruptedException {
        closed.await(milliseconds, TimeUnit.MILLISECONDS);
    }

    /** From now on it is closed with this; at once when this is closed already. */
    synchronized void add(Socket socket) {
        if (isClosed()) {
            end(socket);
        } else {
            sockets.add(socket);
        }
    }

    synchronized void remove(Socket socket) {
        sockets.remove(socket);
    }

    void close() {
        List<Socket> open;
        synchronized (this) {
            closed.countDown();
            open = List.copyOf(sockets);
            sockets.clear();
        }
        open.forEach(Closing::end);
    }

    private static void end(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It is gone all the same.
        }
    }
}
