package dev.changecast.testing;

import org.jspecify.annotations.Nullable;

/**
 * One thing that a test of {@link SourceContract} has written into an origin: a row has a number that identifies it and a
 * text.
 *
 * @param key which row; without meaning for {@link Kind#TRUNCATE} and {@link Kind#MESSAGE}
 * @param text the row's text from now on, or the message; null where there is none
 * @param to the row's new key, for {@link Kind#MOVE}
 */
public record Write(Kind kind, long key, @Nullable String text, long to) {
    /** What is done. */
    public enum Kind {
        INSERT,
        UPDATE,
        DELETE,
        /** An update that changes the key, too. */
        MOVE,
        TRUNCATE,
        MESSAGE
    }

    public static Write insert(long key, String text) {
        return new Write(Kind.INSERT, key, text, key);
    }

    public static Write update(long key, String text) {
        return new Write(Kind.UPDATE, key, text, key);
    }

    public static Write delete(long key) {
        return new Write(Kind.DELETE, key, null, key);
    }

    /** The row {@code key} becomes the row {@code to}, with this text. */
    public static Write move(long key, long to, String text) {
        return new Write(Kind.MOVE, key, text, to);
    }

    public static Write truncate() {
        return new Write(Kind.TRUNCATE, 0, null, 0);
    }

    /** @param json the message, which has to be JSON */
    public static Write message(String json) {
        return new Write(Kind.MESSAGE, 0, json, 0);
    }
}
