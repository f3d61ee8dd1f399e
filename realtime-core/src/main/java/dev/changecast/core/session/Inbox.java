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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
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
    private final Spans spans;

    /** Addresses whose past is being read, and who is told when it was. */
    private final Map<String, Awaited> awaited = new LinkedHashMap<>(2);

    private boolean advancesSoon;
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

    /** Up to where an address is read before it is whole. */
    private record Awaited(Position until, Runnable whole) {}

    /** @param since what the handshake says of where the client stopped, a JSON object; null when it says nothing */
    Inbox(ClientSession session, Identity identity, SessionContext context, @Nullable String since) {
        this.session = session;
        this.feed = session.dispatcher().feed(context.messages());
        this.cursor = new FeedCursor(session, feed, this);
        this.spans = new Spans(feed.committed());
        try {
            offsets = since == null ? Map.of() : CommandParser.offsets(since);
            String from = offsets.get(LiveSource.NAME);
            this.since = from == null ? null : Offset.parse(from);
        } catch (ChangecastException e) {
            problem = e;
        }
        Address.of(identity).forEach(this::open);
    }

    /** Where the client says that it stopped, by source. */
    Map<String, String> since() {
        return offsets;
    }

    private void open(String address) {
        memberships.computeIfAbsent(address, key -> feed.addresses().join(this, key));
    }

    /** From now on it gets what is published to this address. */
    void join(String address) {
        if (!memberships.containsKey(address)) {
            spans.begin(address, feed.committed());
            open(address);
        }
    }

    /**
     * Gets what was published to this address after a place in the log, in the order of the log and before whatever is
     * next, and then what will be. Until it has all of it, the offsets that the client is told do not go past it.
     *
     * @param since the place; null for the present one
     * @param whole called when it has what was published up to now, which may be at once
     */
    void join(String address, @Nullable Position since, Runnable whole) {
        Position head = feed.committed();
        Position from = since != null && since.isBefore(head) ? since : head;
        Position reached = cursor.committed();
        if (from.isBefore(reached)) {
            spans.goBack(memberships.keySet(), reached);
            cursor.fallBack(from);
        }
        spans.begin(address, from);
        open(address);
        awaited.put(address, new Awaited(head, whole));
        readAnew();
        settle();
    }

    /** From now on it gets nothing any more by this address. */
    void leave(String address) {
        AddressIndex.Membership<Inbox> membership = memberships.remove(address);
        if (membership != null) {
            feed.addresses().leave(membership);
            spans.end(address);
            awaited.remove(address);
            readAnew();
        }
    }

    /** What is being read may be what it no longer gets, or lack what it gets now. */
    private void readAnew() {
        if (cursor.isLive()) {
            return;
        }
        cursor.readAnew();
        if (!advancesSoon) {
            // After the commands that wait already: clients join many rooms at once.
            advancesSoon = true;
            session.dispatcher().execute(() -> {
                advancesSoon = false;
                if (!memberships.isEmpty()) {
                    advance();
                }
            });
        }
    }

    /** Tells of the addresses that are whole by now. */
    private void settle() {
        if (cursor.isLive()) {
            spans.caughtUp();
        }
        if (!awaited.isEmpty()) {
            settle(cursor.committed());
        }
    }

    /** @param reached null when nothing more will come of what is awaited */
    private void settle(@Nullable Position reached) {
        List<Runnable> whole = new ArrayList<>();
        awaited.values().removeIf(each -> (reached == null || !each.until.isAfter(reached)) && whole.add(each.whole));
        whole.forEach(Runnable::run);
    }

    /** From now on it gets what is for this identity, and no longer what was for the one before. */
    void accessChanged(Identity identity) {
        Set<String> wanted = Address.of(identity);
        List.copyOf(memberships.keySet()).stream()
                .filter(address -> !wanted.contains(address) && !Address.isRoom(address))
                .forEach(this::leave);
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
        spans.start(from.position());
        cursor.fallBack(from.position());
        cursor.advance();
    }

    private void reset(ResetReason reason) {
        had = null;
        spans.start(feed.committed());
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
        settle();
    }

    /** Up to where everything was sent, by source; empty while the feed has not begun. */
    Map<String, String> offsets() {
        if (feed.epoch() == null) {
            return Map.of();
        }
        Position committed = cursor.committed();
        boolean ahead = had != null && had.isAfter(committed) && !spans.isReadingAgain();
        Position known = ahead && had != null ? had : committed;
        return Map.of(feed.hub().source(), feed.offset(known));
    }

    @Override
    public CatchUp part(FeedCursor own, Position after, boolean uncommitted) {
        settle();
        return new InboxPart(
                feed.hub(),
                feed.epoch(),
                Set.copyOf(memberships.keySet()),
                spans.copy(),
                session.rooms().mark(),
                after,
                feed.head());
    }

    @Override
    public void begunAnew(@Nullable ResetReason reason) {
        if (reason != null) {
            reset(reason);
            settle(null);
            return;
        }
        spans.start(feed.committed());
        begin();
        if (!placed) {
            placed = true;
            session.push(Messages.heartbeat(session.offsets()));
        }
    }

    /** What the session has that has sent a message and is not to get it back; null when it never sent any. */
    @Nullable
    String mark() {
        return session.rooms().mark();
    }

    void close() {
        awaited.clear();
        memberships.values().forEach(feed.addresses()::leave);
        memberships.clear();
        cursor.close();
    }
}
