package dev.changecast.auth.jwt;

/** A token that is not good. The message says why to its owner, and holds nothing of the token. */
final class BadTokenException extends Exception {
    private static final long serialVersionUID = 1L;

    BadTokenException(String message) {
        super(message, null, false, false);
    }
}
