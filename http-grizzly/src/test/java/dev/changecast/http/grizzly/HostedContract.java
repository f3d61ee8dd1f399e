package dev.changecast.http.grizzly;

import dev.changecast.api.transport.Transport;
import dev.changecast.api.transport.WebComponent;
import dev.changecast.testing.TransportContract;
import jakarta.servlet.Servlet;
import jakarta.websocket.server.ServerEndpointConfig;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/** A transport's contract on this port. */
abstract class HostedContract extends TransportContract {
    private @Nullable HttpPort port;

    @Override
    protected void host(Transport transport) {
        WebComponent part = transport.components().get(0);
        HttpPort.Builder builder =
                HttpPort.builder().port(0).maxMessageBytes(MAX_MESSAGE_BYTES).gate(gateway::admit);
        if (part.component() instanceof ServerEndpointConfig endpoint) {
            builder.endpoint(part.path(), endpoint);
        } else {
            builder.servlet(part.path(), (Servlet) part.component());
        }
        HttpPort started = builder.build();
        started.start();
        port = started;
    }

    @Override
    protected void unhost() {
        if (port != null) {
            port.close();
        }
    }

    URI at(String scheme, String pathAndQuery) {
        return URI.create(scheme + "://127.0.0.1:" + (port == null ? 0 : port.port()) + pathAndQuery);
    }
}
