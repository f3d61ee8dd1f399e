package dev.changecast.core.log;

import dev.changecast.api.source.Position;

/**
 * What all segments since the log's last restart share: segments of another one do not belong together with them,
 * whatever the names of their epochs.
 *
 * @param number drawn at random
 * @param gapEnd where the epoch goes on after what the source no longer had; {@link Position#ZERO} when it lacks nothing
 */
record Lineage(long number, Position gapEnd) {
    void put(ByteOutput to) {
        to.putLong(number);
        Frames.putPosition(to, gapEnd);
    }

    static Lineage get(ByteInput from) {
        return new Lineage(from.getLong(), from.getPosition());
    }
}
