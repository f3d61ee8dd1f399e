package dev.changecast.http.grizzly;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.glassfish.grizzly.Connection;
import org.glassfish.grizzly.filterchain.BaseFilter;
import org.glassfish.grizzly.filterchain.FilterChainContext;
import org.glassfish.grizzly.filterchain.NextAction;

/**
 * Ends connections whose request does not arrive as a whole, TLS handshake included, within its time, however steadily
 * single bytes of it come: the idle time-out starts anew with each of them (Slowloris). Stands directly above the
 * socket.
 */
final class SlowRequestFilter extends BaseFilter {
    private final Map<Connection<?>, Long> deadlines = new ConcurrentHashMap<>();
    private final long timeoutNanos;

    SlowRequestFilter(Bounds bounds, ScheduledExecutorService clock) {
        timeoutNanos = bounds.requestTimeout().toNanos();
        long interval = Math.max(1, Math.min(TimeUnit.SECONDS.toNanos(1), timeoutNanos / 4));
        clock.scheduleWithFixedDelay(this::endOverdue, interval, interval, TimeUnit.NANOSECONDS);
    }

    @Override
    public NextAction handleAccept(FilterChainContext context) {
        begin(context.getConnection());
        return context.getInvokeAction();
    }

    @Override
    public NextAction handleRead(FilterChainContext context) {
        if (UpgradedConnection.of(context.getConnection()) == null) {
            begin(context.getConnection());
        }
        return context.getInvokeAction();
    }

    @Override
    public NextAction handleClose(FilterChainContext context) {
        arrived(context.getConnection());
        return context.getInvokeAction();
    }

    /** The request is complete; the next one begins with its first byte. */
    void arrived(Connection<?> connection) {
        deadlines.remove(connection);
    }

    private void begin(Connection<?> connection) {
        deadlines.computeIfAbsent(connection, key -> System.nanoTime() + timeoutNanos);
    }

    private void endOverdue() {
        long now = System.nanoTime();
        deadlines.forEach((connection, deadline) -> {
            if (deadline - now < 0) {
                connection.terminateSilently();
            }
        });
    }
}
