package dev.changecast.core.session;

import dev.changecast.api.source.Position;
import dev.changecast.core.Identity;
import dev.changecast.core.view.PushedChange;
import java.util.Map;
import java.util.Set;

/**
 * Whose pushed changes a part of the log is read for.
 *
 * @param addresses those of the session
 * @param identity whose rows they are
 * @param covered addresses by which the session gets changes otherwise, and behind which place it does
 */
record PushReading(Set<String> addresses, Identity identity, Map<String, Position> covered) {
    /** Whether the session has a change by another address. */
    boolean isCovered(PushedChange change) {
        for (int i = 0; i < change.addresses() && !covered.isEmpty(); i++) {
            Position begins = covered.get(change.address(i));
            if (begins != null && change.position().isAfter(begins)) {
                return true;
            }
        }
        return false;
    }
}
