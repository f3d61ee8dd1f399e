package dev.changecast.core;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who a session speaks for.
 *
 * @param user the user's id; null for an anonymous session
 * @param roles what routes ask for
 * @param claims further facts that row rules may use, as text
 */
public record Identity(@Nullable String user, Set<String> roles, Map<String, String> claims) {
    private static final Identity ANONYMOUS = new Identity(null, Set.of(), Map.of());

    public Identity {
        roles = Set.copyOf(roles);
        claims = Map.copyOf(claims);
    }

    /** Nobody in particular: no user, no roles, no claims. */
    public static Identity anonymous() {
        return ANONYMOUS;
    }

    public static Identity of(String user, String... roles) {
        return new Identity(user, Set.of(roles), Map.of());
    }

    public Optional<String> userId() {
        return Optional.ofNullable(user);
    }

    public boolean isAnonymous() {
        return user == null;
    }
}
