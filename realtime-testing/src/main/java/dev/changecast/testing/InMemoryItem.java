package dev.changecast.testing;

import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Position;
import java.time.Instant;
import java.util.List;

/** What stands in the stream of an {@link InMemorySource}, in order. */
sealed interface InMemoryItem {
    /** The end of it. */
    Checkpoint end();

    /** A committed transaction; {@code visible} tells whether snapshots see it already. */
    record Committed(long number, Checkpoint end, List<InMemoryTransaction.Change> changes, boolean[] visible)
            implements InMemoryItem {
        private static final Instant BEGINNING = Instant.parse("2026-01-02T03:04:05.678Z");

        String tx() {
            return "tx" + number;
        }

        Position position() {
            return new Position(10 * number, 0);
        }

        Instant committedAt() {
            return BEGINNING.plusMillis(number);
        }
    }

    record Idle(Checkpoint end) implements InMemoryItem {}

    record Fence(Checkpoint end, String id) implements InMemoryItem {}
}
