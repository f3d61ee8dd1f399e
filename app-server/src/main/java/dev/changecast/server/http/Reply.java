package dev.changecast.server.http;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One answer.
 *
 * @param headers besides the content's type and length
 */
public record Reply(int status, String contentType, byte[] body, Map<String, String> headers) {
    public Reply {
        headers = Map.copyOf(headers);
    }

    /** An answer that nobody keeps a copy of, and that no browser takes for a page with anything in it. */
    public static Reply of(int status, String contentType, byte[] body) {
        return new Reply(
                status,
                contentType,
                body,
                Map.of(
                        "Cache-Control", "no-store",
                        "X-Content-Type-Options", "nosniff",
                        "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'",
                        "Referrer-Policy", "no-referrer"));
    }

    public static Reply json(int status, String json) {
        return of(status, "application/json; charset=utf-8", json.getBytes(StandardCharsets.UTF_8));
    }

    public static Reply text(int status, String text) {
        return of(status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
    }

    public Reply with(String header, String value) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put(header, value);
        return new Reply(status, contentType, body, more);
    }

    /** Without the body. */
    @Override
    public String toString() {
        return status + " " + contentType + ", " + body.length + " bytes";
    }
}
