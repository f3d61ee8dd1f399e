package dev.changecast.client;

import static java.util.Objects.requireNonNull;

/**
 * Content that is JSON already, as the mapper of your choice writes it.
 *
 * @param text one JSON value
 */
public record RawJson(String text) {
    /** @throws IllegalArgumentException when it is not one JSON value */
    public RawJson {
        requireNonNull(text, "text is null");
        Json.require(text);
    }

    /** Without the text, which may be private. */
    @Override
    public String toString() {
        return text.length() + " characters of JSON";
    }
}
