package dev.changecast.http.grizzly;

import java.io.IOException;
import java.util.List;
import org.glassfish.grizzly.Buffer;
import org.glassfish.grizzly.Connection;
import org.glassfish.grizzly.Grizzly;
import org.glassfish.grizzly.filterchain.BaseFilter;
import org.glassfish.grizzly.filterchain.FilterChain;
import org.glassfish.grizzly.filterchain.FilterChainBuilder;
import org.glassfish.grizzly.filterchain.FilterChainContext;
import org.glassfish.grizzly.filterchain.NextAction;
import org.glassfish.grizzly.filterchain.TransportFilter;
import org.glassfish.grizzly.http.HttpServerFilter;
import org.glassfish.grizzly.nio.transport.TCPNIOConnection;
import org.glassfish.grizzly.utils.IdleTimeoutFilter;

/**
 * All that stands between the socket of a WebSocket and its frames. With TLS the chain of the HTTP filters stays in place
 * instead, since it holds the half-read records.
 */
final class FrameFilter extends BaseFilter {
    /** What the HTTP filters keep for a connection, several kilobytes: needed by them alone. */
    private static final List<String> HTTP_STATE =
            List.of(HttpServerFilter.HTTP_SERVER_REQUEST_ATTR_NAME, "HttpServerFilter.KeepAliveContext");

    private final IdleTimeoutFilter idleTimeout;
    private final FilterChain chain;

    /** @param idleTimeout where the connections are known from the time when they spoke HTTP */
    FrameFilter(IdleTimeoutFilter idleTimeout) {
        this.idleTimeout = idleTimeout;
        this.chain = FilterChainBuilder.stateless()
                .add(new TransportFilter())
                .add(this)
                .build();
    }

    /** From the next read on, this connection is no longer one of HTTP. */
    void takeOver(TCPNIOConnection socket) {
        socket.setProcessor(chain);
        HTTP_STATE.forEach(
                name -> Grizzly.DEFAULT_ATTRIBUTE_BUILDER.createAttribute(name).remove(socket));
    }

    @Override
    public NextAction handleRead(FilterChainContext context) {
        Buffer buffer = context.getMessage();
        Connection<?> socket = context.getConnection();
        UpgradedConnection connection = UpgradedConnection.of(socket);
        if (connection != null) {
            connection.received(buffer);
        }
        buffer.tryDispose();
        return context.getStopAction();
    }

    @Override
    public NextAction handleClose(FilterChainContext context) throws IOException {
        return idleTimeout.handleClose(context);
    }
}
