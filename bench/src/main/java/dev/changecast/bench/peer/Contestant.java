package dev.changecast.bench.peer;

import java.nio.file.Path;

/**
 * A kind of server that can be started for a comparison.
 *
 * @param name as it stands in tables
 * @param note what it does with a message
 */
public record Contestant(String name, String note, Starter starter) {
    /** Starts it, in a directory for its files. */
    @FunctionalInterface
    public interface Starter {
        /** @throws MissingException when a package is not installed that it needs */
        Peer start(Path home, Path directory) throws Exception;
    }

    /** Something has to be installed first; the message says what and how. */
    public static final class MissingException extends Exception {
        private static final long serialVersionUID = 1;

        public MissingException(String message) {
            super(message);
        }
    }
}
