package dev.changecast.core.session;

import dev.changecast.api.source.Position;
import dev.changecast.core.protocol.Messages;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What routes pushed to some rooms while their client was away, read from the log beside what the session gets anyway, as a
 * subscription does that is not yet ready. When it is level with the session's cursor the rooms are. Owned by the session's
 * dispatcher.
 */
final class MissedPushes {
    private final ClientSession session;
    private final PushInbox inbox;
    private final FeedCursor cursor;
    private final Position since;

    /** Who is told when an address has all of it. */
    private final Map<String, Runnable> rooms = new LinkedHashMap<>();

    private Position position;
    private boolean begun;
    private boolean reading;
    private int generation;
    private boolean uncommitted;
    private LogPart.@Nullable Result waiting;
    private int laps;

    /** @param since up to where the client has everything */
    MissedPushes(ClientSession session, PushInbox inbox, FeedCursor cursor, Position since) {
        this.session = session;
        this.inbox = inbox;
        this.cursor = cursor;
        this.since = since;
        this.position = since;
    }

    Position since() {
        return since;
    }

    /** What is to be called when an address has all of it, by address. */
    Map<String, Runnable> rooms() {
        return rooms;
    }

    /** Reads for another address, too; false when that is too late. */
    boolean add(String address, Position from, Runnable whole) {
        return !begun && from.equals(since) && rooms.put(address, whole) == null;
    }

    /** Forgets the part that is being read: what is to be seen of it has changed. */
    void readAnew() {
        generation++;
        reading = false;
        waiting = null;
    }

    /** Goes on where that is possible; returns whether everything was read. */
    boolean advance() {
        if (reading || !cursor.isLive()) {
            return false;
        }
        LogPart.Result part = waiting;
        if (part != null) {
            // Its commit marks must not come between the parts of a transaction that the session is getting.
            if (cursor.owesCommit()) {
                return false;
            }
            waiting = null;
            take(part);
        }
        DispatchedFeed feed = cursor.feed();
        if (!position.isBefore(feed.head())) {
            if (uncommitted && cursor.beginsUncommitted()) {
                feed.owesCommit(cursor);
            }
            return true;
        }
        if (session.hasRoom()) {
            read(feed);
        }
        return false;
    }

    private void read(DispatchedFeed feed) {
        begun = true;
        reading = true;
        int asked = generation;
        LogPart part = new LogPart(
                feed.hub(),
                feed.epoch(),
                List.of(),
                position,
                feed.head(),
                uncommitted,
                null,
                inbox.reading(Set.copyOf(rooms.keySet())));
        session.read(part, laps, result -> {
            if (asked != generation || result.begunAnew()) {
                return;
            }
            reading = false;
            laps = result.position().equals(part.until()) ? laps + 1 : 0;
            if (result.evicted() != null) {
                inbox.passed(this, feed.whyGone(result.position()));
            } else {
                waiting = result;
                inbox.advance();
            }
        });
    }

    /** A client keeps the last offset that it is told, for all it gets: so a commit mark tells where the session is. */
    private void take(LogPart.Result part) {
        part.messages().forEach(message -> {
            boolean mark = Messages.isCommit(message.payload());
            session.push(
                    mark
                            ? Messages.commit(
                                    inbox.source(), message.tx(), cursor.feed().offset(cursor.committed()))
                            : message.payload());
        });
        position = part.position();
        uncommitted = part.uncommitted();
    }
}
