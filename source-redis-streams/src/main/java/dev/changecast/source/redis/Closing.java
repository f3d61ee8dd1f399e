package dev.changecast.source.redis;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Lets {@code close()} end from another thread whatever waits for Redis: the sockets are closed under it. The thread is
 * never interrupted, since the sink may be writing a file on it. Thread-safe.
 */
final class Closing {
    private static final Duration FINISH = Duration.ofSeconds(1);

    private final CountDownLatch closed = new CountDownLatch(1);
    private final List<Socket> sockets = new ArrayList<>();
    private volatile boolean finishing;

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

    /** How many are open. */
    synchronized int open() {
        return sockets.size();
    }

    synchronized void remove(Socket socket) {
        sockets.remove(socket);
        notifyAll();
    }

    /** Whether the run will end soon by itself, and has something to say to Redis before. */
    void letFinish(boolean finish) {
        finishing = finish;
    }

    void close() {
        boolean wait;
        synchronized (this) {
            wait = !isClosed() && finishing;
            closed.countDown();
        }
        if (wait) {
            Thread thread = new Thread(this::endLater, "changecast-redis-close");
            thread.setDaemon(true);
            thread.start();
        } else {
            endAll();
        }
    }

    private void endLater() {
        try {
            synchronized (this) {
                long deadline = System.nanoTime() + FINISH.toNanos();
                for (long left = FINISH.toMillis(); !sockets.isEmpty() && left > 0; ) {
                    wait(left);
                    left = (deadline - System.nanoTime()) / 1_000_000;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        endAll();
    }

    private void endAll() {
        List<Socket> open;
        synchronized (this) {
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
