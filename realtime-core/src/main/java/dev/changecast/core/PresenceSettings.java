package dev.changecast.core;

import static java.util.Objects.requireNonNull;

import dev.changecast.core.Route.Readers;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Who learns who is online, and how soon. Whoever is in a room sees who else is there, whatever this says.
 *
 * @param read who may ask who is online, and is told who comes and goes; null for nobody
 * @param announce whether they are told without asking, from their welcome on
 * @param grace how long a user whose last connection was lost still counts as there, so that nobody sees a reconnect
 * @param gather over what time comings and goings are told together; longer in a room of more than a thousand members
 * @param listed up to how many users are told one by one; of more only the number is
 * @param stateBytes how large the state may be that a user shows in a room, as JSON
 */
public record PresenceSettings(
        @Nullable Readers read, boolean announce, Duration grace, Duration gather, int listed, int stateBytes) {
    private static final Duration LONGEST = Duration.ofMinutes(10);

    /** Nobody may ask; 5 seconds of grace. */
    public static final PresenceSettings DEFAULT =
            new PresenceSettings(null, false, Duration.ofSeconds(5), Duration.ofMillis(250), 500, 1024);

    public PresenceSettings {
        requireNonNull(grace, "grace is null");
        requireNonNull(gather, "gather is null");
        if (grace.isNegative() || grace.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("the grace time is 0 s to 10 minutes, not " + grace);
        }
        if (gather.toMillis() < 1 || gather.compareTo(Duration.ofMinutes(1)) > 0) {
            throw new IllegalArgumentException("comings and goings are gathered over 1 ms to 1 minute, not " + gather);
        }
        if (listed < 0 || stateBytes < 0) {
            throw new IllegalArgumentException(
                    "neither " + listed + " users nor " + stateBytes + " bytes can be a limit");
        }
    }

    public PresenceSettings read(Readers readers) {
        return new PresenceSettings(readers, announce, grace, gather, listed, stateBytes);
    }

    /** Tells without being asked. */
    public PresenceSettings announced() {
        return new PresenceSettings(read, true, grace, gather, listed, stateBytes);
    }

    public PresenceSettings grace(Duration time) {
        return new PresenceSettings(read, announce, time, gather, listed, stateBytes);
    }

    public PresenceSettings gather(Duration time) {
        return new PresenceSettings(read, announce, grace, time, listed, stateBytes);
    }

    public PresenceSettings listed(int users) {
        return new PresenceSettings(read, announce, grace, gather, users, stateBytes);
    }

    public PresenceSettings stateBytes(int bytes) {
        return new PresenceSettings(read, announce, grace, gather, listed, bytes);
    }
}
