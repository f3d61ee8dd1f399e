package dev.changecast.http.grizzly;

import jakarta.websocket.CloseReason;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.stream.Stream;
import org.glassfish.grizzly.nio.transport.TCPNIOConnection;
import org.glassfish.tyrus.spi.WebSocketEngine.UpgradeInfo;

/** The WebSockets of one port, from handshake to closed socket. */
final class OpenConnections {
    private final Set<UpgradedConnection> open = ConcurrentHashMap.newKeySet();
    private final Bounds bounds;
    private final ScheduledExecutorService clock;

    OpenConnections(Bounds bounds, ScheduledExecutorService clock) {
        this.bounds = bounds;
        this.clock = clock;
    }

    /** @param compresses whether compressed messages were negotiated */
    UpgradedConnection create(TCPNIOConnection socket, boolean secure, boolean compresses) {
        return new UpgradedConnection(socket, secure, compresses, bounds, clock);
    }

    void open(UpgradedConnection connection, UpgradeInfo upgrade) {
        open.add(connection);
        connection.open(upgrade, this::gone);
    }

    private void gone(UpgradedConnection connection) {
        open.remove(connection);
        synchronized (open) {
            open.notifyAll();
        }
    }

    Stream<UpgradedConnection> all() {
        return open.stream();
    }

    int size() {
        return open.size();
    }

    void close(CloseReason reason) {
        open.forEach(connection -> connection.close(reason));
    }

    /** Waits until all are gone, but not for longer than clients may take to answer a close frame; aborts the rest. */
    void awaitNone() throws InterruptedException {
        long end = System.nanoTime() + bounds.closeTimeout().toNanos();
        synchronized (open) {
            for (long left; !open.isEmpty() && (left = (end - System.nanoTime()) / 1_000_000) > 0; ) {
                open.wait(left);
            }
        }
        open.forEach(UpgradedConnection::abort);
    }
}
