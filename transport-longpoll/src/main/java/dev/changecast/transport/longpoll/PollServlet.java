package dev.changecast.transport.longpoll;

import dev.changecast.api.transport.Handshake;
import dev.changecast.api.transport.SessionGateway;
import dev.changecast.transport.servlet.Exchange;
import dev.changecast.transport.servlet.Problem;
import dev.changecast.transport.servlet.RequestBody;
import dev.changecast.transport.servlet.TransportServlet;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Receives polls. */
final class PollServlet extends TransportServlet {
    private static final long serialVersionUID = 1L;

    private final transient LongPollTransport transport;

    PollServlet(LongPollTransport transport) {
        super(LongPollTransport.NAME, "POST");
        this.transport = transport;
    }

    @Override
    protected @Nullable SessionGateway gateway() {
        return transport.gateway();
    }

    @Override
    protected void serve(Exchange exchange, Handshake handshake, SessionGateway gateway) throws IOException {
        exchange.begin();
        RequestBody.read(exchange, gateway.maxMessageBytes(), body -> poll(exchange, handshake, gateway, body));
    }

    private void poll(Exchange exchange, Handshake handshake, SessionGateway gateway, byte[] body) {
        PollRequest request;
        try {
            request = PollRequest.parse(body);
        } catch (PollRequest.BadRequestException e) {
            exchange.refuse(e.problem());
            return;
        }
        if (request.session() != null) {
            PollSession session = transport.sessions().find(request.session());
            if (session == null) {
                exchange.refuse(PollSession.unknown());
            } else {
                session.poll(request, exchange);
            }
            return;
        }
        Optional<Problem> refusal =
                transport.isOpen() ? refusal(gateway, handshake) : Optional.of(Problem.notStarted());
        if (refusal.isPresent()) {
            exchange.refuse(refusal.get());
            return;
        }
        PollSession session = transport.sessions().create();
        session.events().start(gateway.open(handshake, session));
        session.poll(request, exchange);
    }
}
