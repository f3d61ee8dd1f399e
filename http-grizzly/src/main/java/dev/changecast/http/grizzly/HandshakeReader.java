package dev.changecast.http.grizzly;

import dev.changecast.api.transport.Handshake;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.glassfish.grizzly.http.HttpRequestPacket;
import org.glassfish.grizzly.http.util.MimeHeaders;
import org.jspecify.annotations.Nullable;

/** Reads an HTTP request as the handshake that it is. */
final class HandshakeReader {
    private static final String TRANSPORT = "websocket";

    private HandshakeReader() {}

    /** The handshake; empty when the query has characters that do not belong into one, or broken escapes. */
    static Optional<Handshake> read(HttpRequestPacket request, TrustedProxies proxies) {
        String path = request.getRequestURI();
        @Nullable String query = request.getQueryString();
        try {
            if (query != null) {
                URI.create(path + "?" + query);
            }
            Map<String, List<String>> headers = headers(request);
            String address = proxies.isEmpty()
                    ? request.getRemoteAddress()
                    : proxies.origin(request.getRemoteAddress(), name -> values(headers, name))
                            .address();
            return Optional.of(new Handshake(TRANSPORT, path, address, headers, decoded(query), null));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static List<String> values(Map<String, List<String>> headers, String name) {
        return headers.entrySet().stream()
                .filter(header -> header.getKey().equalsIgnoreCase(name))
                .flatMap(header -> header.getValue().stream())
                .toList();
    }

    static Map<String, List<String>> headers(HttpRequestPacket request) {
        MimeHeaders all = request.getHeaders();
        Map<String, List<String>> headers = new LinkedHashMap<>();
        for (String name : all.names()) {
            List<String> values = new ArrayList<>();
            all.values(name).forEach(value -> values.add(value.trim()));
            headers.put(name, List.copyOf(values));
        }
        return headers;
    }

    private static Map<String, List<String>> decoded(@Nullable String query) {
        Map<String, List<String>> parameters = new LinkedHashMap<>();
        if (query != null) {
            for (String pair : query.split("&")) {
                if (!pair.isEmpty()) {
                    int equals = pair.indexOf('=');
                    String name = equals < 0 ? pair : pair.substring(0, equals);
                    String value = equals < 0 ? "" : pair.substring(equals + 1);
                    parameters
                            .computeIfAbsent(decode(name), key -> new ArrayList<>())
                            .add(decode(value));
                }
            }
        }
        parameters.replaceAll((name, values) -> List.copyOf(values));
        return parameters;
    }

    private static String decode(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
}
