package dev.changecast.core.session;

import dev.changecast.core.room.Listing;
import dev.changecast.core.room.PresenceMessages;
import dev.changecast.core.room.RoomNews;
import dev.changecast.core.room.RoomRegistry;
import org.jspecify.annotations.Nullable;

/**
 * What one session is told of who is in a room, or online. While its client does not take what is sent it is told nothing,
 * and afterwards who is there then. Owned by the session's dispatcher.
 */
final class RoomWatch {
    private final ClientSession session;
    private final RoomRegistry registry;
    private final @Nullable String room;
    private final AddressIndex.Membership<RoomWatch> membership;

    /** Of the news that the client has been told. */
    private long told;

    private boolean behind;

    /**
     * Begins to hear news; those with numbers up to that of the listing that is sent are skipped.
     *
     * @param room null for everybody who is online
     */
    RoomWatch(ClientSession session, RoomRegistry registry, @Nullable String room) {
        this.session = session;
        this.registry = registry;
        this.room = room;
        this.membership = session.dispatcher().watches().join(this, address(room));
    }

    /** Where the watches of a room are found; no room has an empty name. */
    static String address(@Nullable String room) {
        return room == null ? "" : room;
    }

    /** The client was told who is there. */
    void listed(Listing listing) {
        told = listing.number();
        behind = false;
    }

    void tell(RoomNews news) {
        if (news.number() <= told) {
            return;
        }
        if (behind || session.isFull()) {
            behind = true;
            session.rooms().fellBehind();
            return;
        }
        told = news.number();
        news.messages().forEach(session::push);
    }

    /** Tells who is there, when news had to be passed over. */
    void advance() {
        if (behind) {
            Listing listing = listing();
            listed(listing);
            session.push(PresenceMessages.presence(null, room, listing));
        }
    }

    /** Who is there at present. */
    Listing listing() {
        return room == null ? registry.everybody() : registry.listing(room);
    }

    void close() {
        session.dispatcher().watches().leave(membership);
    }
}
