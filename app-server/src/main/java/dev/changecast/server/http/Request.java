package dev.changecast.server.http;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One request, read whole.
 *
 * @param path from the root, without query
 * @param query as it stands in the address; null where there is none
 * @param headers the first value of each; looked up without regard to case
 * @param body empty where there is none
 */
public record Request(String method, String path, @Nullable String query, Map<String, String> headers, byte[] body) {
    /** The largest body that is read; a longer one is refused before it comes to an endpoint. */
    public static final int MAX_BODY_BYTES = 64 * 1024;

    public Request {
        Map<String, String> anyCase = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        anyCase.putAll(headers);
        headers = anyCase;
    }

    /** A request without query. */
    public Request(String method, String path, Map<String, String> headers, byte[] body) {
        this(method, path, null, headers, body);
    }

    /** The first value of a parameter of the query, decoded; empty also where its escapes are broken. */
    public Optional<String> parameter(String name) {
        for (String part : query == null ? new String[0] : query.split("&")) {
            if (part.startsWith(name + "=")) {
                try {
                    return Optional.of(URLDecoder.decode(part.substring(name.length() + 1), StandardCharsets.UTF_8));
                } catch (IllegalArgumentException e) {
                    return Optional.empty();
                }
            }
        }
        return Optional.empty();
    }

    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }

    /** Without query, headers and body: they may hold secrets. */
    @Override
    public String toString() {
        return method + " " + path;
    }
}
