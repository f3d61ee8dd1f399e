package dev.changecast.core.session;

import dev.changecast.api.transport.Handshake;
import java.net.URI;
import java.util.Set;

/** Decides which pages may connect. */
final class Origins {
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

    private static String hostOf(String origin) {
        try {
            String authority = URI.create(origin).getRawAuthority();
            return authority == null ? "" : authority;
        } catch (IllegalArgumentException e) {
            return "";
        }
    }
}
