package dev.changecast.api.source;

import org.jspecify.annotations.Nullable;

/**
 * A place between transactions from which a source can go on: everything at or below {@code position} has been given to
 * the engine.
 *
 * @param position never below the position of the last change given before it, and below every change given after it
 * @param token what the source needs besides the position to go on from here (MongoDB's resume token), opaque to the
 *     engine, kept in the log; null where the position is enough
 */
public record Checkpoint(Position position, @Nullable String token) {
    public static Checkpoint at(Position position) {
        return new Checkpoint(position, null);
    }
}
