package dev.changecast.core;

import java.util.Set;

/**
 * What one engine takes on.
 *
 * @param connections how many connections in all
 * @param connectionsPerAddress how many from one address
 * @param connectionsPerUser how many of one user
 * @param subscriptions how many per session
 * @param messageBytes the largest message from a client
 * @param queueBytes how much may wait in memory for one session before it reads from the log
 * @param snapshotRows how many rows a snapshot may have
 * @param heartbeatMillis how often a session hears something at least
 * @param allowedOrigins origins of pages that may connect; a request without {@code Origin} is no page's. An entry
 *     {@code *} allows all
 */
public record Limits(
        int connections,
        int connectionsPerAddress,
        int connectionsPerUser,
        int subscriptions,
        int messageBytes,
        int queueBytes,
        int snapshotRows,
        int heartbeatMillis,
        Set<String> allowedOrigins) {

    public static final Limits DEFAULT =
            new Limits(10_000, 100, 5, 100, 512 * 1024, 1024 * 1024, 100_000, 30_000, Set.of());

    public Limits {
        allowedOrigins = Set.copyOf(allowedOrigins);
    }
}
