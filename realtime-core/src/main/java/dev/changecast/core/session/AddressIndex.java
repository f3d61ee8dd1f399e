package dev.changecast.core.session;

import dev.changecast.api.source.Position;
import dev.changecast.api.transport.Payload;
import dev.changecast.core.publish.Publication;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The inboxes of one dispatcher's sessions by their addresses: a message costs what it is delivered, however many
 * sessions there are. Used by the dispatcher alone.
 */
final class AddressIndex {
    /** An inbox under one address. */
    static final class Membership {
        private final Inbox inbox;
        private final String address;
        private int index;

        private Membership(Inbox inbox, String address, int index) {
            this.inbox = inbox;
            this.address = address;
            this.index = index;
        }

        String address() {
            return address;
        }
    }

    /** Those of one address, in no order. */
    private final Map<String, List<Membership>> members = new HashMap<>();

    Membership join(Inbox inbox, String address) {
        List<Membership> present = members.computeIfAbsent(address, key -> new ArrayList<>(1));
        Membership membership = new Membership(inbox, address, present.size());
        present.add(membership);
        return membership;
    }

    void leave(Membership membership) {
        List<Membership> present = members.get(membership.address);
        if (present == null || membership.index < 0) {
            return;
        }
        Membership last = present.remove(present.size() - 1);
        if (last != membership) {
            present.set(membership.index, last);
            last.index = membership.index;
        }
        membership.index = -1;
        if (present.isEmpty()) {
            members.remove(membership.address);
        }
    }

    /**
     * Offers a message to all that it is for.
     *
     * @param number of this message, for inboxes that it reaches by several addresses
     * @param before where the feed was before it
     * @param end where it ends
     */
    void deliver(Publication publication, long number, Position before, Position end) {
        for (int i = 0; i < publication.addresses(); i++) {
            List<Membership> present = members.get(publication.address(i));
            if (present != null) {
                Payload payload = publication.payload(i);
                for (int j = 0; j < present.size(); j++) {
                    present.get(j).inbox.offer(payload, number, before, end);
                }
            }
        }
    }
}
