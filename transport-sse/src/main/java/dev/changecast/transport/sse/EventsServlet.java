package dev.changecast.transport.sse;

import dev.changecast.api.transport.Handshake;
import dev.changecast.api.transport.SessionGateway;
import dev.changecast.transport.servlet.Exchange;
import dev.changecast.transport.servlet.Problem;
import dev.changecast.transport.servlet.ResponseStream;
import dev.changecast.transport.servlet.TransportServlet;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Opens a session for each request, and subscribes it to what the query names. */
final class EventsServlet extends TransportServlet {
    private static final long serialVersionUID = 1L;

    private final transient EventsTransport transport;

    EventsServlet(EventsTransport transport) {
        super(EventsTransport.NAME, "GET");
        this.transport = transport;
    }

    @Override
    protected @Nullable SessionGateway gateway() {
        return transport.gateway();
    }

    @Override
    protected void serve(Exchange exchange, Handshake handshake, SessionGateway gateway) {
        Wanted wanted;
        try {
            wanted = Wanted.of(handshake);
        } catch (Wanted.BadQueryException e) {
            exchange.refuse(e.problem());
            return;
        }
        Optional<Problem> refusal = refusal(gateway, handshake);
        if (refusal.isPresent()) {
            exchange.refuse(refusal.get());
            return;
        }
        exchange.begin();
        ResponseStream stream = exchange.beginStream("text/event-stream; charset=utf-8", EventsConnection.beginning());
        EventsConnection connection = new EventsConnection(
                exchange, stream, transport.closer(), wanted.commands().size());
        connection.events().start(gateway.open(handshake, connection));
        wanted.commands().forEach(connection.events()::message);
    }
}
