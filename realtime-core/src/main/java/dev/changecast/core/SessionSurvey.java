package dev.changecast.core;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * How the sessions of one engine are doing, all together.
 *
 * @param byTransport how many are open, by the name of the transport
 * @param waitingBytes how much waits in memory to be written, for all of them
 * @param subscriptions how many they have, ready or not
 * @param behind how many read from the log
 * @param stalled how many have something waiting of which the network has taken nothing for {@link #STALLED} at least
 * @param slowest those that are worst off, the worst first; none that lacks nothing
 */
public record SessionSurvey(
        Map<String, Integer> byTransport,
        long waitingBytes,
        long subscriptions,
        int behind,
        int stalled,
        List<SessionLoad> slowest) {
    /** From when on a session counts as stalled. */
    public static final Duration STALLED = Duration.ofSeconds(1);

    public SessionSurvey {
        byTransport = Map.copyOf(byTransport);
        slowest = List.copyOf(slowest);
    }

    /** How many sessions are open. */
    public int sessions() {
        return byTransport.values().stream().mapToInt(Integer::intValue).sum();
    }
}
