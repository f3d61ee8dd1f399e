package dev.changecast.core.session;

import dev.changecast.api.ErrorCode;
import dev.changecast.core.Authentication;
import dev.changecast.core.Authentication.Accepted;
import dev.changecast.core.Identity;
import dev.changecast.core.Revocation;
import dev.changecast.core.protocol.Command;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Who a session speaks for, and until when: from the handshake, or from a token that comes as a message while commands
 * wait; renewed by another one; ended when it expires or is revoked. Used by the session's dispatcher, but for what is
 * said to be for any thread.
 */
final class SessionIdentity {
    /** How many commands may wait for the one that tells who the client is. */
    static final int WAITING_COMMANDS = 32;

    private final ClientSession session;
    private final SessionContext context;
    private final long deadline;
    private final List<Command> waiting = new ArrayList<>();
    private volatile @Nullable Accepted accepted;

    /** @param accepted what the handshake told; null when a token is to come as a message */
    SessionIdentity(ClientSession session, SessionContext context, @Nullable Accepted accepted) {
        this.session = session;
        this.context = context;
        this.accepted = accepted;
        this.deadline = System.nanoTime() + context.timeToAuthenticate().toNanos();
    }

    /** Whether the client has been identified, so that what it asks for is done. Any thread. */
    boolean isKnown() {
        return accepted != null;
    }

    /** Nobody in particular until it is known who. Any thread. */
    Identity identity() {
        Accepted present = accepted;
        return present == null ? Identity.anonymous() : present.identity();
    }

    /** When it ends; null for never. Any thread. */
    @Nullable
    Instant expiresAt() {
        Accepted present = accepted;
        return present == null ? null : present.expiresAt();
    }

    /** Welcomes a client that is known by its handshake. */
    void begin() {
        Accepted present = accepted;
        if (present == null) {
            return;
        }
        if (context.isRevoked(present)) {
            revoked();
            return;
        }
        session.welcome(null, present.expiresAt(), null);
    }

    /** Whether a command has to wait until it is known who gives it. */
    boolean holdsBack(Command command) {
        if (isKnown()) {
            return false;
        }
        if (waiting.size() >= WAITING_COMMANDS) {
            session.close(
                    4429, "more than " + WAITING_COMMANDS + " commands wait for a token; send \"authenticate\" first");
        } else {
            waiting.add(command);
        }
        return true;
    }

    /** @param found what became of the token */
    void authenticate(Command.Authenticate command, Authentication found) {
        if (found instanceof Authentication.Refused refused) {
            refuse(command, refused.reason());
        } else if (found instanceof Authentication.Unavailable unavailable) {
            session.refuse(command.id(), ErrorCode.BUSY, "authenticate", unavailable.reason());
        } else if (found instanceof Accepted now) {
            accept(command, now);
        } else {
            session.refuse(
                    command.id(),
                    ErrorCode.UNSUPPORTED,
                    "authenticate",
                    "this server knows clients by their handshake and takes no tokens");
        }
    }

    private void accept(Command.Authenticate command, Accepted now) {
        Accepted before = accepted;
        String user = before == null ? null : before.identity().user();
        if (user != null && !user.equals(now.identity().user())) {
            refuse(command, "the token is of another user; open another connection for that");
            return;
        }
        if (before == null || !Objects.equals(user, now.identity().user())) {
            String full = context.identified(session, now.identity().user());
            if (full != null) {
                session.refuse(command.id(), ErrorCode.TOO_MANY, "authenticate", full);
                session.close(4429, full);
                return;
            }
        }
        accepted = now;
        if (context.isRevoked(now)) {
            // Revoked while it was looked at.
            revoked();
            return;
        }
        if (before != null && !before.identity().equals(now.identity())) {
            session.accessChanged(now.identity(), user == null ? command.since() : null);
        } else if (before == null) {
            session.accessChanged(now.identity(), null);
        }
        session.welcome(command.id(), now.expiresAt(), command.since());
        if (before == null) {
            List<Command> held = List.copyOf(waiting);
            waiting.clear();
            held.forEach(session::handle);
        }
    }

    private void refuse(Command command, String reason) {
        context.counters().notAuthenticated();
        session.refuse(command.id(), ErrorCode.FORBIDDEN, "authenticate", reason);
        session.close(4401, reason);
    }

    /** Ends the session when its time is over; by the clock that tokens are written by. */
    void tick(long now) {
        Accepted present = accepted;
        if (present == null) {
            if (now - deadline >= 0) {
                context.counters().notAuthenticated();
                session.close(
                        4408,
                        "no token came within " + context.timeToAuthenticate().toMillis() + " ms");
            }
            return;
        }
        Instant end = present.expiresAt();
        if (end != null && System.currentTimeMillis() >= end.toEpochMilli()) {
            session.close(4401, "the token has expired");
        }
    }

    /** Ends the session if what it is known by is void now. */
    void revoke(Revocation revocation) {
        if (isCoveredBy(revocation)) {
            revoked();
        }
    }

    /** Whether what it is known by is void now. Any thread. */
    boolean isCoveredBy(Revocation revocation) {
        Accepted present = accepted;
        return present != null && revocation.covers(present);
    }

    private void revoked() {
        session.cut(4401, "the token was revoked");
    }

    /** Lets go of the commands that wait. */
    void close() {
        waiting.clear();
    }
}
