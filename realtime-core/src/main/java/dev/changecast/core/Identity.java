package dev.changecast.core;

import java.util.LinkedHashMap;
import java.util.List;
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
 * @param lists further facts that are several each, as texts: a claim that is a list, even of one value or of none. No
 *     name is in {@code claims} too
 */
public record Identity(
        @Nullable String user, Set<String> roles, Map<String, String> claims, Map<String, List<String>> lists) {
    private static final Identity ANONYMOUS = new Identity(null, Set.of(), Map.of());

    /** Throws {@link IllegalArgumentException} when a name is that of a claim and of a list. */
    public Identity {
        roles = Set.copyOf(roles);
        claims = Map.copyOf(claims);
        lists = copy(lists);
        for (String name : lists.keySet()) {
            if (claims.containsKey(name)) {
                throw new IllegalArgumentException("the claim '" + name + "' is one value or a list, not both");
            }
        }
    }

    /** Without claims that are lists. */
    public Identity(@Nullable String user, Set<String> roles, Map<String, String> claims) {
        this(user, roles, claims, Map.of());
    }

    private static Map<String, List<String>> copy(Map<String, List<String>> lists) {
        if (lists.isEmpty()) {
            return Map.of();
        }
        Map<String, List<String>> copy = new LinkedHashMap<>();
        lists.forEach((name, values) -> copy.put(name, List.copyOf(values)));
        return Map.copyOf(copy);
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
