package dev.changecast.http.grizzly;

import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The names a server may be asked by. A page whose own name is made to resolve to this server (DNS rebinding) is of the
 * same origin as what it asks, for the browser; only the name that it asks for gives it away.
 */
final class AllowedHosts {
    private static final int SHOWN = 80;

    private final boolean loopback;
    private final Set<String> names = new HashSet<>();

    /** @param loopback whether it listens for this machine alone, where only loopback's own names are right */
    AllowedHosts(boolean loopback, Set<String> names) {
        this.loopback = loopback;
        names.forEach(name -> this.names.add(withoutPort(name)));
    }

    /** Why a request for this host is refused; empty when it is not. A request that names no host is no browser's. */
    Optional<String> refusal(String host) {
        String name = withoutPort(host);
        if (name.isEmpty() || names.contains(name) || isLoopback(name) || !loopback && isAddress(name)) {
            return Optional.empty();
        }
        String shown = name.length() > SHOWN ? name.substring(0, SHOWN) + "…" : name;
        return Optional.of("this server does not answer as '" + shown.replaceAll("[^\\x20-\\x7e…]", "?")
                + "'; names besides localhost have to stand in server.allowed_hosts");
    }

    /** Whether a host has no name that is its alone. */
    static boolean isLocal(String host) {
        String name = withoutPort(host);
        return isLoopback(name) || isAddress(name);
    }

    private static boolean isLoopback(String name) {
        return name.equals("localhost")
                || name.endsWith(".localhost")
                || name.matches("127(\\.\\d{1,3}){3}")
                || name.equals("[::1]");
    }

    /** A page is at a name when it is rebound: a browser that shows an address has asked for that address. */
    private static boolean isAddress(String name) {
        return name.matches("\\d{1,3}(\\.\\d{1,3}){3}") || name.matches("\\[[0-9a-f:.]+]");
    }

    private static String withoutPort(String host) {
        String name = host.strip().toLowerCase(Locale.ROOT);
        int colon = name.lastIndexOf(':');
        String bare = colon > name.lastIndexOf(']') ? name.substring(0, colon) : name;
        // "localhost." is the same name.
        return bare.endsWith(".") ? bare.substring(0, bare.length() - 1) : bare;
    }
}
