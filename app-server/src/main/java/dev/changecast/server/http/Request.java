package dev.changecast.server.http;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One request, read whole.
 *
 * @param path from the root, without query
 * @param headers the first value of each; looked up without regard to case
 * @param body empty where there is none
 */
public record Request(String method, String path, Map<String, String> headers, byte[] body) {
    /** The largest body that is read; a longer one is refused before it comes to an endpoint. */
    public static final int MAX_BODY_BYTES = 64 * 1024;

    public Request {
        Map<String, String> anyCase = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        anyCase.putAll(headers);
        headers = anyCase;
    }

    public Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }

    /** Without headers and body: they may hold secrets. */
    @Override
    public String toString() {
        return method + " " + path;
    }
}
