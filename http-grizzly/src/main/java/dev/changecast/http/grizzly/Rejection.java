package dev.changecast.http.grizzly;

import dev.changecast.api.transport.Refusal;
import java.util.Map;

/**
 * The answer to a request that does not become a WebSocket.
 *
 * @param status the HTTP status
 * @param reason one sentence for the person at the other end
 * @param headers what the status asks for
 */
record Rejection(int status, String reason, Map<String, String> headers) {
    static Rejection of(Refusal refusal) {
        return switch (refusal.status()) {
            case 401 -> new Rejection(401, refusal.reason(), Map.of("WWW-Authenticate", "Bearer"));
            case 429, 503 -> new Rejection(refusal.status(), refusal.reason(), Map.of("Retry-After", "5"));
            default -> new Rejection(refusal.status(), refusal.reason(), Map.of());
        };
    }

    static Rejection badRequest(String reason) {
        return new Rejection(400, reason, Map.of());
    }

    static Rejection notAWebSocket() {
        return new Rejection(
                426,
                "this address speaks WebSocket: connect with GET and Upgrade: websocket",
                Map.of("Upgrade", "websocket", "Sec-WebSocket-Version", "13"));
    }
}
