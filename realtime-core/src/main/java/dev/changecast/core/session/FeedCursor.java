package dev.changecast.core.session;

import dev.changecast.api.source.Position;
import dev.changecast.api.source.ResetReason;
import dev.changecast.api.transport.Payload;
import org.jspecify.annotations.Nullable;

/**
 * Where one session is in one feed, over all its ready channels. At the head the position is that of the dispatcher;
 * behind, it is its own, and the session is not pushed to until it has read the log up to the head.
 */
final class FeedCursor {
    /** What the session gets of the feed, and so what it reads when it is behind. Called by the session's dispatcher. */
    interface Owner {
        /**
         * What to read next, up to the feed's head at most.
         *
         * @param uncommitted whether the session has got part of the transaction that this position is in
         */
        CatchUp part(FeedCursor cursor, Position after, boolean uncommitted);

        /** Whether only the latest state is wanted of what is missed. */
        default boolean conflates(FeedCursor cursor) {
            return false;
        }

        /** How long what is missed is gathered before it is read; 0 when it is not. */
        default long pauseNanos(FeedCursor cursor) {
            return 0;
        }

        /** Whether somebody can become ready only while the session is at the head. */
        default boolean isAwaited(FeedCursor cursor) {
            return false;
        }

        /** All of a part has been taken over. */
        default void took(CatchUp part) {}

        /**
         * The feed begins.
         *
         * @param reason why its history does not go on; null when it begins for the first time
         */
        default void begunAnew(@Nullable ResetReason reason) {}
    }

    /** How many messages of a transaction are sent without a look at which of them are of one row. */
    private static final int FEW = 16;

    private final ClientSession session;
    private final DispatchedFeed feed;
    private final Owner owner;
    private boolean live = true;

    /** While not live: since when. */
    private long behindSince;

    private boolean uncommitted;
    private boolean reading;
    private int generation;
    private Position position = Position.ZERO;
    private Position committed = Position.ZERO;
    private long slice;
    private long counted;
    private int matches;
    private int laps;

    /** Where changes are conflated over time: when more may be sent, and whether somebody will look then. */
    private long nextSend = System.nanoTime();

    private boolean woken;
    private long pause;

    /** Whether the last part of the log that was read was full, so that more waits than one part holds. */
    private boolean hurries;

    private boolean closed;

    FeedCursor(ClientSession session, DispatchedFeed feed, Owner owner) {
        this.session = session;
        this.feed = feed;
        this.owner = owner;
        feed.add(this);
    }

    DispatchedFeed feed() {
        return feed;
    }

    /** Whether the session is at the head of this feed. */
    boolean isLive() {
        return live;
    }

    /** Whether the session has got part of a transaction and not yet its end. */
    boolean owesCommit() {
        return uncommitted;
    }

    /** What a client may resume from: everything up to here was sent whole. */
    Position committed() {
        return live ? feed.committed() : committed;
    }

    /**
     * Whether the session takes what is in this slice. When a slice finds its outbox full, it falls behind, and reads
     * from {@code before} on by itself; one that wants only the latest state does so as soon as anything waits, and one
     * that is to get it only so often, until it may be sent something again.
     *
     * @param messages how many the slice holds, for all
     */
    boolean accepts(long number, Position before, int messages) {
        if (slice != number) {
            slice = number;
            if (live && (session.isFull() || !session.isIdle() && owner.conflates(this) || waits(messages))) {
                live(false);
                position = before;
                committed = feed.committed();
                session.fellBehind(this);
                wake();
            }
        }
        return live;
    }

    private void live(boolean now) {
        if (live != now) {
            live = now;
            behindSince = now ? 0 : System.nanoTime();
            session.behind(!now);
        }
    }

    private boolean waits(int messages) {
        if (pause == 0) {
            return false;
        }
        long now = System.nanoTime();
        if (now - nextSend < 0 || messages > FEW) {
            return true;
        }
        nextSend = now + pause;
        return false;
    }

    /** Looks again when more may be sent. */
    private void wake() {
        if (!woken && pause > 0) {
            woken = true;
            session.dispatcher().at(nextSend, () -> {
                woken = false;
                if (!closed) {
                    advance();
                }
            });
        }
    }

    /**
     * Something that was just passed by cannot wait until enough is gathered: it is read as soon as all of it has been
     * handed out.
     */
    void hurry() {
        if (pause > 0) {
            nextSend = System.nanoTime();
            session.dispatcher().execute(() -> {
                if (!closed) {
                    advance();
                }
            });
        }
    }

    /** Whether it is at the head for moments only, between pauses: who waits for that has to make use of each. */
    boolean pauses() {
        return pause > 0;
    }

    /** What is conflated over time has changed. */
    void settlePause() {
        pause = owner.pauseNanos(this);
    }

    void count(long number) {
        if (counted != number) {
            counted = number;
            matches = 0;
        }
        matches++;
    }

    int matches() {
        return matches;
    }

    /** Notes that the session got part of a transaction; true the first time. */
    boolean beginsUncommitted() {
        boolean begins = !uncommitted;
        uncommitted = true;
        return begins;
    }

    void commit(Payload mark) {
        if (live && uncommitted) {
            uncommitted = false;
            session.pushMark(mark);
        }
    }

    /**
     * Goes on at a place behind the head, between transactions: {@link #advance} reads on from there. What is being read
     * from another place does not count.
     */
    void fallBack(Position to) {
        generation++;
        reading = false;
        hurries = false;
        laps = 0;
        live(false);
        position = to;
        committed = to;
    }

    /** For how long the session has been reading this feed by itself; 0 at the head. */
    long behindNanos(long now) {
        return live ? 0 : Math.max(1, now - behindSince);
    }

    /** What the session gets has changed: forgets the part that is being read; {@link #advance} reads it again. */
    void readAnew() {
        generation++;
        reading = false;
    }

    /** The feed begins anew: nothing of before counts. */
    void restart(@Nullable ResetReason reason) {
        generation++;
        live(true);
        uncommitted = false;
        reading = false;
        hurries = false;
        owner.begunAnew(reason);
    }

    /** Reads on, when the session is behind and has room. */
    void advance() {
        if (closed || live || reading) {
            return;
        }
        // Also with what was just read still to be written: before it is, the head may have moved on.
        if (!position.isBefore(feed.head())) {
            live(true);
            laps = 0;
            if (uncommitted) {
                feed.owesCommit(this);
            }
            session.caughtUp(this);
            return;
        }
        if (!session.hasRoom() || !session.isIdle() && owner.conflates(this)) {
            return;
        }
        if (pause > 0 && !hurries) {
            long now = System.nanoTime();
            if (now - nextSend < 0) {
                wake();
                return;
            }
            nextSend = now + pause;
        }
        reading = true;
        int asked = generation;
        CatchUp part = owner.part(this, position, uncommitted);
        // After each pause there is a pause's worth to read: more laps would bring the head no nearer.
        int lap = pause > 0 && !hurries && owner.isAwaited(this) ? ClientSession.LAST_LAP : laps;
        session.read(part, lap, result -> {
            if (asked == generation && !result.begunAnew()) {
                reading = false;
                hurries = !result.position().equals(part.until());
                laps = hurries ? 0 : laps + 1;
                read(part, result);
            }
        });
    }

    private void read(CatchUp asked, LogPart.Result part) {
        if (part.evicted() != null) {
            session.tooSlow(part.evicted());
            return;
        }
        part.messages().forEach(message -> {
            if (message.subscription() == null || message.subscription().isOpen()) {
                if (message.whenReceived() == null) {
                    session.push(message.payload());
                } else {
                    session.push(message.payload(), message.whenReceived());
                }
            }
        });
        position = part.position();
        uncommitted = part.uncommitted();
        committed = part.committed() == null ? committed : part.committed();
        part.broken().forEach(subscription -> subscription.restart(ResetReason.SCHEMA_CHANGED));
        owner.took(asked);
        advance();
    }

    /** Something at the head cannot be handed out: the session ends, unless it reads the log by itself. */
    void lost() {
        if (live) {
            session.close(1011, "the server failed; it has logged why");
        }
    }

    void close() {
        live(true);
        closed = true;
        generation++;
        feed.remove(this);
    }
}
