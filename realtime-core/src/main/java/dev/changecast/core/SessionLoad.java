package dev.changecast.core;

import java.time.Duration;

/**
 * What waits for one session, for operators.
 *
 * @param waitingBytes how much waits in memory to be written, or is just being written
 * @param stalled for how long the network has taken nothing of that; zero while it takes something. Looked at four times
 *     a second
 * @param behind for how long it has been reading from the log, as it could not keep up or is on its way back; zero at the
 *     head
 */
public record SessionLoad(OpenSession session, long waitingBytes, Duration stalled, Duration behind) {}
