package dev.changecast.server.config;

/**
 * Something wrong, or doubtful, in the configuration.
 *
 * @param place where
 * @param path what, from the root: {@code server.port}; empty for the file as a whole
 * @param message what is wrong and what would be right, without any secret
 */
public record Finding(Place place, String path, String message) {
    @Override
    public String toString() {
        return path.isEmpty() ? place + ": " + message : place + ": " + path + ": " + message;
    }
}
