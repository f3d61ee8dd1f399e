package dev.changecast.transport.servlet;

import dev.changecast.api.ErrorCode;
import dev.changecast.api.transport.Handshake;
import dev.changecast.api.transport.SessionGateway;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What every transport's servlet does before the transport's own work: it answers preflights, refuses what the gateway
 * does not want, and lets pages of allowed origins read the answers (CORS). Deploy it with asynchronous support.
 */
public abstract class TransportServlet extends HttpServlet {
    private static final long serialVersionUID = 1L;

    private static final List<String> ASKED_HEADERS = List.of("Authorization", "Content-Type", "Last-Event-ID");

    private final String transport;
    private final String method;

    /**
     * @param transport its name
     * @param method the one HTTP method it answers
     */
    protected TransportServlet(String transport, String method) {
        this.transport = transport;
        this.method = method;
    }

    /** Where connections go; null when none are taken. Whoever has a session already may still be served. */
    protected abstract @Nullable SessionGateway gateway();

    /**
     * Serves one request, on a thread of the container; must not block. The gateway's gate has not been asked yet, see
     * {@link #refusal}.
     */
    protected abstract void serve(Exchange exchange, Handshake handshake, SessionGateway gateway) throws IOException;

    /** Why this request may not become a session; empty when it may, as far as can be told now. */
    protected static Optional<Problem> refusal(SessionGateway gateway, Handshake handshake) {
        return gateway.admit(ServletHandshake.withoutOrigin(handshake)).map(Problem::refused);
    }

    /** The same for a client that can send nothing after this request. */
    protected static Optional<Problem> refusalOfListener(SessionGateway gateway, Handshake handshake) {
        return gateway.admitListener(ServletHandshake.withoutOrigin(handshake)).map(Problem::refused);
    }

    @Override
    protected final void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
        Exchange exchange = new Exchange(transport, request, response);
        SessionGateway gateway = gateway();
        if (gateway == null) {
            exchange.refuse(Problem.notStarted());
            return;
        }
        Handshake handshake;
        try {
            handshake = ServletHandshake.read(transport, request);
        } catch (IllegalArgumentException e) {
            exchange.refuse(Problem.badRequest("the query has a broken escape; encode characters as %XX in UTF-8"));
            return;
        }
        response.addHeader("Vary", "Origin");
        String origin = handshake.header("Origin").orElse(null);
        if (origin != null) {
            if (!gateway.allowsOrigin(handshake)) {
                exchange.refuse(new Problem(
                        403, ErrorCode.FORBIDDEN, "pages of " + origin + " may not connect; see allowed_origins"));
                return;
            }
            response.setHeader("Access-Control-Allow-Origin", origin);
            response.setHeader("Access-Control-Expose-Headers", "Retry-After, WWW-Authenticate");
            if (gateway.allowsCredentials(handshake)) {
                response.setHeader("Access-Control-Allow-Credentials", "true");
            }
        }
        if (request.getMethod().equals("OPTIONS")) {
            response.setHeader("Allow", method + ", OPTIONS");
            response.setHeader("Access-Control-Allow-Methods", method);
            response.setHeader("Access-Control-Allow-Headers", String.join(", ", ASKED_HEADERS));
            response.setHeader("Access-Control-Max-Age", "600");
            response.setStatus(204);
        } else if (!request.getMethod().equals(method)) {
            response.setHeader("Allow", method + ", OPTIONS");
            exchange.refuse(new Problem(
                    405, ErrorCode.UNSUPPORTED, "this address answers " + method + ", not " + request.getMethod()));
        } else {
            serve(exchange, handshake, gateway);
        }
    }
}
