package dev.changecast.source.postgres;

import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Position;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A moment of the database. What it sees and the one before it does not is a batch.
 *
 * @param micros when it was made, microseconds since 1970; no other history has a tick of this number and time
 * @param changed whether its batch has anything in it
 */
record Tick(long id, SnapshotVisibility snapshot, String snapshotText, long micros, boolean changed) {
    /** The place behind it: above all of its batch, and below all of the next one. */
    Checkpoint checkpoint() {
        return new Checkpoint(new Position(id + 1, 0), Long.toString(micros, Character.MAX_RADIX));
    }

    Instant made() {
        return Instant.EPOCH.plus(micros, java.time.temporal.ChronoUnit.MICROS);
    }

    /** Which tick a log that ends there had last. */
    static long idOf(Checkpoint checkpoint) {
        return checkpoint.position().major() - 1;
    }

    /** Whether a log that ends with a tick of this number had this one. */
    boolean isOf(@Nullable String token) {
        return token == null || token.equals(checkpoint().token());
    }
}
