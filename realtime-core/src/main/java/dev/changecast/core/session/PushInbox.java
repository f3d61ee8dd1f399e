package dev.changecast.core.session;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.ResetReason;
import dev.changecast.core.Address;
import dev.changecast.core.Identity;
import dev.changecast.core.Push.Priority;
import dev.changecast.core.protocol.Command;
import dev.changecast.core.protocol.Messages;
import dev.changecast.core.protocol.Offset;
import dev.changecast.core.view.PushReader;
import dev.changecast.core.view.PushedChange;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one session gets of one source's changes without having subscribed to them. It shares the cursor of the session's
 * subscriptions to that source, so that one offset tells of both. Owned by the session's dispatcher.
 */
final class PushInbox {
    /** How changes of low priority wait for others. */
    private static final Command.Batch LATER = new Command.Batch(500, 1000);

    private final ClientSession session;
    private final FeedCursor cursor;
    private final Map<String, AddressIndex.Membership<PushInbox>> memberships = new LinkedHashMap<>();

    /** Behind which place its addresses count: where it began, and where rooms were joined. */
    private Position start;

    private final Map<String, Position> begins = new HashMap<>(2);

    /** Rooms whose past is still being read, one after the other where they do not begin at the same place. */
    private final Deque<MissedPushes> missed = new ArrayDeque<>(2);

    private boolean advancesSoon;
    private Identity identity;
    private PushReader reader;
    private long offered;

    /** Where the client says that it stopped; null when it says nothing, or that was dealt with. */
    private @Nullable Offset since;

    /** The client has everything up to here; null when it has nothing that the head has not. */
    private @Nullable Position had;

    /** What was wrong with what the client said; null when nothing was. */
    private @Nullable ChangecastException problem;

    /** Whether the client was told where it goes on. */
    private boolean placed;

    /** @param since where the client says that it stopped; null when it says nothing */
    PushInbox(ClientSession session, FeedCursor cursor, Identity identity, @Nullable String since) {
        this.session = session;
        this.cursor = cursor;
        this.identity = identity;
        this.reader = new PushReader(identity);
        this.start = cursor.feed().committed();
        try {
            this.since = since == null ? null : Offset.parse(since);
        } catch (ChangecastException e) {
            problem = e;
        }
        Address.of(identity).forEach(this::join);
    }

    String source() {
        return cursor.feed().hub().source();
    }

    DispatchedFeed feed() {
        return cursor.feed();
    }

    /** From now on it gets what is pushed to this address. */
    void join(String address) {
        memberships.computeIfAbsent(address, key -> cursor.feed().pushes().join(this, key));
    }

    /**
     * Gets what was pushed to a room after a place in the log, and then what will be.
     *
     * @param since the place; null for the present one
     * @param whole called when it has what was pushed up to now, which may be at once
     */
    void join(String address, @Nullable Position since, Runnable whole) {
        if (since == null
                || cursor.feed().epoch() == null
                || !since.isBefore(cursor.feed().head())) {
            join(address, cursor.feed().committed());
            whole.run();
            return;
        }
        MissedPushes last = missed.peekLast();
        if (last == null || !last.add(address, since, whole)) {
            MissedPushes next = new MissedPushes(session, this, cursor, since);
            next.add(address, since, whole);
            missed.add(next);
        }
        advanceSoon();
    }

    private void join(String address, Position begin) {
        begins.put(address, begin);
        join(address);
    }

    /** From now on it gets nothing any more by this address. */
    void leave(String address) {
        begins.remove(address);
        missed.removeIf(each -> {
            each.rooms().remove(address);
            each.readAnew();
            return each.rooms().isEmpty();
        });
        AddressIndex.Membership<PushInbox> membership = memberships.remove(address);
        if (membership != null) {
            cursor.feed().pushes().leave(membership);
            if (!cursor.isLive()) {
                // What is being read may hold something for it.
                cursor.readAnew();
            }
        }
        advanceSoon();
    }

    /** After the commands that wait already: clients join many rooms at once. */
    private void advanceSoon() {
        if (!advancesSoon) {
            advancesSoon = true;
            session.dispatcher().execute(() -> {
                advancesSoon = false;
                cursor.advance();
                advance();
            });
        }
    }

    /** Goes on with what rooms have missed. */
    void advance() {
        for (MissedPushes first = missed.peek(); first != null && first.advance(); first = missed.peek()) {
            end(first);
        }
    }

    private void end(MissedPushes done) {
        if (!missed.remove(done)) {
            return;
        }
        done.rooms().keySet().forEach(address -> join(address, done.since()));
        done.rooms().values().forEach(Runnable::run);
    }

    /** What some rooms missed is no longer there. */
    void passed(MissedPushes gone, ResetReason reason) {
        if (!missed.contains(gone)) {
            return;
        }
        DispatchedFeed feed = cursor.feed();
        gone.rooms()
                .keySet()
                .forEach(address ->
                        session.push(Messages.reset(address, reason, Map.of(source(), feed.offset(feed.committed())))));
        end(gone);
        advance();
    }

    /** From now on it is somebody else's, or of somebody with other rights. */
    void accessChanged(Identity next) {
        Set<String> past = Address.of(identity);
        Set<String> present = Address.of(next);
        identity = next;
        reader = new PushReader(next);
        missed.forEach(MissedPushes::readAnew);
        advanceSoon();
        past.stream().filter(address -> !present.contains(address)).forEach(address -> {
            AddressIndex.Membership<PushInbox> membership = memberships.remove(address);
            if (membership != null) {
                cursor.feed().pushes().leave(membership);
            }
        });
        present.forEach(this::join);
    }

    /** Where it goes on, for the welcome; null while the feed has not begun. */
    @Nullable
    String place() {
        DispatchedFeed feed = cursor.feed();
        if (feed.epoch() == null) {
            return null;
        }
        placed = true;
        Offset from = since;
        return from != null && feed.whyNot(from) == null ? from.toString() : feed.offset(committed());
    }

    /**
     * Goes on as it is, for somebody who was nobody before.
     *
     * @param missed whether the client asks for what came before that, too
     */
    void goOn(boolean missed) {
        if (missed && cursor.feed().epoch() != null) {
            reset(ResetReason.ACCESS_CHANGED);
        }
    }

    /** Goes on where the client stopped, or tells it that this cannot be done. */
    void begin() {
        if (problem != null) {
            session.refuse(null, problem.code(), "connect", problem.getMessage());
            problem = null;
        }
        Offset from = since;
        if (from == null || cursor.feed().epoch() == null) {
            return;
        }
        since = null;
        ResetReason reason = cursor.feed().whyNot(from);
        if (reason != null) {
            reset(reason);
            return;
        }
        had = from.position();
        start = from.position();
        cursor.fallBack(from.position());
        cursor.advance();
    }

    /** The feed begins, for the first time or with another history. */
    void begunAnew(@Nullable ResetReason reason) {
        start = cursor.feed().committed();
        if (reason != null) {
            since = null;
            reset(reason);
        }
        List.copyOf(missed).forEach(this::end);
        begins.clear();
        if (reason != null) {
            return;
        }
        begin();
        if (!placed) {
            placed = true;
            session.push(Messages.heartbeat(session.offsets()));
        }
    }

    private void reset(ResetReason reason) {
        had = null;
        DispatchedFeed feed = cursor.feed();
        session.reset(Inbox.CHANNEL, reason, Map.of(feed.hub().source(), feed.offset(feed.committed())));
    }

    /**
     * Takes a change that is pushed to one of its addresses; one that it has several of offers the change several times.
     *
     * @param number of the change
     * @param slice of the part of the transaction that it is in
     * @param before where that begins
     */
    boolean offer(PushedChange change, int address, long number, long slice, Position before) {
        if (offered == number) {
            return false;
        }
        offered = number;
        if (had != null) {
            if (!change.position().isAfter(had)) {
                return false;
            }
            had = null;
        }
        if (!change.isFor(reader)) {
            return false;
        }
        Priority priority = change.priority(address);
        if (cursor.accepts(slice, before, 1)) {
            if (priority == Priority.LOW) {
                session.push(change.payload(address), LATER);
            } else {
                session.push(change.payload(address));
            }
            if (cursor.beginsUncommitted()) {
                cursor.feed().owesCommit(cursor);
            }
            return true;
        }
        if (priority == Priority.HIGH) {
            cursor.hurry();
        }
        return false;
    }

    /** What to look for in the log when the session is behind. */
    PushReading reading() {
        return new PushReading(Set.copyOf(memberships.keySet()), identity, Map.of());
    }

    /** What to look for in the log for rooms that were joined: what comes by other addresses is not theirs. */
    PushReading reading(Set<String> rooms) {
        Map<String, Position> covered = new HashMap<>();
        memberships.keySet().forEach(address -> covered.put(address, begins.getOrDefault(address, start)));
        return new PushReading(rooms, identity, covered);
    }

    /** Up to where everything was sent, for a client that may be ahead of the log. */
    Position committed() {
        Position committed = cursor.committed();
        Position known = had;
        return known != null && known.isAfter(committed) ? known : committed;
    }

    void close() {
        missed.forEach(MissedPushes::readAnew);
        missed.clear();
        memberships.values().forEach(cursor.feed().pushes()::leave);
        memberships.clear();
    }
}
