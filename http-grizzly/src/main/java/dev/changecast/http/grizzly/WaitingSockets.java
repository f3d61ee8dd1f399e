package dev.changecast.http.grizzly;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.glassfish.grizzly.Connection;
import org.jspecify.annotations.Nullable;

/**
 * The connections whose request has not arrived yet, oldest first: how many there may be of one address, and in all. Of
 * one address a further one is refused. In all, the oldest has to go: an honest client needs it for a moment only, and
 * who holds on to many must be faster than everybody else to get them. Thread-safe.
 */
final class WaitingSockets {
    private static final int NETWORK_BYTES = 8;

    /** @param deadline by {@link System#nanoTime} */
    private record Waiting(@Nullable String network, long deadline) {}

    private final int most;
    private final int mostPerAddress;
    private final TrustedProxies proxies;
    private final Map<Connection<?>, Waiting> waiting = new LinkedHashMap<>();
    private final Map<String, Integer> byNetwork = new HashMap<>();

    /** @param proxies whose addresses are not counted: all clients behind them have these */
    WaitingSockets(int most, int mostPerAddress, TrustedProxies proxies) {
        this.most = most;
        this.mostPerAddress = mostPerAddress;
        this.proxies = proxies;
    }

    /**
     * A connection waits for its request, from now on or already.
     *
     * @return the connection that has to be ended for that, itself or another; null when none has to
     */
    synchronized @Nullable Connection<?> begin(Connection<?> connection, long deadline) {
        if (waiting.containsKey(connection)) {
            return null;
        }
        String network = network(connection);
        if (network != null && byNetwork.getOrDefault(network, 0) >= mostPerAddress) {
            return connection;
        }
        Connection<?> oldest = null;
        if (waiting.size() >= most) {
            oldest = waiting.keySet().iterator().next();
            end(oldest);
        }
        waiting.put(connection, new Waiting(network, deadline));
        if (network != null) {
            byNetwork.merge(network, 1, Integer::sum);
        }
        return oldest;
    }

    /** It has what it waited for, or is gone. */
    synchronized void end(Connection<?> connection) {
        Waiting ended = waiting.remove(connection);
        if (ended != null && ended.network != null) {
            byNetwork.computeIfPresent(ended.network, (network, count) -> count == 1 ? null : count - 1);
        }
    }

    /** One that has waited too long, and waits no more; null when there is none. */
    synchronized @Nullable Connection<?> overdue(long now) {
        // Each was given as much time as the others, so the oldest is the first that is due.
        Iterator<Map.Entry<Connection<?>, Waiting>> first = waiting.entrySet().iterator();
        if (!first.hasNext()) {
            return null;
        }
        Map.Entry<Connection<?>, Waiting> oldest = first.next();
        if (oldest.getValue().deadline - now >= 0) {
            return null;
        }
        Connection<?> connection = oldest.getKey();
        end(connection);
        return connection;
    }

    private @Nullable String network(Connection<?> connection) {
        if (!(connection.getPeerAddress() instanceof InetSocketAddress peer)) {
            return null;
        }
        InetAddress address = peer.getAddress();
        if (address == null || proxies.trusts(address.getHostAddress())) {
            return null;
        }
        byte[] bytes = address.getAddress();
        return Arrays.toString(bytes.length > NETWORK_BYTES ? Arrays.copyOf(bytes, NETWORK_BYTES) : bytes);
    }
}
