package dev.changecast.http.grizzly;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.glassfish.grizzly.http.server.HttpHandler;
import org.glassfish.grizzly.http.server.Request;
import org.glassfish.grizzly.http.server.Response;
import org.glassfish.grizzly.http.util.Header;

/** Answers the requests for an endpoint that do not become a WebSocket, as ordinary HTTP. */
final class EndpointHandler extends HttpHandler {
    @Override
    public void service(Request request, Response response) throws IOException {
        Rejection rejection = rejection(request);
        byte[] body = Json.error(rejection.name(), rejection.reason()).getBytes(StandardCharsets.UTF_8);
        response.setStatus(rejection.status(), rejection.name().replace('_', ' '));
        // Not by setHeader, which would take "Upgrade" as said by a response that upgrades.
        rejection
                .headers()
                .forEach((name, value) ->
                        response.getResponse().getHeaders().addValue(name).setString(value));
        if (request.getRequest().isUpgrade()) {
            // Grizzly closes after a request that asked for an upgrade, whatever came of it.
            response.setHeader(Header.Connection, "close");
        }
        response.setContentType(Json.CONTENT_TYPE);
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }

    private static Rejection rejection(Request request) {
        return request.getAttribute(UpgradeFilter.REJECTION) instanceof Rejection found
                ? found
                : Rejection.notAWebSocket();
    }
}
