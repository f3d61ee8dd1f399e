package dev.changecast.core.session;

import dev.changecast.api.transport.Handshake;
import java.net.URI;
import java.util.Set;

/** Decides which pages may connect. */
final class Origins {
    private static final int SHOWN = 100;

    private Origins() {}

    /**
     * A request without {@code Origin} is no page's. A page that came from this server may connect, and those that are
     * allowed by name.
     */
    static boolean allows(Set<String> allowed, Handshake handshake) {
        return handshake.header("Origin").isEmpty() || allowed.contains("*") || allowsByName(allowed, handshake);
    }

    /** Whether the request is a page's that is allowed by name, or came from this server. */
    static boolean allowsByName(Set<String> allowed, Handshake handshake) {
        String origin = handshake.header("Origin").orElse("");
        return !origin.isEmpty()
                && (allowed.contains(origin)
                        || handshake
                                .header("Host")
                                .filter(host -> host.equals(hostOf(origin)))
                                .isPresent());
    }

    /** An origin as it may stand in messages and logs: anybody can have written it. */
    static String shown(Handshake handshake) {
        String origin = handshake.header("Origin").orElse("");
        String shown = origin.length() > SHOWN ? origin.substring(0, SHOWN) + "…" : origin;
        return shown.replaceAll("[\\p{Cntrl}\u0085\u2028\u2029]", "?");
    }

    private static String hostOf(String origin) {
        try {
            String authority = URI.create(origin).getRawAuthority();
            return authority == null ? "" : authority;
        } catch (IllegalArgumentException e) {
            return "";
        }
    }
}
