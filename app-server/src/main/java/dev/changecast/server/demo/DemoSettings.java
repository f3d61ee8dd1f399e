package dev.changecast.server.demo;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How the demo is to be.
 *
 * @param directory where database and history are kept
 * @param port of the page; 0 for any that is free
 * @param postgresPort null for the usual one, or any if that is in use
 * @param reset whether to forget earlier runs
 * @param eventEvery the mean time between two events in the office
 */
public record DemoSettings(
        Path directory, int port, @Nullable Integer postgresPort, boolean reset, Duration eventEvery) {
    /** Quick enough to be alive, slow enough to be followed. */
    public static final Duration EVENT_EVERY = Duration.ofMillis(700);

    public DemoSettings {
        directory = directory.toAbsolutePath().normalize();
    }
}
