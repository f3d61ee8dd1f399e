package dev.changecast.http.grizzly;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.glassfish.grizzly.http.server.HttpHandler;
import org.glassfish.grizzly.http.server.Request;
import org.glassfish.grizzly.http.server.Response;
import org.jspecify.annotations.Nullable;

/** Stands before a handler: lets only requests for our own names through, and says in every answer what browsers may do. */
final class GuardedHandler extends HttpHandler {
    /** Of this name alone, for a year: what else has it is not ours to decide. */
    private static final String STRICT_TRANSPORT = "max-age=31536000";

    private final HttpHandler guarded;
    private final @Nullable AllowedHosts hosts;
    private final TrustedProxies proxies;

    /** @param hosts null when any name will do */
    GuardedHandler(HttpHandler guarded, @Nullable AllowedHosts hosts, TrustedProxies proxies) {
        this.guarded = guarded;
        this.hosts = hosts;
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
        response.setHeader("X-Content-Type-Options", "nosniff");
        String host = request.getHeader("Host");
        if (host != null && isSecure(request) && !AllowedHosts.isLocal(host)) {
            response.setHeader("Strict-Transport-Security", STRICT_TRANSPORT);
        }
        Optional<String> refusal = host == null || hosts == null ? Optional.empty() : hosts.refusal(host);
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
        return Boolean.TRUE.equals(proxies.origin(request.getRemoteAddr(), HostedRequest.values(request))
                .secure());
    }

    private static void refuse(Response response, String why) throws IOException {
        byte[] body = Json.error("misdirected_request", why).getBytes(StandardCharsets.UTF_8);
        response.setStatus(421, "Misdirected Request");
        response.setHeader("Connection", "close");
        response.setContentType(Json.CONTENT_TYPE);
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }
}
