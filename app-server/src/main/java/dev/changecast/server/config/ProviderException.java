package dev.changecast.server.config;

/** The class path holds plug-ins that cannot be used together, or at all. */
public final class ProviderException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ProviderException(String message) {
        super(message);
    }
}
