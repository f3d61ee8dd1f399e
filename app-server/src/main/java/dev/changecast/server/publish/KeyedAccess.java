package dev.changecast.server.publish;

import dev.changecast.api.ErrorCode;
import dev.changecast.core.Identity;
import dev.changecast.server.config.ApiKeys;
import dev.changecast.server.http.Reply;
import dev.changecast.server.http.Request;
import java.util.Optional;

/**
 * Lets those in that have an API key, and operators.
 *
 * @param operators who else
 * @param context what they ask for, as errors name it
 */
public record KeyedAccess(ApiKeys keys, Operators operators, String context) {
    /** For the holders of keys alone. */
    KeyedAccess(ApiKeys keys, String context) {
        this(keys, Operators.NONE, context);
    }

    /** Why a request may not go on; empty when it may. */
    public Optional<Reply> refuse(Request head, String method) {
        if (keys.isEmpty() && operators.areNone()) {
            return Optional.of(error(
                    403,
                    ErrorCode.UNSUPPORTED,
                    "this server lets nobody " + context + ": it has no keys; set auth.api_keys in its configuration"));
        }
        if (!head.method().equals(method)) {
            return Optional.of(
                    error(405, ErrorCode.BAD_MESSAGE, "this address is for " + method + ", not " + head.method())
                            .with("Allow", method));
        }
        if (key(head) < 0) {
            Operators.Verdict verdict = operators.verdict(head, method.equals("GET"));
            if (verdict.identity() == null) {
                return Optional.of(unauthorized(
                        head.header("Authorization").isEmpty()
                                ? "give your API key, as in Authorization: Bearer <key>" + operators.wanted()
                                : verdict.why().isEmpty()
                                        ? "this is none of the server's API keys; see auth.api_keys"
                                        : verdict.why()));
            }
        }
        String encoding = head.header("Content-Encoding").orElse("identity").strip();
        if (method.equals("POST") && !encoding.equalsIgnoreCase("identity")) {
            return Optional.of(error(415, ErrorCode.BAD_MESSAGE, "send the body as it is: it is not unpacked here"));
        }
        return Optional.empty();
    }

    /** Which of the keys a request gives; -1 when none. */
    int key(Request head) {
        return Operators.bearer(head).map(keys::indexOf).orElse(-1);
    }

    /** As whom somebody sees rows who was not refused. */
    public Identity reader(Request head) {
        Identity own = key(head) >= 0 ? null : operators.verdict(head, true).identity();
        return own == null ? operators.ofKey() : own;
    }

    /** Whether somebody who was not refused may end sessions, too. */
    public boolean mayEndSessions(Request head) {
        return key(head) >= 0 || operators.verdict(head, false).identity() != null;
    }

    private Reply unauthorized(String message) {
        return error(401, ErrorCode.FORBIDDEN, message).with("WWW-Authenticate", "Bearer");
    }

    public Reply error(int status, ErrorCode code, String message) {
        return ApiError.of(status, code, context, message);
    }
}
