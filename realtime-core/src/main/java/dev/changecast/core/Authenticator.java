package dev.changecast.core;

import dev.changecast.api.transport.Handshake;
import java.util.Optional;

/** Finds out who a handshake comes from: by a token, a cookie, a principal of the container. */
@FunctionalInterface
public interface Authenticator {
    /**
     * Called by a transport's thread for each handshake; must not block for long.
     *
     * @return who it is; empty when the handshake shows nothing that this authenticator accepts, which refuses it
     */
    Optional<Identity> authenticate(Handshake handshake);

    /** Everybody is anonymous: for trials, and for data that everyone may read. */
    static Authenticator anonymous() {
        return handshake -> Optional.of(Identity.anonymous());
    }
}
