package dev.changecast.core;

import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.core.capture.Feed;
import dev.changecast.core.log.Chunk;
import dev.changecast.core.log.FeedLog;
import dev.changecast.core.log.LogReader;
import dev.changecast.core.log.PositionEvicted;
import dev.changecast.core.view.Collections;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings the changes of one feed to an embedder's listener, on a thread of its own. */
final class Listening implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Listening.class);
    private static final String ALL = "*";

    private final Feed feed;
    private final FeedLog feedLog;
    private final Collections collections;
    private final String collection;
    private final ChangeListener listener;
    private final Thread thread;
    private final Runnable wake;
    private volatile boolean closed;
    private String epoch = "";

    /** One change is held back, until it is known whether it is its transaction's last. */
    private @Nullable Change heldBack;

    Listening(Feed feed, Collections collections, String collection, ChangeListener listener) {
        this.feed = feed;
        this.feedLog = feed.hub().log();
        this.collections = collections;
        this.collection = collection;
        this.listener = listener;
        this.thread = new Thread(this::run, "changecast-listener-" + feed.name());
        this.thread.setDaemon(true);
        this.wake = () -> LockSupport.unpark(thread);
    }

    void start() {
        if (feedLog.end() != null) {
            epoch = feedLog.epoch();
        }
        @Nullable LogReader reader = epoch.isEmpty() ? null : feedLog.reader(feedLog.head());
        feed.follow(wake);
        first = reader;
        thread.start();
    }

    private @Nullable LogReader first;

    private void run() {
        LogReader reader = first;
        while (!closed) {
            try {
                if (reader == null) {
                    reader = open();
                }
                Chunk chunk = reader == null ? null : reader.next(this::isWanted);
                if (chunk == null) {
                    LockSupport.parkNanos(this, 1_000_000_000L);
                } else if (chunk.kind() == Chunk.Kind.CHANGES) {
                    tell(chunk);
                }
            } catch (PositionEvicted e) {
                reader = null;
                tellHeldBack(false);
                missed(e.getMessage());
            } catch (RuntimeException e) {
                log.error("A listener to '{}' cannot go on", collection, e);
                return;
            }
        }
    }

    private @Nullable LogReader open() {
        if (feedLog.end() == null) {
            return null;
        }
        boolean anew = !epoch.isEmpty();
        epoch = feedLog.epoch();
        // The first epoch is heard from its beginning: the listener was there before it.
        return feedLog.reader(anew ? feedLog.head() : feedLog.floor());
    }

    private boolean isWanted(Relation relation) {
        return collection.equals(ALL) || collection.equals(collections.nameOf(feed.name(), relation));
    }

    private void tell(Chunk chunk) {
        chunk.forEach((minor, relation, operation, after, before) -> {
            if (isWanted(relation)) {
                tellHeldBack(false);
                heldBack = new Change(
                        feed.name(),
                        relation,
                        operation,
                        new Position(chunk.major(), minor + 1),
                        chunk.tx(),
                        chunk.committedAt(),
                        after,
                        before,
                        true);
            }
        });
        if (chunk.last()) {
            tellHeldBack(true);
        }
    }

    private void tellHeldBack(boolean last) {
        Change change = heldBack;
        heldBack = null;
        if (change != null) {
            tell(
                    last
                            ? change
                            : new Change(
                                    change.source(),
                                    change.relation(),
                                    change.operation(),
                                    change.position(),
                                    change.tx(),
                                    change.committedAt(),
                                    change.after(),
                                    change.before(),
                                    false));
        }
    }

    private void tell(Change change) {
        if (closed) {
            return;
        }
        try {
            listener.onChange(change);
        } catch (Exception e) {
            log.warn("A listener to '{}' failed at {}", collection, change.position(), e);
        }
    }

    private void missed(@Nullable String why) {
        log.warn("A listener to '{}' missed changes: {}", collection, why);
        try {
            listener.onReset(why == null ? "changes were missed" : why);
        } catch (Exception e) {
            log.warn("A listener to '{}' failed at a reset", collection, e);
        }
    }

    @Override
    public void close() {
        closed = true;
        feed.unfollow(wake);
        LockSupport.unpark(thread);
    }
}
