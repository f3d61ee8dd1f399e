package dev.changecast.core.session;

import dev.changecast.api.source.Position;
import dev.changecast.core.hub.FeedHub;
import dev.changecast.core.protocol.Messages;
import dev.changecast.core.protocol.Offset;
import dev.changecast.core.publish.WaitingNotifications;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What waited for the user of a session, read part by part before the session goes on in the log. Its parts end just
 * before the place where that is, the last one at it, and with the message that tells it: so a client that loses the
 * connection before does not come back from a place that it had not come to. One part is read at a time.
 */
final class WaitingPart implements CatchUp {
    private static final int PART_BYTES = 256 * 1024;

    private final FeedHub hub;
    private final String epoch;
    private final WaitingNotifications waiting;
    private final String user;
    private final Position until;
    private long last;
    private boolean begun;

    /**
     * @param epoch of the feed
     * @param until where the session goes on in the log; there is something before it
     */
    WaitingPart(FeedHub hub, String epoch, WaitingNotifications waiting, String user, Position until) {
        this.hub = hub;
        this.epoch = epoch;
        this.waiting = waiting;
        this.user = user;
        this.until = until;
    }

    @Override
    public FeedHub hub() {
        return hub;
    }

    @Override
    public Position until() {
        return until;
    }

    /** Where the session stands while this is read: before {@link #until}, and behind everything that comes before it. */
    Position before() {
        return until.minor() > 0
                ? new Position(until.major(), until.minor() - 1)
                : new Position(until.major() - 1, Long.MAX_VALUE);
    }

    @Override
    public LogPart.Result read() {
        List<LogPart.Addressed> messages = new ArrayList<>();
        if (!begun) {
            begun = true;
            announce(messages);
        }
        WaitingNotifications.Batch batch = waiting.read(user, last, until, PART_BYTES);
        for (WaitingNotifications.Waiting message : batch.messages()) {
            long number = message.number();
            messages.add(new LogPart.Addressed(
                    null, message.payload(), null, () -> waiting.delivered(user, number)));
        }
        last = batch.last();
        if (!batch.more()) {
            messages.add(new LogPart.Addressed(
                    null, Messages.heartbeat(Map.of(hub.source(), new Offset(epoch, until).toString())), null));
        }
        Position reached = batch.more() ? before() : until;
        return new LogPart.Result(
                messages, reached, reached, false, null, List.of(), !hub.log().epoch().equals(epoch));
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
