package dev.changecast.core;

import dev.changecast.api.transport.Handshake;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Believes whatever a client says it is, in the header {@code Who} or as a token: {@code user;role,role;claim=value,...},
 * with an empty user for nobody.
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
        for (String claim : parts.length < 3 || parts[2].isEmpty() ? new String[0] : parts[2].split(",")) {
            claims.put(claim.substring(0, claim.indexOf('=')), claim.substring(claim.indexOf('=') + 1));
        }
        Set<String> roles = parts.length < 2 || parts[1].isEmpty() ? Set.of() : Set.of(parts[1].split(","));
        return new Identity(parts[0].isEmpty() ? null : parts[0], roles, claims);
    }
}
