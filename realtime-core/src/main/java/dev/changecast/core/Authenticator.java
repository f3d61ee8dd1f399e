package dev.changecast.core;

import dev.changecast.api.transport.Handshake;
import java.util.Locale;
import java.util.Optional;

/**
 * Finds out who a client is: by a token, a cookie, a principal of the container. Called by threads of transports, several
 * at once, and must not block for long. What it throws is logged and counts as {@link Authentication#unavailable}.
 */
@FunctionalInterface
public interface Authenticator {
    /** What comes before the token in the header {@code Authorization}. */
    String BEARER = "bearer ";

    /**
     * Called for each handshake, by {@link #examine(Handshake)} as it stands here.
     *
     * @return who it is; empty when the handshake shows nothing that this authenticator accepts, which refuses it
     */
    Optional<Identity> authenticate(Handshake handshake);

    /**
     * Called for each handshake, and twice for most: by the gate before it, and when the connection opens. So it must not
     * use up what it looks at. To be overridden by one that knows more than who it is: when that ends, why it is refused,
     * or that a token may still come as a message.
     */
    default Authentication examine(Handshake handshake) {
        return authenticate(handshake)
                .map(Authentication::accepted)
                .orElseGet(() -> Authentication.refused("this server needs to know who you are"));
    }

    /**
     * Called for a token that comes as a message: the first one of a session, or one that renews what it began with.
     *
     * @return {@link Authentication#awaited} from one that takes no tokens: the client is told so, and its session goes on
     */
    default Authentication examine(String token) {
        return Authentication.awaited();
    }

    /**
     * Asks another one about handshakes that show no token, instead of waiting for one: a cookie's, or {@link
     * #anonymous}. Tokens are for this one alone; and a wrong one is refused, not passed on.
     */
    default Authenticator orElse(Authenticator other) {
        return new FirstOf(this, other);
    }

    /**
     * The token of a handshake: that of {@code Authorization: Bearer}, or else the query parameter {@code token}, since a
     * page can set no header for a WebSocket.
     */
    static Optional<String> tokenOf(Handshake handshake) {
        return handshake
                .header("Authorization")
                .filter(value -> value.toLowerCase(Locale.ROOT).startsWith(BEARER))
                .map(value -> value.substring(BEARER.length()).strip())
                .or(() -> handshake.parameter("token"))
                .filter(token -> !token.isEmpty());
    }

    /** Everybody is anonymous: for trials, and for data that everyone may read. */
    static Authenticator anonymous() {
        return handshake -> Optional.of(Identity.anonymous());
    }
}
