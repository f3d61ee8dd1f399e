package dev.changecast.server.demo;

/** The demo cannot start, for a reason that the person at the terminal can do something about. */
public final class DemoException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DemoException(String message) {
        super(message);
    }

    DemoException(String message, Throwable cause) {
        super(message, cause);
    }
}
