package dev.changecast.core.session;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.core.Authentication;
import dev.changecast.core.Revocation;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tokens that are void before their time. Bounded: each is forgotten when its tokens have expired, and when there are
 * too many a new one is refused aloud, since to forget one would make its token good again. Thread-safe.
 */
final class Revocations {
    /** About 30 MB. */
    static final int MOST = 200_000;

    private final InstantSource clock;
    private final int most;
    private final Map<String, Revocation> ofTokens = new HashMap<>();
    private final Map<String, Revocation> ofUsers = new HashMap<>();

    Revocations(InstantSource clock, int most) {
        this.clock = clock;
        this.most = most;
    }

    /** @throws ChangecastException with {@link ErrorCode#TOO_MANY} when there is no room for another one */
    synchronized void add(Revocation revocation) {
        if (ofTokens.size() + ofUsers.size() >= most) {
            ofTokens.values().removeIf(this::isPast);
            ofUsers.values().removeIf(this::isPast);
        }
        boolean ofToken = revocation.tokenId() != null;
        Map<String, Revocation> own = ofToken ? ofTokens : ofUsers;
        String name = String.valueOf(ofToken ? revocation.tokenId() : revocation.user());
        if (!own.containsKey(name) && ofTokens.size() + ofUsers.size() >= most) {
            throw new ChangecastException(
                    ErrorCode.TOO_MANY,
                    "there are " + most + " revocations; say until when each is needed, so that they can be forgotten");
        }
        own.merge(name, revocation, Revocations::widest);
    }

    /** An earlier revocation is never narrowed by a later one. */
    private static Revocation widest(Revocation one, Revocation other) {
        return one.before(one.before().isAfter(other.before()) ? one.before() : other.before())
                .until(one.until().isAfter(other.until()) ? one.until() : other.until());
    }

    /** Whether what a client is known by is void. A session without a token is not: it is for its authenticator to say. */
    synchronized boolean cover(Authentication.Accepted accepted) {
        Authentication.Token token = accepted.token();
        return token != null
                && (covers(ofTokens.get(String.valueOf(token.id())), accepted)
                        || covers(ofUsers.get(String.valueOf(accepted.identity().user())), accepted));
    }

    private boolean covers(@Nullable Revocation revocation, Authentication.Accepted accepted) {
        return revocation != null && !isPast(revocation) && revocation.covers(accepted);
    }

    private boolean isPast(Revocation revocation) {
        return !revocation.until().isAfter(clock.instant());
    }

    synchronized int size() {
        return ofTokens.size() + ofUsers.size();
    }
}
