package dev.changecast.core;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Tokens that are void although they have not expired: one by its id, or all that a user was given before some time. What
 * a user is known by other than tokens is not voided, but the user's open sessions are ended.
 *
 * @param tokenId the token's id ({@code jti}); null for a user's
 * @param user the user's id; null for one token
 * @param before tokens of the user that were made before this are void, and those that do not say when. Tokens tell
 *     seconds, so one made in the same second may still be void
 * @param until from when on all these tokens have expired by themselves, so that this can be forgotten
 */
public record Revocation(@Nullable String tokenId, @Nullable String user, Instant before, Instant until) {
    /** How long a revocation is kept that does not say when its tokens expire. */
    public static final Duration KEPT = Duration.ofDays(30);

    public Revocation {
        if ((tokenId == null) == (user == null)) {
            throw new IllegalArgumentException("a revocation is of a token or of a user");
        }
        String named = tokenId == null ? requireNonNull(user) : tokenId;
        if (named.isEmpty() || named.length() > 256) {
            throw new IllegalArgumentException(
                    "the id of a token or a user has 1 to 256 characters, not " + named.length());
        }
    }

    /** Of one token. */
    public static Revocation ofToken(String tokenId) {
        Instant now = Instant.now();
        return new Revocation(tokenId, null, now, now.plus(KEPT));
    }

    /** Of all tokens that a user has got up to now. */
    public static Revocation ofUser(String user) {
        Instant now = Instant.now();
        return new Revocation(null, user, now, now.plus(KEPT));
    }

    /** Of the user's tokens that were made before this alone. */
    public Revocation before(Instant time) {
        return new Revocation(tokenId, user, time, until);
    }

    /** With the time when the last of these tokens expires. */
    public Revocation until(Instant time) {
        return new Revocation(tokenId, user, before, time);
    }

    /** Whether this voids what a session is known by. */
    public boolean covers(Authentication.Accepted accepted) {
        Authentication.Token token = accepted.token();
        if (tokenId != null) {
            return token != null && tokenId.equals(token.id());
        }
        Instant issued = token == null ? null : token.issuedAt();
        return requireNonNull(user).equals(accepted.identity().user()) && (issued == null || issued.isBefore(before));
    }
}
