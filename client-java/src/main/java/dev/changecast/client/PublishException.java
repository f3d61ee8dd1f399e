package dev.changecast.client;

import org.jspecify.annotations.Nullable;

/**
 * A message was not published, as far as is known. What the server said stands in {@link #getMessage}; neither the key nor
 * the content does.
 */
public final class PublishException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int status;
    private final int code;
    private final boolean maybePublished;

    PublishException(String message, int status, int code, boolean maybePublished, @Nullable Throwable cause) {
        super(message, cause);
        this.status = status;
        this.code = code;
        this.maybePublished = maybePublished;
    }

    /** One that was refused, and will be again. */
    static PublishException refused(String message, int status, int code) {
        return new PublishException(message, status, code, false, null);
    }

    /** One whose time ran out, or that was never sent. */
    static PublishException unsent(String message) {
        return new PublishException(message, 0, 0, false, null);
    }

    /** The same, of a message that the server may have from an earlier try. */
    PublishException orPublishedBefore(boolean maybe) {
        return maybe && !maybePublished
                ? new PublishException(String.valueOf(getMessage()), status, code, true, this)
                : this;
    }

    /** The same, thrown where somebody waited for it. */
    PublishException here() {
        return new PublishException(String.valueOf(getMessage()), status, code, maybePublished, this);
    }

    /** The status of the server's answer; 0 when there was none. */
    public int status() {
        return status;
    }

    /** The number of the server's error, such as 4000 for a message that is none; 0 when it gave none. */
    public int code() {
        return code;
    }

    /**
     * Whether the server may have it all the same, as when an answer did not come. Publish it again with the same id then,
     * within ten minutes.
     */
    public boolean maybePublished() {
        return maybePublished;
    }
}
