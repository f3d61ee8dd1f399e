package dev.changecast.api;

import static java.util.Objects.requireNonNull;

/**
 * The one exception of Changecast. Its message is written for the person who has to act on it: what failed, with the
 * present values, and what would be right. It never holds a secret.
 */
public final class ChangecastException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ErrorCode code;

    public ChangecastException(ErrorCode code, String message) {
        super(requireNonNull(message, "message is null"));
        this.code = requireNonNull(code, "code is null");
    }

    public ChangecastException(ErrorCode code, String message, Throwable cause) {
        super(requireNonNull(message, "message is null"), cause);
        this.code = requireNonNull(code, "code is null");
    }

    public ErrorCode code() {
        return code;
    }
}
