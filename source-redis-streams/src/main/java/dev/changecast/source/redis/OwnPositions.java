package dev.changecast.source.redis;

import dev.changecast.api.source.Position;
import java.time.Clock;

/** Positions for what has none of its own: milliseconds and a number, never backwards whatever the clock does. */
final class OwnPositions {
    private final Clock clock;
    private Position last;

    /** @param last the one to go on behind */
    OwnPositions(Clock clock, Position last) {
        this.clock = clock;
        this.last = last;
    }

    Position last() {
        return last;
    }

    /** The place of the next change; the one after it is left for its checkpoint. */
    Position next() {
        long now = clock.millis();
        last = now > last.major() ? new Position(now, 3) : new Position(last.major(), (last.minor() + 2) | 1);
        return new Position(last.major(), last.minor() - 1);
    }
}
