package dev.changecast.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * A TCP proxy on the loopback interface that does to connections what networks do: cuts them, delays what they carry,
 * lets it trickle, or swallows it in silence. What is set holds for open and for new connections, for each direction by
 * itself. Thread-safe.
 */
public final class FaultProxy implements AutoCloseable {
    /** Which way bytes go. */
    public enum Direction {
        /** From who connected to the proxy. */
        TO_SERVER,
        TO_CLIENT
    }

    private static final int BUFFER_BYTES = 16 * 1024;
    private static final int CONNECT_MILLIS = 5000;

    private final InetSocketAddress target;
    private final ServerSocket listening;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final List<Link> links = new ArrayList<>();
    private final Weather[] weather = {new Weather(), new Weather()};
    private boolean refusing;
    private boolean closed;
    private int accepted;

    /** What holds for one direction; guarded by the lock. */
    private static final class Weather {
        boolean blackHole;
        long delayNanos;
        long bytesPerSecond;
        long passed;
    }

    private FaultProxy(InetSocketAddress target, int port) throws IOException {
        this.target = target;
        this.listening = new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
        start("fault-proxy-" + listening.getLocalPort(), this::accept);
    }

    /** A proxy, on a port of its own, for this server on the loopback interface. */
    public static FaultProxy to(int port) throws IOException {
        return to(port, 0);
    }

    /** The same on a port that is known before, as a configuration names it. */
    public static FaultProxy to(int port, int listening) throws IOException {
        return new FaultProxy(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), listening);
    }

    public int port() {
        return listening.getLocalPort();
    }

    /** Resets all connections; new ones are taken. */
    public void cut() {
        List<Link> all;
        lock.lock();
        try {
            all = List.copyOf(links);
        } finally {
            lock.unlock();
        }
        all.forEach(Link::reset);
    }

    /** Resets new connections too, or takes them again. */
    public void refuse(boolean refuse) {
        set(() -> refusing = refuse);
    }

    /**
     * Passes nothing on, and tells nobody; what comes meanwhile waits where TCP lets it wait, and follows after {@link
     * #heal}.
     */
    public void blackHole(Direction direction) {
        set(() -> of(direction).blackHole = true);
    }

    /** Each piece of up to 16 KiB is passed on so much later. Later pieces wait behind it. */
    public void delay(Direction direction, Duration delay) {
        set(() -> of(direction).delayNanos = delay.toNanos());
    }

    /** Passes on about so much of each connection. */
    public void throttle(Direction direction, long bytesPerSecond) {
        if (bytesPerSecond < 1) {
            throw new IllegalArgumentException("to pass on nothing use blackHole, not " + bytesPerSecond);
        }
        set(() -> of(direction).bytesPerSecond = bytesPerSecond);
    }

    /** Ends everything that was set. */
    public void heal() {
        set(() -> {
            refusing = false;
            for (Weather each : weather) {
                each.blackHole = false;
                each.delayNanos = 0;
                each.bytesPerSecond = 0;
            }
        });
    }

    /** How many connections are open. */
    public int connections() {
        return get(links::size);
    }

    /** How many connections there have been. */
    public int accepted() {
        return get(() -> accepted);
    }

    /** How many bytes were passed on in this direction. */
    public long passed(Direction direction) {
        return get(() -> of(direction).passed);
    }

    @Override
    public void close() throws IOException {
        set(() -> closed = true);
        listening.close();
        cut();
    }

    private Weather of(Direction direction) {
        return weather[direction.ordinal()];
    }

    private void accept() {
        while (true) {
            try {
                Socket client = listening.accept();
                if (get(() -> refusing || closed)) {
                    reset(client);
                } else {
                    connect(client);
                }
            } catch (IOException e) {
                return;
            }
        }
    }

    private void connect(Socket client) {
        Socket server = new Socket();
        try {
            server.connect(target, CONNECT_MILLIS);
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
        } catch (IOException e) {
            reset(client);
            reset(server);
            return;
        }
        Link link = new Link(client, server);
        boolean late = get(() -> {
            accepted++;
            if (!closed) {
                links.add(link);
            }
            return closed;
        });
        if (late) {
            link.reset();
            return;
        }
        String name = "fault-proxy-" + port() + "-" + accepted();
        start(name + "-up", () -> link.pump(client, server, Direction.TO_SERVER));
        start(name + "-down", () -> link.pump(server, client, Direction.TO_CLIENT));
    }

    private static void start(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
        } catch (IOException e) {
            // It was closed already; closing again does no harm.
        }
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException("a socket cannot be closed", e);
        }
    }

    private void set(Runnable action) {
        get(() -> {
            action.run();
            return true;
        });
    }

    private <T> T get(Supplier<T> value) {
        lock.lock();
        try {
            T result = value.get();
            changed.signalAll();
            return result;
        } finally {
            lock.unlock();
        }
    }

    /** One connection through the proxy. */
    private final class Link {
        private final Socket client;
        private final Socket server;
        private boolean gone;
        private int ended;

        Link(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        void pump(Socket from, Socket to, Direction direction) {
            byte[] buffer = new byte[BUFFER_BYTES];
            try {
                InputStream in = from.getInputStream();
                OutputStream out = to.getOutputStream();
                for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
                    if (!pass(buffer, length, direction, out)) {
                        return;
                    }
                }
                // An end passes like bytes do.
                if (awaitPassage(direction, 0)) {
                    to.shutdownOutput();
                    end();
                }
            } catch (IOException e) {
                reset();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private boolean pass(byte[] buffer, int length, Direction direction, OutputStream out)
                throws IOException, InterruptedException {
            int at = 0;
            boolean delayed = false;
            while (at < length) {
                long rate = get(() -> of(direction).bytesPerSecond);
                int piece = rate == 0 ? length - at : (int) Math.min(length - at, Math.max(1, rate / 20));
                long wait = delayed ? 0 : get(() -> of(direction).delayNanos);
                delayed = true;
                wait += rate == 0 ? 0 : TimeUnit.SECONDS.toNanos(1) * piece / rate;
                if (!awaitPassage(direction, wait)) {
                    return false;
                }
                out.write(buffer, at, piece);
                at += piece;
                set(() -> of(direction).passed += piece);
            }
            return true;
        }

        /** Waits for so long, and while the direction is a black hole; returns whether the connection is still there. */
        private boolean awaitPassage(Direction direction, long nanos) throws InterruptedException {
            long remaining = nanos;
            lock.lock();
            try {
                while (!gone && (remaining > 0 || of(direction).blackHole)) {
                    if (of(direction).blackHole) {
                        changed.await();
                    } else if (of(direction).delayNanos == 0 && of(direction).bytesPerSecond == 0) {
                        remaining = 0;
                    } else {
                        remaining = changed.awaitNanos(remaining);
                    }
                }
                return !gone;
            } finally {
                lock.unlock();
            }
        }

        private void end() {
            boolean both = get(() -> ++ended == 2);
            if (both) {
                reset();
            }
        }

        void reset() {
            set(() -> {
                gone = true;
                links.remove(this);
            });
            FaultProxy.reset(client);
            FaultProxy.reset(server);
        }
    }
}
