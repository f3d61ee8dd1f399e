package dev.changecast.core.session;

import dev.changecast.core.Limits;
import dev.changecast.core.Limits.PerUserPolicy;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Counts the places that connections take, in all, by address and by user. Those that are still to show a token have
 * places of their own, so that they take none from anybody who is known. Thread-safe.
 */
final class Admission {
    /** How long a connection must have been there before a newer one of its user may take its place. */
    static final long LEAST_STAY_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** A connection's place; with a refusal it has none. */
    static final class Place {
        private final String network;
        private final @Nullable String user;
        private final boolean stranger;
        private final long since;
        private final @Nullable String refusal;
        private @Nullable Place replaces;
        private boolean held;

        private Place(String network, @Nullable String user, boolean stranger, long since, @Nullable String refusal) {
            this.network = network;
            this.user = user;
            this.stranger = stranger;
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

        /** Whether it is that of a connection that is still to show a token. */
        boolean isStrangers() {
            return stranger;
        }
    }

    private final Limits limits;
    private final LongSupplier clock;
    private final Map<String, Integer> byNetwork = new HashMap<>();
    private final Map<String, Deque<Place>> byUser = new HashMap<>();

    /** Those that are still to show a token, the oldest first. */
    private final Set<Place> strangers = new LinkedHashSet<>();

    /** How many others there are. */
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
        String network = Network.of(address);
        return full(network, network.equals(address) ? "address" : "network, " + network);
    }

    /** How many are still to show a token. */
    synchronized int strangers() {
        return strangers.size();
    }

    private @Nullable String full(String network, String shown) {
        if (connections >= limits.connections()) {
            return "the server has its " + limits.connections() + " connections";
        }
        if (byNetwork.getOrDefault(network, 0) >= limits.connectionsPerAddress()) {
            return "there are " + limits.connectionsPerAddress() + " connections from this " + shown;
        }
        return null;
    }

    /**
     * The place of a connection of which it is known whose it is.
     *
     * @param user null for somebody anonymous
     */
    synchronized Place enter(String address, @Nullable String user) {
        String refusal = wouldRefuse(address);
        return known(Network.of(address), user, refusal);
    }

    /**
     * The place of a connection that is still to show a token. Where there are as many as may be, it is that of the oldest:
     * who means it shows one at once, and who holds a place in vain must not keep it from others.
     */
    synchronized Place enterUnknown(String address) {
        String refusal = wouldRefuse(address);
        Place place = new Place(Network.of(address), null, true, clock.getAsLong(), refusal);
        if (refusal == null) {
            if (strangers.size() >= limits.unauthenticated()) {
                Place oldest = strangers.iterator().next();
                leave(oldest);
                place.replaces = oldest;
            }
            hold(place);
        }
        return place;
    }

    /**
     * It is known now whose connection this is.
     *
     * @param user null for somebody anonymous
     * @return its place from now on; with a refusal it stays where it is
     */
    synchronized Place identify(Place place, @Nullable String user) {
        boolean held = place.held;
        leave(place);
        // One whose place has just been given to another is as good as one that comes only now.
        String refusal = place.stranger ? full(place.network, "address or network") : null;
        Place own = known(place.network, user, refusal);
        if (own.refusal != null && held) {
            hold(place);
        }
        return own;
    }

    private Place known(String network, @Nullable String user, @Nullable String whyNot) {
        long now = clock.getAsLong();
        String refusal = whyNot;
        Place oldest = null;
        if (refusal == null && user != null) {
            Deque<Place> present = byUser.getOrDefault(user, new ArrayDeque<>());
            if (present.size() >= limits.connectionsPerUser()) {
                oldest = present.getFirst();
                refusal = whyNot(oldest, now);
            }
        }
        Place place = new Place(network, user, false, now, refusal);
        if (refusal == null) {
            if (oldest != null) {
                leave(oldest);
                place.replaces = oldest;
            }
            hold(place);
        }
        return place;
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

    private void hold(Place place) {
        place.held = true;
        if (place.stranger) {
            strangers.add(place);
        } else {
            connections++;
        }
        byNetwork.merge(place.network, 1, Integer::sum);
        if (place.user != null) {
            byUser.computeIfAbsent(place.user, user -> new ArrayDeque<>()).add(place);
        }
    }

    /** The place is free. Idempotent. */
    synchronized void leave(Place place) {
        if (!place.held) {
            return;
        }
        place.held = false;
        if (!strangers.remove(place)) {
            connections--;
        }
        byNetwork.computeIfPresent(place.network, (network, count) -> count == 1 ? null : count - 1);
        if (place.user != null) {
            byUser.computeIfPresent(place.user, (user, places) -> {
                places.remove(place);
                return places.isEmpty() ? null : places;
            });
        }
    }
}
