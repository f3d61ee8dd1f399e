package dev.changecast.core;

import static java.util.Objects.requireNonNull;

import dev.changecast.core.filter.FilterLimits;
import java.util.Set;

/**
 * What one engine takes on.
 *
 * @param connections how many connections in all
 * @param connectionsPerAddress how many from one address; of IPv6 the first 64 bits count as one, as a single customer of
 *     a provider has at least that many
 * @param connectionsPerUser how many of one user
 * @param subscriptions how many per session
 * @param messageBytes the largest message from a client
 * @param queueBytes how much may wait in memory for one session before it reads from the log
 * @param snapshotRows how many rows a snapshot may have
 * @param heartbeatMillis how often a session hears something at least
 * @param allowedOrigins origins of pages that may connect; a request without {@code Origin} is no page's. An entry
 *     {@code *} allows all
 * @param perUserPolicy what becomes of a connection over {@code connectionsPerUser}
 * @param filters how large a filter may be
 * @param commands how often a session may give a command
 * @param inputBytesPerSecond how much a session may send; several messages of the largest size may come at once
 * @param unauthenticated how many connections may be open, besides {@code connections}, that still have to show a token;
 *     over that the oldest of them is closed with 4501, so that it may come back
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
        Set<String> allowedOrigins,
        PerUserPolicy perUserPolicy,
        FilterLimits filters,
        Rate commands,
        int inputBytesPerSecond,
        int unauthenticated) {

    public static final Limits DEFAULT =
            new Limits(10_000, 100, 5, 100, 512 * 1024, 1024 * 1024, 100_000, 30_000, Set.of());

    public Limits {
        allowedOrigins = Set.copyOf(allowedOrigins);
        requireNonNull(perUserPolicy, "perUserPolicy is null");
        requireNonNull(filters, "filters is null");
        requireNonNull(commands, "commands is null");
        if (unauthenticated < 1) {
            throw new IllegalArgumentException(
                    "somebody has to be let in to show a token: unauthenticated is 1 or more, not " + unauthenticated);
        }
    }

    /** These, and the defaults of everything else. */
    public Limits(
            int connections,
            int connectionsPerAddress,
            int connectionsPerUser,
            int subscriptions,
            int messageBytes,
            int queueBytes,
            int snapshotRows,
            int heartbeatMillis,
            Set<String> allowedOrigins) {
        this(
                connections,
                connectionsPerAddress,
                connectionsPerUser,
                subscriptions,
                messageBytes,
                queueBytes,
                snapshotRows,
                heartbeatMillis,
                allowedOrigins,
                PerUserPolicy.REFUSE,
                FilterLimits.DEFAULT,
                new Rate(50, 500),
                1024 * 1024,
                1000);
    }

    public Limits perUserPolicy(PerUserPolicy policy) {
        return with(policy, filters, commands, inputBytesPerSecond, unauthenticated);
    }

    public Limits filters(FilterLimits filters) {
        return with(perUserPolicy, filters, commands, inputBytesPerSecond, unauthenticated);
    }

    /** How often and how much a session may send. */
    public Limits input(Rate commands, int bytesPerSecond) {
        return with(perUserPolicy, filters, commands, bytesPerSecond, unauthenticated);
    }

    /** How many connections may still have to show a token. */
    public Limits unauthenticated(int connections) {
        return with(perUserPolicy, filters, commands, inputBytesPerSecond, connections);
    }

    private Limits with(
            PerUserPolicy policy, FilterLimits filters, Rate commands, int bytesPerSecond, int unauthenticated) {
        return new Limits(
                connections,
                connectionsPerAddress,
                connectionsPerUser,
                subscriptions,
                messageBytes,
                queueBytes,
                snapshotRows,
                heartbeatMillis,
                allowedOrigins,
                policy,
                filters,
                commands,
                bytesPerSecond,
                unauthenticated);
    }

    /** What becomes of a connection when its user has as many as one may have. */
    public enum PerUserPolicy {
        /** The new one is refused. */
        REFUSE,
        /**
         * The oldest one is closed with 4409, if it has been there for ten seconds; otherwise the new one is refused, so
         * that two clients that both come back at once do not drive each other out for ever.
         */
        REPLACE_OLDEST
    }

    /**
     * How often something may happen.
     *
     * @param perSecond in the long run
     * @param burst how often at once, after a rest
     */
    public record Rate(int perSecond, int burst) {
        public Rate {
            if (perSecond < 1 || burst < 1) {
                throw new IllegalArgumentException(
                        "a rate is 1 or more per second and at once, not " + perSecond + " and " + burst);
            }
        }
    }
}
