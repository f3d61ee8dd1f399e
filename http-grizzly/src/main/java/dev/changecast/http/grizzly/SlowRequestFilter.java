package dev.changecast.http.grizzly;

import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.glassfish.grizzly.Connection;
import org.glassfish.grizzly.filterchain.BaseFilter;
import org.glassfish.grizzly.filterchain.FilterChainContext;
import org.glassfish.grizzly.filterchain.NextAction;

/**
 * Ends connections whose request does not arrive as a whole, TLS handshake included, within its time, however steadily
 * single bytes of it come: the idle time-out starts anew with each of them (Slowloris). And those that are too many of
 * this kind at once. Stands directly above the socket.
 */
final class SlowRequestFilter extends BaseFilter {
    private final WaitingSockets waiting;
    private final long timeoutNanos;

    SlowRequestFilter(Bounds bounds, WaitingSockets waiting, ScheduledExecutorService clock) {
        this.waiting = waiting;
        timeoutNanos = bounds.requestTimeout().toNanos();
        long interval = Math.max(1, Math.min(TimeUnit.SECONDS.toNanos(1), timeoutNanos / 4));
        clock.scheduleWithFixedDelay(this::endOverdue, interval, interval, TimeUnit.NANOSECONDS);
    }

    @Override
    public NextAction handleAccept(FilterChainContext context) {
        return begin(context);
    }

    @Override
    public NextAction handleRead(FilterChainContext context) {
        return UpgradedConnection.of(context.getConnection()) == null ? begin(context) : context.getInvokeAction();
    }

    @Override
    public NextAction handleClose(FilterChainContext context) {
        arrived(context.getConnection());
        return context.getInvokeAction();
    }

    /** The request is complete; the next one begins with its first byte. */
    void arrived(Connection<?> connection) {
        waiting.end(connection);
    }

    private NextAction begin(FilterChainContext context) {
        Connection<?> surplus = waiting.begin(context.getConnection(), System.nanoTime() + timeoutNanos);
        if (surplus != null) {
            surplus.terminateSilently();
        }
        return surplus == context.getConnection() ? context.getStopAction() : context.getInvokeAction();
    }

    private void endOverdue() {
        long now = System.nanoTime();
        for (Connection<?> late = waiting.overdue(now); late != null; late = waiting.overdue(now)) {
            late.terminateSilently();
        }
    }
}
