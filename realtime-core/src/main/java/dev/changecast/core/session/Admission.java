package dev.changecast.core.session;

import dev.changecast.core.Limits;
import dev.changecast.core.Limits.PerUserPolicy;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Counts the places that connections take, in all, by address and by user. Thread-safe. */
final class Admission {
    /** How long a connection must have been there before a newer one may take its place. */
    static final long LEAST_STAY_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** A connection's place; with a refusal it has none. */
    static final class Place {
        private final String network;
        private final @Nullable String user;
        private final long since;
        private final @Nullable String refusal;
        private @Nullable Place replaces;
        private boolean held;

        private Place(String network, @Nullable String user, long since, @Nullable String refusal) {
            this.network = network;
            this.user = user;
            this.since = since;
            this.refusal = refusal;
        }

        @Nullable
        String refusal() {
            return refusal;
        }

        /** The place of the connection that has to go for this one; null when none has to. */
        @Nullable
        Place replaces() {
            return replaces;
        }
    }

    private final Limits limits;
    private final LongSupplier clock;
    private final Map<String, Integer> byNetwork = new HashMap<>();
    private final Map<String, Deque<Place>> byUser = new HashMap<>();
    private int connections;

    Admission(Limits limits) {
        this(limits, System::nanoTime);
    }

    /** @param clock nanoseconds */
    Admission(Limits limits, LongSupplier clock) {
        this.limits = limits;
        this.clock = clock;
    }

    /** Why a connection from this address would be refused; null when it would not. */
    synchronized @Nullable String wouldRefuse(String address) {
        if (connections >= limits.connections()) {
            return "the server has its " + limits.connections() + " connections";
        }
        String network = Network.of(address);
        if (byNetwork.getOrDefault(network, 0) >= limits.connectionsPerAddress()) {
            return "there are " + limits.connectionsPerAddress() + " connections from this "
                    + (network.equals(address) ? "address" : "network, " + network);
        }
        return null;
    }

    synchronized Place enter(String address, @Nullable String user) {
        long now = clock.getAsLong();
        String refusal = wouldRefuse(address);
        Place oldest = null;
        if (refusal == null && user != null) {
            Deque<Place> present = byUser.getOrDefault(user, new ArrayDeque<>());
            if (present.size() >= limits.connectionsPerUser()) {
                oldest = present.getFirst();
                refusal = whyNot(oldest, now);
            }
        }
        Place place = new Place(Network.of(address), user, now, refusal);
        if (refusal == null) {
            if (oldest != null) {
                leave(oldest);
                place.replaces = oldest;
            }
            place.held = true;
            connections++;
            byNetwork.merge(place.network, 1, Integer::sum);
            if (user != null) {
                byUser.computeIfAbsent(user, key -> new ArrayDeque<>()).add(place);
            }
        }
        return place;
    }

    /** The place of a connection that was nobody's becomes this user's; with a refusal it stays as it is. */
    synchronized Place identify(Place place, String user) {
        long now = clock.getAsLong();
        Deque<Place> present = byUser.getOrDefault(user, new ArrayDeque<>());
        Place oldest = present.size() >= limits.connectionsPerUser() ? present.getFirst() : null;
        String refusal = oldest == null ? null : whyNot(oldest, now);
        Place own = new Place(place.network, refusal == null ? user : place.user, now, refusal);
        if (refusal == null) {
            if (oldest != null) {
                leave(oldest);
                own.replaces = oldest;
            }
            place.held = false;
            own.held = true;
            byUser.computeIfAbsent(user, key -> new ArrayDeque<>()).add(own);
        }
        return own;
    }

    /** Why a connection cannot take the place of its user's oldest one; null when it can. */
    private @Nullable String whyNot(Place oldest, long now) {
        String full = "there are " + limits.connectionsPerUser() + " connections of this user";
        if (limits.perUserPolicy() == PerUserPolicy.REFUSE) {
            return full;
        }
        return now - oldest.since >= LEAST_STAY_NANOS
                ? null
                : full + ", and the oldest has been there for less than "
                        + TimeUnit.NANOSECONDS.toSeconds(LEAST_STAY_NANOS) + " s";
    }

    /** The place is free. Idempotent. */
    synchronized void leave(Place place) {
        if (!place.held) {
            return;
        }
        place.held = false;
        connections--;
        byNetwork.computeIfPresent(place.network, (network, count) -> count == 1 ? null : count - 1);
        if (place.user != null) {
            byUser.computeIfPresent(place.user, (user, places) -> {
                places.remove(place);
                return places.isEmpty() ? null : places;
            });
        }
    }
}
