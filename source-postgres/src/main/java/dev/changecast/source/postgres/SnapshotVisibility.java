package dev.changecast.source.postgres;

import java.util.Arrays;
import java.util.stream.Stream;

/**
 * Which transactions a snapshot sees: those that had ended when it was taken. Taken on a primary, since on a standby
 * {@code pg_current_snapshot()} names none that is in progress.
 *
 * @param next the first transaction id not yet given out when the snapshot was taken
 * @param running those below that were still in progress, sorted
 */
record SnapshotVisibility(long next, long[] running) {
    /** Reads {@code pg_current_snapshot()::text}: {@code xmin:xmax:xip,xip,...}, all 64 bit. */
    static SnapshotVisibility parse(String text) {
        String[] parts = text.split(":", -1);
        long[] running = Stream.of(parts[2].split(","))
                .filter(id -> !id.isEmpty())
                .mapToLong(Long::parseLong)
                .sorted()
                .toArray();
        return new SnapshotVisibility(Long.parseLong(parts[1]), running);
    }

    boolean contains(long transaction) {
        return transaction < next && Arrays.binarySearch(running, transaction) < 0;
    }
}
