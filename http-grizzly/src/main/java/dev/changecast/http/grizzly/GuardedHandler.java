package dev.changecast.http.grizzly;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.glassfish.grizzly.http.server.HttpHandler;
import org.glassfish.grizzly.http.server.Request;
import org.glassfish.grizzly.http.server.Response;

/** Stands before a handler. */
final class GuardedHandler extends HttpHandler {
    private final HttpHandler guarded;
    private final Guard guard;
    private final TrustedProxies proxies;

    GuardedHandler(HttpHandler guarded, Guard guard, TrustedProxies proxies) {
        this.guarded = guarded;
        this.guard = guard;
        this.proxies = proxies;
    }

    @Override
    public void start() {
        guarded.start();
    }

    @Override
    public void destroy() {
        guarded.destroy();
    }

    @Override
    public void service(Request request, Response response) throws Exception {
        String host = request.getHeader("Host");
        guard.addTo(response::setHeader, host, isSecure(request));
        Optional<String> refusal = guard.refusal(host);
        if (refusal.isPresent()) {
            refuse(response, refusal.get());
        } else {
            guarded.service(request, response);
        }
    }

    private boolean isSecure(Request request) {
        if (request.isSecure() || proxies.isEmpty()) {
            return request.isSecure();
        }
        return Boolean.TRUE.equals(proxies.origin(request.getRemoteAddr(), name -> values(request, name))
                .secure());
    }

    private static List<String> values(Request request, String name) {
        List<String> values = new ArrayList<>();
        request.getHeaders(name).forEach(values::add);
        return values;
    }

    private static void refuse(Response response, String why) throws IOException {
        byte[] body = why.getBytes(StandardCharsets.UTF_8);
        response.setStatus(Guard.MISDIRECTED, "Misdirected Request");
        response.setHeader("Connection", "close");
        response.setContentType(Json.CONTENT_TYPE);
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }
}
