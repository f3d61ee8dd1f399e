package dev.changecast.core.session;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What one dispatcher's sessions have under their addresses: a message costs what it is delivered, however many sessions
 * there are. Used by the dispatcher alone.
 *
 * @param <M> what gets the messages
 */
final class AddressIndex<M> {
    /** A member under one address. */
    static final class Membership<M> {
        final M member;
        private final String address;
        private int index;

        private Membership(M member, String address, int index) {
            this.member = member;
            this.address = address;
            this.index = index;
        }
    }

    /** Those of one address, in no order. */
    private final Map<String, List<Membership<M>>> members = new HashMap<>();

    Membership<M> join(M member, String address) {
        List<Membership<M>> present = members.computeIfAbsent(address, key -> new ArrayList<>(1));
        Membership<M> membership = new Membership<>(member, address, present.size());
        present.add(membership);
        return membership;
    }

    void leave(Membership<M> membership) {
        List<Membership<M>> present = members.get(membership.address);
        if (present == null || membership.index < 0) {
            return;
        }
        Membership<M> last = present.remove(present.size() - 1);
        if (last != membership) {
            present.set(membership.index, last);
            last.index = membership.index;
        }
        membership.index = -1;
        if (present.isEmpty()) {
            members.remove(membership.address);
        }
    }

    /** Those of an address, not to be changed while they are gone through. */
    List<Membership<M>> of(String address) {
        return members.getOrDefault(address, List.of());
    }
}
