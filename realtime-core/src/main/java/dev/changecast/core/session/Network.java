package dev.changecast.core.session;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;

/** Whom an address belongs to, as far as an address tells. */
final class Network {
    private static final int GROUPS = 4;

    private Network() {}

    /**
     * An address of IPv4 as it is, and of IPv6 the network of 64 bits that it is in: who has one address there has all of
     * them. What is no address is taken as it is.
     */
    static String of(String address) {
        // Nothing but an address may get to the parser: it would ask the name service for a name.
        if (!address.contains(":") || Character.digit(address.charAt(0), 16) < 0 && address.charAt(0) != ':') {
            return address;
        }
        int scope = address.indexOf('%');
        try {
            InetAddress parsed = InetAddress.getByName(scope < 0 ? address : address.substring(0, scope));
            if (!(parsed instanceof Inet6Address)) {
                return parsed.getHostAddress();
            }
            byte[] bytes = parsed.getAddress();
            StringBuilder network = new StringBuilder();
            for (int i = 0; i < GROUPS; i++) {
                int group = (bytes[2 * i] & 0xFF) << 8 | bytes[2 * i + 1] & 0xFF;
                network.append(Integer.toHexString(group)).append(':');
            }
            return network.append(":/64").toString().toLowerCase(Locale.ROOT);
        } catch (UnknownHostException e) {
            return address;
        }
    }
}
