package dev.changecast.http.grizzly;

import dev.changecast.api.transport.Refusal;
import java.util.Map;

/**
 * The answer to a request that does not become a WebSocket.
 *
 * @param status the HTTP status
 * @param name the status for programs
 * @param reason one sentence for the person at the other end
 * @param headers what the status asks for
 */
record Rejection(int status, String name, String reason, Map<String, String> headers) {
    static Rejection of(Refusal refusal) {
        String reason = refusal.reason();
        return switch (refusal.status()) {
            case 401 -> new Rejection(401, "unauthorized", reason, Map.of("WWW-Authenticate", "Bearer"));
            case 429 -> new Rejection(429, "too_many_requests", reason, Map.of("Retry-After", "5"));
            case 503 -> new Rejection(503, "service_unavailable", reason, Map.of("Retry-After", "5"));
            default -> new Rejection(403, "forbidden", reason, Map.of());
        };
    }

    static Rejection badRequest(String reason) {
        return new Rejection(400, "bad_request", reason, Map.of());
    }

    static Rejection notAWebSocket() {
        return new Rejection(
                426,
                "upgrade_required",
                "this address speaks WebSocket, version 13: connect with GET and Upgrade: websocket",
                Map.of("Upgrade", "websocket", "Sec-WebSocket-Version", "13"));
    }
}
