package dev.changecast.core;

import dev.changecast.api.transport.Handshake;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Tokens that mean what a test has said. */
final class FakeTokens implements Authenticator {
    private final Map<String, Authentication> known = new ConcurrentHashMap<>();

    /** A token named after itself that never expires. */
    FakeTokens with(String token, String user, String... roles) {
        return with(token, new Identity(user, Set.of(roles), Map.of()), null);
    }

    FakeTokens with(String token, Identity identity, @Nullable Instant expiresAt) {
        return with(
                token,
                Authentication.accepted(
                        identity, new Authentication.Token(token, Instant.now().minusSeconds(1), expiresAt)));
    }

    FakeTokens with(String token, Authentication found) {
        known.put(token, found);
        return this;
    }

    @Override
    public Optional<Identity> authenticate(Handshake handshake) {
        throw new AssertionError("examine is asked instead");
    }

    @Override
    public Authentication examine(Handshake handshake) {
        return Authenticator.tokenOf(handshake).map(this::examine).orElseGet(Authentication::awaited);
    }

    @Override
    public Authentication examine(String token) {
        return known.getOrDefault(token, Authentication.refused("this is no token that anybody knows"));
    }
}
