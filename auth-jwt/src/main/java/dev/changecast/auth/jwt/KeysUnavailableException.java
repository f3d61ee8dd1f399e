package dev.changecast.auth.jwt;

/** Whether a key exists cannot be said at the moment. */
final class KeysUnavailableException extends Exception {
    private static final long serialVersionUID = 1L;

    KeysUnavailableException(String message) {
        super(message, null, false, false);
    }
}
