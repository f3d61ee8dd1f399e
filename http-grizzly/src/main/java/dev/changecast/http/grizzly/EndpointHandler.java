package dev.changecast.http.grizzly;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.glassfish.grizzly.http.server.HttpHandler;
import org.glassfish.grizzly.http.server.Request;
import org.glassfish.grizzly.http.server.Response;
import org.glassfish.grizzly.http.util.HttpStatus;

/** Answers the requests on an endpoint's path that do not become a WebSocket, as ordinary HTTP. */
final class EndpointHandler extends HttpHandler {
    @Override
    public void service(Request request, Response response) throws IOException {
        Rejection rejection = request.getAttribute(UpgradeFilter.REJECTION) instanceof Rejection found
                ? found
                : Rejection.notAWebSocket();
        byte[] body = Json.error(rejection.status(), rejection.reason()).getBytes(StandardCharsets.UTF_8);
        response.setStatus(HttpStatus.getHttpStatus(rejection.status()));
        rejection.headers().forEach(response::setHeader);
        response.setContentType(Json.CONTENT_TYPE);
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }
}
