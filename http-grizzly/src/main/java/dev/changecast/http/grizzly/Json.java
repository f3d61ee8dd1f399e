package dev.changecast.http.grizzly;

import java.util.Locale;

/** The body of every refusal and error of this port. */
final class Json {
    static final String CONTENT_TYPE = "application/json; charset=utf-8";

    private Json() {}

    /** {@code {"error":"not_found","message":"there is nothing at this address"}}. */
    static String error(String name, String message) {
        return "{\"error\":\"" + name + "\",\"message\":\"" + escaped(message) + "\"}";
    }

    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                escaped.append('\\').append(c);
            } else if (c < ' ') {
                escaped.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                escaped.append(c);
            }
        }
        return escaped.toString();
    }
}
