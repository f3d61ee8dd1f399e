package dev.changecast.core;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long changes are kept.
 *
 * @param directory where the log lives; null keeps it in memory, so that each start is a new epoch
 * @param bytes how much is kept of each feed
 * @param age how long
 * @param memoryBytes how much of the newest part is also held in memory; with a log in memory this is not used
 */
public record History(@Nullable Path directory, long bytes, Duration age, long memoryBytes) {
    private static final long MIB = 1024 * 1024;

    public History {
        if (bytes < MIB) {
            throw new IllegalArgumentException("history bytes must be 1 MiB at least, not " + bytes);
        }
        if (age.isNegative() || age.isZero()) {
            throw new IllegalArgumentException("history age must be more than nothing, not " + age);
        }
        if (memoryBytes < MIB) {
            throw new IllegalArgumentException("history memory must be 1 MiB at least, not " + memoryBytes);
        }
    }

    /** In a directory, 1 GiB and 24 hours of each feed, of which 64 MiB in memory. */
    public static History in(Path directory) {
        return new History(directory, 1024 * MIB, Duration.ofHours(24), 64 * MIB);
    }

    /** In memory, 64 MiB of each feed. */
    public static History inMemory() {
        return new History(null, 64 * MIB, Duration.ofHours(24), 64 * MIB);
    }

    public History bytes(long bytes) {
        return new History(directory, bytes, age, memoryBytes);
    }

    public History age(Duration age) {
        return new History(directory, bytes, age, memoryBytes);
    }

    public History memoryBytes(long memoryBytes) {
        return new History(directory, bytes, age, memoryBytes);
    }
}
