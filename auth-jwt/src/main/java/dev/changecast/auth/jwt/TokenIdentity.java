package dev.changecast.auth.jwt;

import dev.changecast.core.Identity;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jose4j.jwt.JwtClaims;
import org.jspecify.annotations.Nullable;

/** Who a token speaks of: the user, the roles, and all other claims that can be told as text or as a list of texts. */
final class TokenIdentity {
    /** Those of the token rather than of who it is for: they change with each one. */
    private static final Set<String> OF_THE_TOKEN = Set.of("exp", "iat", "nbf", "jti");

    private static final int MOST_CHARACTERS = 256;

    private final String userClaim;
    private final String rolesClaim;

    TokenIdentity(String userClaim, String rolesClaim) {
        this.userClaim = userClaim;
        this.rolesClaim = rolesClaim;
    }

    Identity of(JwtClaims claims) throws BadTokenException {
        Map<String, Object> all = claims.getClaimsMap();
        String user = text(find(all, userClaim));
        if (user == null || !isName(user)) {
            throw new BadTokenException("the token does not say who its user is: the claim '" + userClaim
                    + "' has to be text of 1 to " + MOST_CHARACTERS + " characters, or a number");
        }
        Map<String, String> further = new LinkedHashMap<>();
        Map<String, List<String>> lists = new LinkedHashMap<>();
        all.forEach((name, value) -> {
            if (!OF_THE_TOKEN.contains(name)) {
                flatten(name, value, further, lists);
            }
        });
        // A name with a dot and a way of the same letters: which one is meant nobody knows.
        lists.keySet().removeIf(name -> further.remove(name) != null);
        return new Identity(user, roles(find(all, rolesClaim)), further, lists);
    }

    private Set<String> roles(@Nullable Object value) throws BadTokenException {
        Collection<?> given = List.of();
        if (value instanceof String text) {
            given = List.of(text.split("[\\s,]+"));
        } else if (value instanceof Collection<?> list) {
            given = list;
        } else if (value != null) {
            throw wrongRoles();
        }
        Set<String> roles = new LinkedHashSet<>();
        for (Object each : given) {
            String role = text(each);
            if (role == null || !role.isEmpty() && !isName(role)) {
                throw wrongRoles();
            }
            if (!role.isEmpty()) {
                roles.add(role);
            }
        }
        return roles;
    }

    private BadTokenException wrongRoles() {
        return new BadTokenException("the token's roles cannot be read: the claim '" + rolesClaim
                + "' has to be a list of names, or a text with spaces or commas between them");
    }

    /** The claim of this name, or else the one that its dots lead to. */
    private static @Nullable Object find(Map<String, Object> claims, String name) {
        Object whole = claims.get(name);
        int dot = name.indexOf('.');
        while (whole == null && dot >= 0) {
            if (claims.get(name.substring(0, dot)) instanceof Map<?, ?> inner) {
                whole = find(named(inner), name.substring(dot + 1));
            }
            dot = name.indexOf('.', dot + 1);
        }
        return whole;
    }

    private static Map<String, Object> named(Map<?, ?> object) {
        Map<String, Object> named = new LinkedHashMap<>();
        object.forEach((name, value) -> named.put(String.valueOf(name), value));
        return named;
    }

    private static void flatten(
            String name, @Nullable Object value, Map<String, String> texts, Map<String, List<String>> lists) {
        if (value instanceof Map<?, ?> inner) {
            inner.forEach((key, each) -> flatten(name + "." + key, each, texts, lists));
        } else if (value instanceof Collection<?> list) {
            List<String> values = texts(list);
            if (values != null) {
                lists.put(name, values);
            }
        } else {
            String text = text(value);
            if (text != null) {
                texts.put(name, text);
            }
        }
    }

    /** Null for a list that holds anything but single values: what is meant by the rest of it nobody knows. */
    private static @Nullable List<String> texts(Collection<?> list) {
        List<String> texts = new ArrayList<>(list.size());
        for (Object each : list) {
            String text = text(each);
            if (text == null) {
                return null;
            }
            texts.add(text);
        }
        return texts;
    }

    /** Null for what is no single value. */
    private static @Nullable String text(@Nullable Object value) {
        if (value instanceof String || value instanceof Boolean || value instanceof Long || value instanceof Integer) {
            return value.toString();
        }
        if (value instanceof Double number && !Double.isFinite(number)) {
            return null;
        }
        return value instanceof Number number ? new BigDecimal(number.toString()).toPlainString() : null;
    }

    private static boolean isName(String text) {
        return !text.isBlank()
                && text.length() <= MOST_CHARACTERS
                && text.chars().noneMatch(Character::isISOControl);
    }
}
