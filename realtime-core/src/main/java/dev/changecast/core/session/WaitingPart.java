package dev.changecast.core.session;

import dev.changecast.api.source.Position;
import dev.changecast.core.hub.FeedHub;
import dev.changecast.core.protocol.Messages;
import dev.changecast.core.publish.WaitingNotifications;
import java.util.ArrayList;
import java.util.List;

/**
 * A part of what waited for the user of a session, read before the session goes on in the log. The session stays where it
 * is, just before the place that it begins at, and the last part brings it there.
 */
final class WaitingPart implements CatchUp {
    private static final int PART_BYTES = 256 * 1024;

    private final FeedHub hub;
    private final String epoch;
    private final WaitingNotifications waiting;
    private final String user;
    private final long read;
    private final Position after;
    private final Position until;
    private volatile long last;
    private volatile boolean more = true;
    private final List<Position> rooms = new ArrayList<>(0);

    /**
     * @param epoch of the feed
     * @param read the number of the last one that the session has got; 0 when it has none
     * @param after where the session is in the log
     * @param until where it begins
     */
    WaitingPart(
            FeedHub hub,
            String epoch,
            WaitingNotifications waiting,
            String user,
            long read,
            Position after,
            Position until) {
        this.hub = hub;
        this.epoch = epoch;
        this.waiting = waiting;
        this.user = user;
        this.read = read;
        this.after = after;
        this.until = until;
        this.last = read;
    }

    @Override
    public FeedHub hub() {
        return hub;
    }

    @Override
    public Position until() {
        return until;
    }

    /** The number of the last one, once this was read. */
    long last() {
        return last;
    }

    /** Whether there are further parts, once this was read. */
    boolean hasMore() {
        return more;
    }

    /** The places of those that the session may get by a room, too, once this was read. */
    List<Position> rooms() {
        return rooms;
    }

    /** The place before a place: whoever is there has not got what ends at that. */
    static Position before(Position place) {
        return place.minor() > 0
                ? new Position(place.major(), place.minor() - 1)
                : new Position(place.major() - 1, Long.MAX_VALUE);
    }

    @Override
    public LogPart.Result read() {
        List<LogPart.Addressed> messages = new ArrayList<>();
        if (read == 0) {
            announce(messages);
        }
        WaitingNotifications.Batch batch = waiting.read(user, read, until, PART_BYTES);
        for (WaitingNotifications.Waiting message : batch.messages()) {
            long number = message.number();
            if (message.room() != null) {
                rooms.add(message.room());
            }
            messages.add(new LogPart.Addressed(null, message.payload(), null, () -> waiting.delivered(user, number)));
        }
        last = batch.last();
        more = batch.more();
        Position reached = more || after.isBefore(before(until)) ? after : until;
        return new LogPart.Result(
                messages,
                reached,
                reached,
                false,
                null,
                List.of(),
                !hub.log().epoch().equals(epoch));
    }

    private void announce(List<LogPart.Addressed> messages) {
        WaitingNotifications.Summary summary = waiting.summary(user, until);
        if (summary.count() > 0) {
            messages.add(new LogPart.Addressed(
                    null,
                    Messages.waiting("user:" + user, summary.count(), summary.dropped()),
                    null,
                    () -> waiting.told(user, summary.dropped())));
        }
    }
}
