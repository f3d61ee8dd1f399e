package dev.changecast.core;

import dev.changecast.api.transport.Handshake;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Believes whatever a client says it is, in the header {@code Who} or as a token: {@code user;role,role;claim=value,...},
 * with an empty user for nobody. A claim that is a list is {@code claim=[value|value]}.
 */
final class Claimed implements Authenticator {
    @Override
    public Optional<Identity> authenticate(Handshake handshake) {
        return Optional.of(handshake.header("Who").map(Claimed::identity).orElse(Identity.anonymous()));
    }

    @Override
    public Authentication examine(String token) {
        return Authentication.accepted(identity(token));
    }

    static Identity identity(String who) {
        String[] parts = who.split(";", -1);
        Map<String, String> claims = new HashMap<>();
        Map<String, List<String>> lists = new HashMap<>();
        for (String claim : parts.length < 3 || parts[2].isEmpty() ? new String[0] : parts[2].split(",")) {
            String name = claim.substring(0, claim.indexOf('='));
            String value = claim.substring(claim.indexOf('=') + 1);
            if (value.startsWith("[")) {
                String values = value.substring(1, value.length() - 1);
                lists.put(name, values.isEmpty() ? List.of() : List.of(values.split("\\|")));
            } else {
                claims.put(name, value);
            }
        }
        Set<String> roles = parts.length < 2 || parts[1].isEmpty() ? Set.of() : Set.of(parts[1].split(","));
        return new Identity(parts[0].isEmpty() ? null : parts[0], roles, claims, lists);
    }
}
