package dev.changecast.core.session;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.ResetReason;
import dev.changecast.core.Address;
import dev.changecast.core.Identity;
import dev.changecast.core.protocol.CommandParser;
import dev.changecast.core.protocol.Messages;
import dev.changecast.core.protocol.Offset;
import dev.changecast.core.publish.LiveSource;
import dev.changecast.core.publish.Publication;
import dev.changecast.core.publish.WaitingNotifications;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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

    private final @Nullable WaitingNotifications waiting;

    /** Whose inbox it is; null for nobody's in particular. */
    private @Nullable String user;

    /** The address that notifications wait under; null when they do not. */
    private @Nullable String waitingAddress;

    /** Whether it has begun, where it is or where the client stopped. */
    private boolean begun;

    /** Whether the client was not told its place because of what is sent first. */
    private boolean withheld;

    /** Up to where what waits is sent, before the log behind it; null when nothing is. */
    private @Nullable Position waitsUntil;

    /** Whether the session is still before that place, and reads its way there first. */
    private boolean waitsLater;

    /** The number of the last one of these that was sent. */
    private long lastWaiting;

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
        this.waiting = context.waiting();
        belongsTo(identity);
        Address.of(identity).forEach(this::open);
    }

    private void belongsTo(Identity identity) {
        user = identity.user();
        waitingAddress = waiting == null || user == null ? null : "user:" + user;
    }

    /** Where it is in the feed of published messages. */
    FeedCursor cursor() {
        return cursor;
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
        Position reached = reached();
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

    /** Up to where it has had what is for its addresses; what waits is sent from just before that place. */
    private Position reached() {
        Position place = waitsUntil;
        Position committed = cursor.committed();
        return place != null && committed.equals(WaitingPart.before(place)) ? place : committed;
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
        boolean wasNobodys = user == null;
        belongsTo(identity);
        Set<String> wanted = Address.of(identity);
        List.copyOf(memberships.keySet()).stream()
                .filter(address -> !wanted.contains(address) && !Address.isRoom(address))
                .forEach(this::leave);
        wanted.forEach(this::join);
        Position head = feed.committed();
        boolean ahead = had != null && had.isAfter(head);
        if (wasNobodys && since == null && !ahead && hasWaiting()) {
            // The log is the user's from here on, wherever the session is in it.
            sendWaiting(head);
        }
    }

    /**
     * Finds out where it goes on; the offset of that for the client, or null while the feed has not begun, and while
     * there is something to be sent first.
     */
    @Nullable
    String place() {
        if (feed.epoch() == null) {
            return null;
        }
        placed = true;
        Offset from = since;
        if (from != null && feed.whyNot(from) == null) {
            return from.toString();
        }
        withheld = waitsUntil != null || !begun && hasWaiting();
        return withheld ? null : feed.offset(known());
    }

    /** Whether something waits for its user. */
    private boolean hasWaiting() {
        return waiting != null && user != null && feed.epoch() != null && waiting.has(user);
    }

    /**
     * Sends what waits up to this place of the log, and then what is behind it. A session that is still before that place
     * gets there first: the offsets of what waits must not go past what it has not had.
     */
    private void sendWaiting(Position until) {
        waitsUntil = until;
        Position before = WaitingPart.before(until);
        waitsLater = !cursor.isLive() && cursor.committed().isBefore(before);
        if (waitsLater) {
            cursor.readAnew();
        } else {
            cursor.fallBack(before);
        }
        cursor.advance();
    }

    /** When all that waited was sent the client is told where it goes on; before, it could come back without them. */
    @Override
    public void took(CatchUp part) {
        Position until = waitsUntil;
        if (part instanceof WaitingPart taken && until != null) {
            lastWaiting = taken.last();
            spans.sent(taken.rooms());
            if (!taken.hasMore()) {
                waitsUntil = null;
                session.push(Messages.heartbeat(session.offsets()));
            }
        } else if (waitsLater && until != null && !cursor.committed().isBefore(until)) {
            waitsLater = false;
            cursor.fallBack(WaitingPart.before(until));
        }
    }

    /** Up to where everything was sent, for a client that may be ahead of the log. */
    private Position known() {
        Position committed = cursor.committed();
        Position known = had;
        return known != null && known.isAfter(committed) && !spans.isReadingAgain() ? known : committed;
    }

    /**
     * Goes on where the client stopped, or tells it that this cannot be done. Who does not come back, or cannot go on, is
     * sent what waits.
     */
    void begin() {
        if (problem != null) {
            session.refuse(null, problem.code(), "connect", problem.getMessage());
            problem = null;
        }
        Offset from = since;
        if (feed.epoch() == null) {
            return;
        }
        since = null;
        begun = true;
        ResetReason reason = from == null ? null : feed.whyNot(from);
        if (from != null && reason == null) {
            had = from.position();
            spans.start(from.position());
            cursor.fallBack(from.position());
            cursor.advance();
            return;
        }
        boolean waits = withheld || hasWaiting();
        if (reason != null) {
            reset(reason, waits);
        }
        if (waits) {
            sendWaiting(feed.committed());
        }
    }

    /** @param waits whether something is sent before the place where it goes on, which therefore is not told yet */
    private void reset(ResetReason reason, boolean waits) {
        had = null;
        spans.start(feed.committed());
        session.reset(CHANNEL, reason, waits ? Map.of() : Map.of(feed.hub().source(), feed.offset(feed.committed())));
    }

    /**
     * A message for one of its addresses; one that it has several of offers the message several times.
     *
     * @param address which of the message's it is
     * @return whether the client is sent it now
     */
    boolean offer(Publication message, int address, long number, Position before, Position end) {
        if (offered == number) {
            return false;
        }
        offered = number;
        if (had != null) {
            if (!end.isAfter(had)) {
                return false;
            }
            had = null;
        }
        if (cursor.accepts(number, before, 1)) {
            Runnable whenReceived = whenReceived(waiting, user, waitingAddress, message, end);
            if (whenReceived == null) {
                session.push(message.payload(address));
            } else {
                session.push(message.payload(address), whenReceived);
            }
            return true;
        }
        return false;
    }

    /** What to do when the user has got a message: it waits no longer. Null when it did not. */
    static @Nullable Runnable whenReceived(
            @Nullable WaitingNotifications waiting,
            @Nullable String user,
            @Nullable String address,
            Publication message,
            Position position) {
        return waiting != null && user != null && address != null && message.waitsFor(address)
                ? () -> waiting.delivered(user, position)
                : null;
    }

    void advance() {
        cursor.advance();
        settle();
    }

    /** Up to where everything was sent, by source; empty while the feed has not begun, or something is sent first. */
    Map<String, String> offsets() {
        return feed.epoch() == null || waitsUntil != null
                ? Map.of()
                : Map.of(feed.hub().source(), feed.offset(known()));
    }

    @Override
    public CatchUp part(FeedCursor own, Position after, boolean uncommitted) {
        settle();
        Position place = waitsUntil;
        if (place != null && !waitsLater && waiting != null && user != null) {
            String epoch = Objects.requireNonNull(feed.epoch());
            return new WaitingPart(feed.hub(), epoch, waiting, user, lastWaiting, after, place);
        }
        // As they are now: another thread reads the part.
        String whose = user;
        String address = waitingAddress;
        return new InboxPart(
                feed.hub(),
                feed.epoch(),
                Set.copyOf(memberships.keySet()),
                spans.copy(),
                session.rooms().mark(),
                after,
                place == null ? feed.head() : place,
                (message, end) -> whenReceived(waiting, whose, address, message, end));
    }

    @Override
    public void begunAnew(@Nullable ResetReason reason) {
        if (reason != null) {
            // What the client has not been sent yet waits in this history as it did in the last one.
            boolean waits = waitsUntil != null && hasWaiting();
            waitsUntil = null;
            reset(reason, waits);
            if (waits) {
                sendWaiting(feed.committed());
            }
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
