package dev.changecast.core.session;

import dev.changecast.core.Limits;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Counts the places that connections take, in all, by address and by user. Thread-safe. */
final class Admission {
    /** A connection's place; with a refusal it has none. */
    record Place(
            String address, @Nullable String user, @Nullable String refusal) {}

    private final Limits limits;
    private final Map<String, Integer> byAddress = new HashMap<>();
    private final Map<String, Integer> byUser = new HashMap<>();
    private int connections;

    Admission(Limits limits) {
        this.limits = limits;
    }

    /** Why a connection from this address would be refused; null when it would not. */
    synchronized @Nullable String wouldRefuse(String address) {
        if (connections >= limits.connections()) {
            return "the server has its " + limits.connections() + " connections";
        }
        return byAddress.getOrDefault(address, 0) >= limits.connectionsPerAddress()
                ? "there are " + limits.connectionsPerAddress() + " connections from this address"
                : null;
    }

    synchronized Place enter(String address, @Nullable String user) {
        String refusal = wouldRefuse(address);
        if (refusal == null && user != null && byUser.getOrDefault(user, 0) >= limits.connectionsPerUser()) {
            refusal = "there are " + limits.connectionsPerUser() + " connections of this user";
        }
        if (refusal == null) {
            connections++;
            byAddress.merge(address, 1, Integer::sum);
            if (user != null) {
                byUser.merge(user, 1, Integer::sum);
            }
        }
        return new Place(address, user, refusal);
    }

    /** The place of a connection that was nobody's becomes this user's; with a refusal it stays as it is. */
    synchronized Place identify(Place place, String user) {
        if (byUser.getOrDefault(user, 0) >= limits.connectionsPerUser()) {
            return new Place(
                    place.address(),
                    place.user(),
                    "there are " + limits.connectionsPerUser() + " connections of this user");
        }
        byUser.merge(user, 1, Integer::sum);
        return new Place(place.address(), user, null);
    }

    synchronized void leave(Place place) {
        connections--;
        byAddress.computeIfPresent(place.address(), (address, count) -> count == 1 ? null : count - 1);
        if (place.user() != null) {
            byUser.computeIfPresent(place.user(), (user, count) -> count == 1 ? null : count - 1);
        }
    }
}
