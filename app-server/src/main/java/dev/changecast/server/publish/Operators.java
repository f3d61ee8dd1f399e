package dev.changecast.server.publish;

import dev.changecast.core.Authentication;
import dev.changecast.core.Identity;
import dev.changecast.server.http.Request;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Who besides the holders of API keys may look at a server and end its sessions: people with a role, and where everybody
 * may look, everybody.
 */
public final class Operators {
    /** Nobody. */
    public static final Operators NONE = new Operators(Set.of(), false, token -> Authentication.awaited());

    private static final String BEARER = "bearer ";

    private final Set<String> roles;
    private final boolean anonymous;
    private final Function<String, Authentication> examine;

    /**
     * @param roles one of these is enough
     * @param anonymous whether everybody may look
     * @param examine finds out who a token is of
     */
    public Operators(Set<String> roles, boolean anonymous, Function<String, Authentication> examine) {
        this.roles = Set.copyOf(roles);
        this.anonymous = anonymous;
        this.examine = examine;
    }

    /** Whether nobody is one. */
    boolean areNone() {
        return roles.isEmpty() && !anonymous;
    }

    /** As whom the holder of an API key sees rows: somebody without a name, with all the roles of operators. */
    public Identity ofKey() {
        return new Identity(null, roles, Map.of());
    }

    /**
     * Who an operator is.
     *
     * @param looks whether the request changes nothing
     */
    Verdict verdict(Request request, boolean looks) {
        Optional<String> token = bearer(request);
        if (token.isEmpty()) {
            return anonymous && looks ? new Verdict(Identity.anonymous(), "") : new Verdict(null, "");
        }
        if (roles.isEmpty()) {
            return new Verdict(null, "");
        }
        Authentication found = examine.apply(token.get());
        if (found instanceof Authentication.Accepted accepted) {
            return Collections.disjoint(accepted.identity().roles(), roles)
                    ? new Verdict(
                            null, "the token has none of the roles " + new TreeSet<>(roles) + " of dashboard.roles")
                    : new Verdict(accepted.identity(), "");
        }
        if (found instanceof Authentication.Refused refused) {
            return new Verdict(null, "it is no API key, and no token: " + refused.reason());
        }
        return new Verdict(null, found instanceof Authentication.Unavailable unavailable ? unavailable.reason() : "");
    }

    /** What one could show instead of a key, in words to go on with. */
    String wanted() {
        return roles.isEmpty() ? "" : ", or a token with one of the roles " + new TreeSet<>(roles);
    }

    /** The key or token that a request gives. */
    static Optional<String> bearer(Request request) {
        return request.header("Authorization")
                .filter(given -> given.toLowerCase(Locale.ROOT).startsWith(BEARER))
                .map(given -> given.substring(BEARER.length()).strip());
    }

    /**
     * Whether a request is an operator's.
     *
     * @param identity null when it is not
     * @param why it is not; empty where there is nothing to say of what was given
     */
    record Verdict(@Nullable Identity identity, String why) {}
}
