package dev.changecast.core.session;

import dev.changecast.api.filter.Filter;
import dev.changecast.core.SessionDetail;
import dev.changecast.core.SessionLoad;
import dev.changecast.core.filter.FilterText;
import dev.changecast.core.view.View;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a session tells operators of itself. Used by the session's dispatcher alone.
 *
 * @param inbox null for one that has not been welcomed
 */
record SessionReport(
        ClientSession session,
        SessionIdentity who,
        Outbox outbox,
        Subscriptions subscriptions,
        @Nullable Inbox inbox,
        SessionRooms rooms) {

    /** For how long it has been reading from the log of some feed; 0 at the head of all. */
    long behindNanos(long now) {
        long longest = inbox == null ? 0 : inbox.cursor().behindNanos(now);
        for (FeedCursor cursor : subscriptions.cursors()) {
            longest = Math.max(longest, cursor.behindNanos(now));
        }
        return longest;
    }

    SessionLoad load(long now) {
        return new SessionLoad(
                session.described(),
                outbox.waitingBytes(),
                Duration.ofNanos(outbox.stalledNanos(now)),
                Duration.ofNanos(behindNanos(now)));
    }

    SessionDetail detail(long now) {
        List<SessionDetail.Place> feeds = new ArrayList<>();
        subscriptions.cursors().forEach(cursor -> feeds.add(place(cursor, now)));
        if (inbox != null) {
            feeds.add(place(inbox.cursor(), now));
        }
        return new SessionDetail(
                who.identity(),
                load(now),
                outbox.given(),
                feeds,
                subscriptions.all().stream().map(SessionReport::described).toList(),
                rooms.names());
    }

    private static SessionDetail.Place place(FeedCursor cursor, long now) {
        DispatchedFeed feed = cursor.feed();
        boolean begun = feed.epoch() != null;
        return new SessionDetail.Place(
                feed.hub().source(),
                begun ? feed.offset(cursor.committed()) : null,
                begun ? feed.offset(feed.committed()) : null,
                Duration.ofNanos(cursor.behindNanos(now)));
    }

    private static SessionDetail.Subscribed described(Subscription subscription) {
        View view = subscription.view();
        return new SessionDetail.Subscribed(
                view.channel(),
                view.exposure().collection(),
                view.source(),
                view.filter().equals(Filter.ALL) ? null : FilterText.json(view.filter()),
                view.columns(),
                subscription.isReady(),
                subscription.conflates());
    }
}
