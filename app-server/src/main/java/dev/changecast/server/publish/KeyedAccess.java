package dev.changecast.server.publish;

import dev.changecast.api.ErrorCode;
import dev.changecast.server.config.ApiKeys;
import dev.changecast.server.http.Reply;
import dev.changecast.server.http.Request;
import java.util.Locale;
import java.util.Optional;

/**
 * Lets those in that have an API key.
 *
 * @param context what they ask for, as errors name it
 */
record KeyedAccess(ApiKeys keys, String context) {
    private static final String BEARER = "bearer ";

    /** Why a request may not go on; empty when it may. */
    Optional<Reply> refuse(Request head, String method) {
        if (keys.isEmpty()) {
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
        Optional<String> given = head.header("Authorization");
        if (given.isEmpty()) {
            return Optional.of(unauthorized("give your API key, as in Authorization: Bearer <key>"));
        }
        if (key(head) < 0) {
            return Optional.of(unauthorized("this is none of the server's API keys; see auth.api_keys"));
        }
        String encoding = head.header("Content-Encoding").orElse("identity").strip();
        if (method.equals("POST") && !encoding.equalsIgnoreCase("identity")) {
            return Optional.of(error(415, ErrorCode.BAD_MESSAGE, "send the body as it is: it is not unpacked here"));
        }
        return Optional.empty();
    }

    /** Which of the keys a request gives; -1 when none. */
    int key(Request head) {
        String given = head.header("Authorization").orElse("");
        return given.toLowerCase(Locale.ROOT).startsWith(BEARER)
                ? keys.indexOf(given.substring(BEARER.length()).strip())
                : -1;
    }

    private Reply unauthorized(String message) {
        return error(401, ErrorCode.FORBIDDEN, message).with("WWW-Authenticate", "Bearer");
    }

    Reply error(int status, ErrorCode code, String message) {
        return ApiError.of(status, code, context, message);
    }
}
