package dev.changecast.http.grizzly;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a client offers in {@code Sec-WebSocket-Extensions}, and whether one of its offers of permessage-deflate (RFC 7692)
 * can be taken up. Always without context takeover, in both directions: so a message is compressed once for all who get
 * it, and nobody holds a window for a connection.
 */
final class DeflateOffer {
    static final String HEADER = "Sec-WebSocket-Extensions";

    /** The answer to an offer that is taken up. */
    static final String ANSWER = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

    private static final String NAME = "permessage-deflate";
    private static final Pattern PARAMETER =
            Pattern.compile("\\s*([A-Za-z0-9_-]+)\\s*(?:=\\s*(?:\"([A-Za-z0-9_-]+)\"|([A-Za-z0-9_-]+))\\s*)?");

    private DeflateOffer() {}

    /** @param values of the header, each with one offer or several */
    static Optional<String> answer(List<String> values) {
        return values.stream().anyMatch(DeflateOffer::holdsGoodOffer) ? Optional.of(ANSWER) : Optional.empty();
    }

    private static boolean holdsGoodOffer(String value) {
        for (String offer : value.split(",")) {
            if (isGood(offer.split(";", -1))) {
                return true;
            }
        }
        return false;
    }

    /** An offer with something that is unknown, wrong or twice has to be passed over. */
    private static boolean isGood(String[] parts) {
        if (!parts[0].strip().equalsIgnoreCase(NAME)) {
            return false;
        }
        Map<String, @Nullable String> parameters = new HashMap<>();
        for (int i = 1; i < parts.length; i++) {
            Matcher parameter = PARAMETER.matcher(parts[i]);
            if (!parameter.matches() || parameters.containsKey(parameter.group(1))) {
                return false;
            }
            String quoted = parameter.group(2);
            parameters.put(parameter.group(1), quoted == null ? parameter.group(3) : quoted);
        }
        return parameters.entrySet().stream().allMatch(entry -> isGood(entry.getKey(), entry.getValue()));
    }

    private static boolean isGood(String name, @Nullable String value) {
        return switch (name) {
            case "server_no_context_takeover", "client_no_context_takeover" -> value == null;
            // Java's deflater has a window of 15 bits and no other.
            case "server_max_window_bits" -> "15".equals(value);
            // Any window of a client's can be followed with the largest.
            case "client_max_window_bits" -> value == null || value.matches("[89]|1[0-5]");
            default -> false;
        };
    }
}
