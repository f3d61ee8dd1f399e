package dev.changecast.core;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that operators are told of one session.
 *
 * @param identity who it speaks for, with the claims that row rules use
 * @param load what waits for it
 * @param sentMessages how many messages were given to its connection
 * @param feeds where it is in the sources that it follows; {@code live} is the feed of published messages
 * @param rooms those that it is in
 */
public record SessionDetail(
        Identity identity,
        SessionLoad load,
        long sentMessages,
        List<Place> feeds,
        List<Subscribed> subscriptions,
        List<String> rooms) {
    public SessionDetail {
        feeds = List.copyOf(feeds);
        subscriptions = List.copyOf(subscriptions);
        rooms = List.copyOf(rooms);
    }

    /**
     * Where a session is in one feed.
     *
     * @param offset up to where it has everything; null before the feed has begun
     * @param head where those are that lack nothing; null before the feed has begun
     * @param behind for how long it has been reading from the log; zero at the head
     */
    public record Place(
            String source,
            @Nullable String offset,
            @Nullable String head,
            Duration behind) {}

    /**
     * One subscription.
     *
     * @param collection its name for clients
     * @param source the source's name
     * @param filter which rows, as JSON: what the client asked for and the rule of the routes together; null for all
     * @param columns those besides the key; null for all that are not hidden
     * @param ready whether it is pushed to; else it waits for its rows, or for what it missed
     * @param conflated whether it may get the latest state of a row in the place of each
     */
    public record Subscribed(
            String channel,
            String collection,
            String source,
            @Nullable String filter,
            @Nullable List<String> columns,
            boolean ready,
            boolean conflated) {
        public Subscribed {
            columns = columns == null ? null : List.copyOf(columns);
        }
    }
}
