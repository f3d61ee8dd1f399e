package dev.changecast.transport.sse;

import dev.changecast.api.transport.Handshake;
import dev.changecast.api.transport.SessionGateway;
import dev.changecast.transport.servlet.Exchange;
import dev.changecast.transport.servlet.Problem;
import dev.changecast.transport.servlet.ResponseStream;
import dev.changecast.transport.servlet.TransportServlet;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Opens a session for each request, and subscribes it to what the query names. */
final class EventsServlet extends TransportServlet {
    private static final long serialVersionUID = 1L;

    private static final String EVENTS = "text/event-stream; charset=utf-8";

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
        Optional<Problem> refusal =
                transport.isOpen() ? refusalOfListener(gateway, handshake) : Optional.of(Problem.notStarted());
        if (refusal.isPresent()) {
            refuse(exchange, handshake, refusal.get());
            return;
        }
        exchange.begin();
        ResponseStream stream = exchange.beginStream(EVENTS, EventsConnection.beginning());
        EventsConnection connection = new EventsConnection(
                exchange, stream, transport.closer(), wanted.commands().size());
        connection.events().start(gateway.open(handshake, connection));
        wanted.commands().forEach(connection.events()::message);
    }

    /**
     * An {@code EventSource} gives up for good at any status but 200. What passes by itself, a server that is going or
     * full, it is told as events instead, so that it comes back.
     */
    private static void refuse(Exchange exchange, Handshake handshake, Problem problem) {
        boolean listens =
                handshake.header("Accept").orElse("").toLowerCase(Locale.ROOT).contains("text/event-stream");
        if (!listens || problem.status() != 503 && problem.status() != 429) {
            exchange.refuse(problem);
            return;
        }
        exchange.begin();
        exchange.beginStream(EVENTS, EventsConnection.comeBack(problem)).end();
    }
}
