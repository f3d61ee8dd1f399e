package dev.changecast.core;

import dev.changecast.api.transport.Handshake;
import java.util.Optional;

/**
 * One authenticator, and another one for handshakes that show it nothing.
 *
 * @param tokens the one that tokens are for
 */
record FirstOf(Authenticator tokens, Authenticator others) implements Authenticator {
    @Override
    public Optional<Identity> authenticate(Handshake handshake) {
        return examine(handshake) instanceof Authentication.Accepted accepted
                ? Optional.of(accepted.identity())
                : Optional.empty();
    }

    @Override
    public Authentication examine(Handshake handshake) {
        Authentication first = tokens.examine(handshake);
        if (!(first instanceof Authentication.Awaited)) {
            return first;
        }
        Authentication second = others.examine(handshake);
        // Who is not known by the handshake may still send a token.
        return second instanceof Authentication.Refused ? first : second;
    }

    @Override
    public Authentication examine(String token) {
        return tokens.examine(token);
    }
}
