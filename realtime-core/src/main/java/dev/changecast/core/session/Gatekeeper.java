package dev.changecast.core.session;

import dev.changecast.api.ErrorCode;
import dev.changecast.api.transport.Handshake;
import dev.changecast.core.Authentication;
import dev.changecast.core.Authenticator;
import dev.changecast.core.Limits;
import dev.changecast.core.Revocation;
import java.time.InstantSource;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decides whose handshakes are good: by where their pages come from, how many there are, and who they say they are. Any thread. */
final class Gatekeeper {
    private static final Logger log = LoggerFactory.getLogger(Gatekeeper.class);

    /**
     * What becomes of a handshake. Of a refusal the close code goes to browsers, the status to everybody else.
     *
     * @param found who it is, unless it is refused
     */
    record Decision(
            int status,
            int closeCode,
            ErrorCode error,
            String reason,
            @Nullable Authentication found) {
        static Decision refusal(int status, int closeCode, ErrorCode error, String reason) {
            return new Decision(status, closeCode, error, reason, null);
        }

        static Decision unknown(String reason) {
            return refusal(401, 4401, ErrorCode.FORBIDDEN, reason);
        }

        boolean isRefusal() {
            return found == null;
        }
    }

    private final Limits limits;
    private final Authenticator authenticator;
    private final Admission admission;
    private final Revocations revocations = new Revocations(InstantSource.system(), Revocations.MOST);
    private volatile boolean open;

    Gatekeeper(Limits limits, Authenticator authenticator, Admission admission) {
        this.limits = limits;
        this.authenticator = authenticator;
        this.admission = admission;
    }

    void open() {
        open = true;
    }

    /** Lets nobody in from now on. */
    void close() {
        open = false;
    }

    Decision decide(Handshake handshake) {
        if (!open) {
            return Decision.refusal(
                    503, 4501, ErrorCode.BUSY, "the server is starting or going; come back in a moment");
        }
        if (!Origins.allows(limits.allowedOrigins(), handshake)) {
            return Decision.refusal(
                    403,
                    4403,
                    ErrorCode.FORBIDDEN,
                    "pages of " + Origins.shown(handshake) + " may not connect; see allowed_origins");
        }
        String full = admission.wouldRefuse(handshake.remoteAddress());
        if (full != null) {
            return Decision.refusal(429, 4429, ErrorCode.TOO_MANY, full);
        }
        Authentication found = examined(() -> authenticator.examine(handshake));
        if (found instanceof Authentication.Refused refused) {
            return Decision.unknown(refused.reason());
        }
        if (found instanceof Authentication.Unavailable unavailable) {
            return Decision.refusal(503, 4501, ErrorCode.BUSY, unavailable.reason());
        }
        return new Decision(101, 1000, ErrorCode.INTERNAL, "", found);
    }

    /** What the authenticator says, unless it fails, or what it accepts is void. */
    private Authentication examined(Supplier<Authentication> authentication) {
        try {
            Authentication found = authentication.get();
            return found instanceof Authentication.Accepted accepted && revocations.cover(accepted)
                    ? Authentication.refused("the token was revoked")
                    : found;
        } catch (RuntimeException e) {
            log.warn("The authenticator failed", e);
            return Authentication.unavailable("who you are cannot be found out at the moment");
        }
    }

    /** Who a token is of, as when a session shows it as a message. */
    Authentication examine(String token) {
        return examined(() -> authenticator.examine(token));
    }

    /** Makes tokens void. */
    void revoke(Revocation revocation) {
        revocations.add(revocation);
    }

    boolean isRevoked(Authentication.Accepted accepted) {
        return revocations.cover(accepted);
    }
}
