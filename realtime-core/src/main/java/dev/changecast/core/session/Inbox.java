package dev.changecast.core.session;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.ResetReason;
import dev.changecast.api.transport.Payload;
import dev.changecast.core.Address;
import dev.changecast.core.Identity;
import dev.changecast.core.protocol.CommandParser;
import dev.changecast.core.protocol.Messages;
import dev.changecast.core.protocol.Offset;
import dev.changecast.core.publish.LiveSource;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one session gets without having subscribed to it: the published messages for its addresses. It has no state of
 * preparing: one that resumes begins as one that has fallen behind, and reads its way to the head. Owned by the session's
 * dispatcher.
 */
final class Inbox implements FeedCursor.Owner {
    /** What the inbox is called where a channel is named. */
    static final String CHANNEL = "inbox";

    private final ClientSession session;
    private final DispatchedFeed feed;
    private final FeedCursor cursor;
    private final Map<String, AddressIndex.Membership<Inbox>> memberships = new LinkedHashMap<>();
    private long offered;

    private Map<String, String> offsets = Map.of();

    /** Where the client says that it stopped; null when it says nothing, or that was dealt with. */
    private @Nullable Offset since;

    /** What was wrong with what the client said; null when nothing was. */
    private @Nullable ChangecastException problem;

    /** The client has everything up to here; null when it has nothing that the head has not. */
    private @Nullable Position had;

    /** Whether the client was told where its inbox goes on. */
    private boolean placed;

    /** @param since what the handshake says of where the client stopped, a JSON object; null when it says nothing */
    Inbox(ClientSession session, Identity identity, SessionContext context, @Nullable String since) {
        this.session = session;
        this.feed = session.dispatcher().feed(context.messages());
        this.cursor = new FeedCursor(session, feed, this);
        try {
            offsets = since == null ? Map.of() : CommandParser.offsets(since);
            String from = offsets.get(LiveSource.NAME);
            this.since = from == null ? null : Offset.parse(from);
        } catch (ChangecastException e) {
            problem = e;
        }
        Address.of(identity).forEach(this::join);
    }

    /** Where the client says that it stopped, by source. */
    Map<String, String> since() {
        return offsets;
    }

    /** From now on it gets what is published to this address. */
    void join(String address) {
        memberships.computeIfAbsent(address, key -> feed.addresses().join(this, key));
    }

    /** From now on it gets what is for this identity, and no longer what was for the one before. */
    void accessChanged(Identity identity) {
        Set<String> wanted = Address.of(identity);
        memberships.entrySet().removeIf(membership -> {
            boolean lost = !wanted.contains(membership.getKey());
            if (lost) {
                feed.addresses().leave(membership.getValue());
            }
            return lost;
        });
        wanted.forEach(this::join);
    }

    /** Finds out where it goes on; the offset of that for the client, or null while the feed has not begun. */
    @Nullable
    String place() {
        if (feed.epoch() == null) {
            return null;
        }
        placed = true;
        Offset from = since;
        return from != null && feed.whyNot(from) == null ? from.toString() : feed.offset(feed.committed());
    }

    /** Goes on where the client stopped, or tells it that this cannot be done. */
    void begin() {
        if (problem != null) {
            session.refuse(null, problem.code(), "connect", problem.getMessage());
            problem = null;
        }
        Offset from = since;
        if (from == null || feed.epoch() == null) {
            return;
        }
        since = null;
        ResetReason reason = feed.whyNot(from);
        if (reason != null) {
            reset(reason);
            return;
        }
        had = from.position();
        cursor.fallBack(from.position());
        cursor.advance();
    }

    private void reset(ResetReason reason) {
        had = null;
        session.push(Messages.reset(CHANNEL, reason, Map.of(feed.hub().source(), feed.offset(feed.committed()))));
    }

    /** A message for one of its addresses; one that it has several of offers the message several times. */
    void offer(Payload message, long number, Position before, Position end) {
        if (offered == number) {
            return;
        }
        offered = number;
        if (had != null) {
            if (!end.isAfter(had)) {
                return;
            }
            had = null;
        }
        if (cursor.accepts(number, before, 1)) {
            session.push(message);
        }
    }

    void advance() {
        cursor.advance();
    }

    /** Up to where everything was sent, by source; empty while the feed has not begun. */
    Map<String, String> offsets() {
        if (feed.epoch() == null) {
            return Map.of();
        }
        Position committed = cursor.committed();
        Position known = had != null && had.isAfter(committed) ? had : committed;
        return Map.of(feed.hub().source(), feed.offset(known));
    }

    @Override
    public CatchUp part(FeedCursor own, Position after, boolean uncommitted) {
        Set<String> addresses = new HashSet<>(memberships.keySet());
        return new InboxPart(feed.hub(), feed.epoch(), addresses, after, feed.head());
    }

    @Override
    public void begunAnew(@Nullable ResetReason reason) {
        if (reason != null) {
            reset(reason);
            return;
        }
        begin();
        if (!placed) {
            placed = true;
            session.push(Messages.heartbeat(session.offsets()));
        }
    }

    void close() {
        memberships.values().forEach(feed.addresses()::leave);
        memberships.clear();
        cursor.close();
    }
}
