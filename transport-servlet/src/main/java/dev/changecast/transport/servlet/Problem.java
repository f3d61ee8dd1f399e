package dev.changecast.transport.servlet;

import dev.changecast.api.ErrorCode;
import dev.changecast.api.transport.Refusal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * Why a request is refused: an HTTP status, and the protocol's error message as its body.
 *
 * @param status the HTTP status
 * @param code the protocol's error
 * @param message one sentence: what is wrong, and what would be right
 */
public record Problem(int status, ErrorCode code, String message) {
    private static final DateTimeFormatter MILLISECONDS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    /** A request that cannot be understood: 400, error 4000. */
    public static Problem badRequest(String message) {
        return new Problem(400, ErrorCode.BAD_MESSAGE, message);
    }

    /** A request that the engine does not want. */
    public static Problem refused(Refusal refusal) {
        ErrorCode code = switch (refusal.status()) {
            case 429 -> ErrorCode.TOO_MANY;
            case 503 -> ErrorCode.BUSY;
            default -> ErrorCode.FORBIDDEN;
        };
        return new Problem(refusal.status(), code, refusal.reason());
    }

    /** A request before the engine runs, or after it began to stop. */
    public static Problem notStarted() {
        return new Problem(503, ErrorCode.BUSY, "the server is starting or going; come back in a moment");
    }

    /** The protocol's error message, in UTF-8. */
    public byte[] json(String context) {
        return ("{\"type\":\"error\",\"code\":" + code.number() + ",\"name\":\"" + code.wireName() + "\",\"context\":"
                        + quoted(context) + ",\"message\":" + quoted(message) + ",\"retry\":" + code.retry()
                        + ",\"timestamp\":\"" + MILLISECONDS.format(Instant.now()) + "\"}")
                .getBytes(StandardCharsets.UTF_8);
    }

    /** A text as a JSON string. */
    public static String quoted(String text) {
        StringBuilder json = new StringBuilder(text.length() + 16).append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < ' ') {
                json.append("\\u00").append(Character.forDigit(c >> 4, 16)).append(Character.forDigit(c & 15, 16));
            } else {
                json.append(c);
            }
        }
        return json.append('"').toString();
    }
}
