package dev.changecast.http.grizzly;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The proxies whose word is taken for who a request comes from. Each of them adds, at the right, whom it was called by; so
 * what they wrote is read from the right up to the first address that is not one of theirs, and whatever stands left of
 * that anybody may have made up. Immutable.
 */
public final class TrustedProxies {
    /** No proxy is trusted: the client is who opened the connection. */
    public static final TrustedProxies NONE = new TrustedProxies(List.of());

    /** How many addresses of a header are looked at; more proxies than that nobody has in a row. */
    private static final int MOST_HOPS = 32;

    private static final Pattern FORWARDED =
            Pattern.compile("(?i)(?:^|;)\\s*(for|proto)\\s*=\\s*(\"[^\"]*\"|[^;\"\\s]*)");

    private final List<Network> networks;

    private TrustedProxies(List<Network> networks) {
        this.networks = List.copyOf(networks);
    }

    /** A block of addresses. */
    private record Network(byte[] prefix, int bits) {
        boolean contains(byte[] address) {
            if (address.length != prefix.length) {
                return false;
            }
            for (int bit = 0; bit < bits; bit++) {
                int mask = 0x80 >>> bit % 8;
                if ((address[bit / 8] & mask) != (prefix[bit / 8] & mask)) {
                    return false;
                }
            }
            return true;
        }
    }

    /**
     * Where a request comes from.
     *
     * @param address of the client, as far as it is known
     * @param secure whether the client's connection is encrypted; null when no trusted proxy tells
     */
    record Origin(String address, @Nullable Boolean secure) {}

    /**
     * Trusts these.
     *
     * @param addresses addresses and blocks of them, such as {@code 10.0.0.7}, {@code 10.0.0.0/8} or {@code fd00::/8}
     * @throws IllegalArgumentException when one is neither, with what would be right
     */
    public static TrustedProxies of(List<String> addresses) {
        return addresses.isEmpty()
                ? NONE
                : new TrustedProxies(
                        addresses.stream().map(TrustedProxies::network).toList());
    }

    private static Network network(String text) {
        int slash = text.indexOf('/');
        byte[] address = parsed(slash < 0 ? text : text.substring(0, slash));
        int most = address == null ? 0 : 8 * address.length;
        String bits = slash < 0 ? String.valueOf(most) : text.substring(slash + 1);
        if (address == null || !bits.matches("\\d{1,3}") || Integer.parseInt(bits) > most) {
            throw new IllegalArgumentException(
                    "'" + text + "' is no address and no block of addresses, such as 10.0.0.7, 10.0.0.0/8 or fd00::/8");
        }
        return new Network(address, Integer.parseInt(bits));
    }

    /** An address; null for what is none. Nothing is looked up. */
    private static byte @Nullable [] parsed(String text) {
        boolean four = text.matches("\\d{1,3}(\\.\\d{1,3}){3}");
        boolean six = text.matches("[0-9a-fA-F:.]{2,45}") && text.contains(":");
        if (!four && !six) {
            return null;
        }
        try {
            return InetAddress.getByName(text).getAddress();
        } catch (UnknownHostException e) {
            return null;
        }
    }

    boolean isEmpty() {
        return networks.isEmpty();
    }

    boolean trusts(String address) {
        byte[] bytes = networks.isEmpty() ? null : parsed(withoutScope(address));
        return bytes != null && networks.stream().anyMatch(network -> network.contains(bytes));
    }

    private static String withoutScope(String address) {
        int scope = address.indexOf('%');
        return scope < 0 ? address : address.substring(0, scope);
    }

    /**
     * Finds out where a request comes from.
     *
     * @param peer the address at the other end of the connection
     * @param headers all values of a header, in their order
     */
    Origin origin(String peer, Function<String, List<String>> headers) {
        if (!trusts(peer)) {
            return new Origin(peer, null);
        }
        List<String> forwarded = items(headers.apply("Forwarded"));
        // Two headers that tell the same thing may differ, and only one of them is the proxy's: the standard one.
        return forwarded.isEmpty()
                ? customary(peer, items(headers.apply("X-Forwarded-For")), items(headers.apply("X-Forwarded-Proto")))
                : standard(peer, forwarded);
    }

    /** RFC 7239. */
    private Origin standard(String peer, List<String> hops) {
        List<String> addresses = new ArrayList<>();
        List<@Nullable String> protocols = new ArrayList<>();
        for (String hop : hops) {
            addresses.add(parameter(hop, "for").orElse("unknown"));
            protocols.add(parameter(hop, "proto").orElse(null));
        }
        int client = client(addresses);
        String address = client < 0 ? peer : address(addresses.get(client)).orElse(peer);
        String protocol = client < 0 ? null : protocols.get(client);
        return new Origin(address, protocol == null ? null : protocol.equalsIgnoreCase("https"));
    }

    private static Optional<String> parameter(String hop, String name) {
        Matcher pairs = FORWARDED.matcher(hop);
        while (pairs.find()) {
            if (pairs.group(1).equalsIgnoreCase(name)) {
                return Optional.of(pairs.group(2).replace("\"", ""));
            }
        }
        return Optional.empty();
    }

    private Origin customary(String peer, List<String> addresses, List<String> protocols) {
        int client = client(addresses);
        String address = client < 0 ? peer : address(addresses.get(client)).orElse(peer);
        if (protocols.isEmpty()) {
            return new Origin(address, null);
        }
        // One value for each hop, or one in all from a proxy that writes its own over what it was sent.
        int at = protocols.size() == addresses.size() && client >= 0 ? client : protocols.size() - 1;
        return new Origin(address, protocols.get(at).equalsIgnoreCase("https"));
    }

    /**
     * Which entry is the client: from the right the first that is no trusted proxy; the first of all when all are. What is
     * no address is nobody's to follow: the one to the right of it counts then.
     *
     * @return -1 when not even the first from the right is an address
     */
    private int client(List<String> hops) {
        int client = -1;
        for (int i = hops.size() - 1; i >= 0 && i >= hops.size() - MOST_HOPS; i--) {
            Optional<String> address = address(hops.get(i));
            if (address.isEmpty()) {
                return client;
            }
            client = i;
            if (!trusts(address.get())) {
                return client;
            }
        }
        return client;
    }

    /** The address in an entry, which may have a port, and brackets for IPv6. */
    private static Optional<String> address(String hop) {
        String bare = hop;
        if (hop.startsWith("[") && hop.contains("]")) {
            bare = hop.substring(1, hop.indexOf(']'));
        } else if (hop.indexOf(':') == hop.lastIndexOf(':') && hop.contains(":")) {
            bare = hop.substring(0, hop.indexOf(':'));
        }
        byte[] bytes = parsed(bare);
        if (bytes == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(InetAddress.getByAddress(bytes).getHostAddress().toLowerCase(Locale.ROOT));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address has 4 or 16 bytes", e);
        }
    }

    private static List<String> items(List<String> values) {
        if (values.isEmpty()) {
            return Collections.emptyList();
        }
        return Arrays.stream(String.join(",", values).split(","))
                .map(String::strip)
                .filter(item -> !item.isEmpty())
                .toList();
    }
}
