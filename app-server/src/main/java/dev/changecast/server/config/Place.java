package dev.changecast.server.config;

/**
 * Where a value was written.
 *
 * @param origin a file's name as the user gave it, or an environment variable's name
 * @param line from 1; 0 where there are no lines
 * @param column from 1
 */
public record Place(String origin, int line, int column) {
    static Place of(String origin) {
        return new Place(origin, 0, 0);
    }

    /** {@code changecast.yaml:3:9}, which editors and terminals make a link of. */
    @Override
    public String toString() {
        return line == 0 ? origin : origin + ":" + line + ":" + column;
    }
}
