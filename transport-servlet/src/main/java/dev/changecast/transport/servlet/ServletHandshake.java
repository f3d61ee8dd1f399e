package dev.changecast.transport.servlet;

import dev.changecast.api.transport.Handshake;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads a servlet's request as a handshake. The body is not touched: parameters are those of the query alone. */
final class ServletHandshake {
    private ServletHandshake() {}

    /** @throws IllegalArgumentException when the query has broken escapes */
    static Handshake read(String transport, HttpServletRequest request) {
        Map<String, List<String>> headers = new LinkedHashMap<>();
        Collections.list(request.getHeaderNames())
                .forEach(name -> headers.put(name, List.copyOf(Collections.list(request.getHeaders(name)))));
        return new Handshake(
                transport,
                request.getRequestURI(),
                request.getRemoteAddr(),
                headers,
                parameters(request.getQueryString()),
                request.getUserPrincipal());
    }

    /**
     * The same request as if no page had sent it. A gateway lets a page's request pass its gate, since pages cannot read
     * a refused WebSocket handshake; they can read these answers.
     */
    static Handshake withoutOrigin(Handshake handshake) {
        Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        headers.putAll(handshake.headers());
        headers.remove("Origin");
        return new Handshake(
                handshake.transport(),
                handshake.path(),
                handshake.remoteAddress(),
                headers,
                handshake.query(),
                handshake.principal());
    }

    private static Map<String, List<String>> parameters(@Nullable String query) {
        Map<String, List<String>> parameters = new LinkedHashMap<>();
        for (String pair : query == null ? new String[0] : query.split("&")) {
            if (!pair.isEmpty()) {
                int equals = pair.indexOf('=');
                String name = equals < 0 ? pair : pair.substring(0, equals);
                String value = equals < 0 ? "" : pair.substring(equals + 1);
                parameters
                        .computeIfAbsent(decoded(name), any -> new ArrayList<>())
                        .add(decoded(value));
            }
        }
        parameters.replaceAll((name, values) -> List.copyOf(values));
        return parameters;
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
}
