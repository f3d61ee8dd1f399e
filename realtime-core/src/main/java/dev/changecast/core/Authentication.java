package dev.changecast.core;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What an {@link Authenticator} found out. */
public sealed interface Authentication {
    /** Known, for as long as the authenticator is asked again; nothing expires. */
    static Authentication accepted(Identity identity) {
        return new Accepted(identity, null);
    }

    /** Known by a token. */
    static Authentication accepted(Identity identity, Token token) {
        return new Accepted(identity, token);
    }

    /** @param reason one sentence for the person at the other end; without the token or anything that it holds */
    static Authentication refused(String reason) {
        return new Refused(reason);
    }

    /** Not known yet: the client may still send a token as its first message. */
    static Authentication awaited() {
        return new Awaited();
    }

    /** @param reason why it cannot be found out at the moment; for the person at the other end, too */
    static Authentication unavailable(String reason) {
        return new Unavailable(reason);
    }

    /**
     * It is known who that is.
     *
     * @param token what it is known by; null when that is no token, so that nothing expires and can be revoked by itself
     */
    record Accepted(Identity identity, @Nullable Token token) implements Authentication {
        public Accepted {
            requireNonNull(identity, "identity is null");
        }

        /** When it ends; null for never. */
        public @Nullable Instant expiresAt() {
            return token == null ? null : token.expiresAt();
        }
    }

    /** Wrong, expired, revoked, or missing where there is no later chance to show one. Trying again will not help. */
    record Refused(String reason) implements Authentication {}

    /** Nothing was shown that could be right or wrong. */
    record Awaited() implements Authentication {}

    /** It cannot be found out at the moment, and may be if the client tries again. */
    record Unavailable(String reason) implements Authentication {}

    /**
     * What is told of a token besides who it is for; never the token itself.
     *
     * @param id names it, so that it can be revoked; null when it has no name
     * @param issuedAt when it was made; null when it does not say, and then every revocation of its user covers it
     * @param expiresAt from when on it is void; null when it never is
     */
    record Token(
            @Nullable String id,
            @Nullable Instant issuedAt,
            @Nullable Instant expiresAt) {}
}
