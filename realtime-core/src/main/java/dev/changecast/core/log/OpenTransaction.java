package dev.changecast.core.log;

import dev.changecast.api.source.Position;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A transaction that has begun; what of it is already in the log. For the capture thread alone. */
final class OpenTransaction {
    final @Nullable String tx;
    final Position begin;
    final Instant committedAt;

    /** How many frames of it are in the log. */
    int framesInLog;

    /** How many changes these hold. */
    long changesInLog;

    /** The greatest place seen, also of changes that were dropped; -1 before the first. */
    long minor = -1;

    OpenTransaction(@Nullable String tx, Position begin, Instant committedAt) {
        this.tx = tx;
        this.begin = begin;
        this.committedAt = committedAt;
    }

    /** The position of the last change seen; of the beginning when there is none. */
    Position lastPosition() {
        return minor < 0 ? begin : new Position(begin.major(), minor);
    }

    boolean isInLog() {
        return framesInLog > 0;
    }
}
