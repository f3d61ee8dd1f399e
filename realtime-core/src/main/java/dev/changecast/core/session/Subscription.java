package dev.changecast.core.session;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.ResetReason;
import dev.changecast.api.transport.Payload;
import dev.changecast.core.protocol.Command;
import dev.changecast.core.protocol.Messages;
import dev.changecast.core.view.ChangeEncoder;
import dev.changecast.core.view.View;
import dev.changecast.core.view.ViewBinding;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One session's interest in one view. It prepares, by reading from the log what the client missed, until it is level with
 * the session's other channels; then it is ready and pushed to. Owned by the session's dispatcher; while a part of the
 * log is read for it, its encoders belong to the reading thread.
 */
final class Subscription {
    private enum State {
        PREPARING,
        READY,
        CLOSED
    }

    private final ClientSession session;
    private final Command.Subscribe command;
    private final View view;
    private final Relation relation;
    private final FeedCursor cursor;
    private final FeedChannel channel;
    private final Map<Relation, ChangeEncoder> encoders = new IdentityHashMap<>();
    private State state = State.PREPARING;

    /** Up to where the client has everything; null until it is settled where the subscription starts. */
    private @Nullable Position position;

    private @Nullable HandOver handOver;
    private final int snapshotsBefore;
    private boolean uncommitted;
    private boolean reading;
    private LogPart.@Nullable Result waiting;
    private int laps;
    private final long begun = System.nanoTime();

    /** Whether the last part of the log that was read was full, so that more waits than one part holds. */
    private boolean hurries;

    /** Its place in the channel's list of ready ones, or -1. */
    int index = -1;

    /**
     * @param since up to where the client has everything; null to start with a snapshot or at the head, as the command
     *     says
     * @param snapshotsBefore how many snapshots were begun for it in vain
     */
    Subscription(
            ClientSession session,
            Command.Subscribe command,
            ViewBinding binding,
            FeedCursor cursor,
            @Nullable Position since,
            int snapshotsBefore) {
        this.session = session;
        this.command = command;
        this.view = binding.view();
        this.relation = binding.relation();
        this.cursor = cursor;
        this.position = since;
        this.snapshotsBefore = snapshotsBefore;
        this.channel = cursor.feed().join(this);
        DispatcherCounters counters = session.dispatcher().counters();
        counters.subscriptions.add(1);
        counters.preparing.add(1);
        counters.begun.add(1);
        counters.resumed.add(since == null ? 0 : 1);
    }

    ClientSession session() {
        return session;
    }

    Command.Subscribe command() {
        return command;
    }

    View view() {
        return view;
    }

    /** The relation's shape when the subscription was made. */
    Relation relation() {
        return relation;
    }

    FeedCursor cursor() {
        return cursor;
    }

    boolean isOpen() {
        return state != State.CLOSED;
    }

    boolean isReady() {
        return state == State.READY;
    }

    boolean isPreparing() {
        return state == State.PREPARING;
    }

    /** Whether it gets only the latest state of each key while it is behind: its client or the route wants that. */
    boolean conflates() {
        return command.conflate() && state == State.READY || view.exposure().conflateNanos() > 0;
    }

    /** In what time it gets each row at most once; 0 when it gets every change. */
    long pauseNanos() {
        return state == State.READY ? view.exposure().conflateNanos() : 0;
    }

    boolean follows(Relation relation) {
        return encoders.containsKey(relation) || relation.qualifiedName().equals(view.relation());
    }

    /** The encoder for a shape of the relation; throws when the view does not fit the shape. */
    ChangeEncoder encoder(Relation relation) {
        ChangeEncoder encoder = encoders.get(relation);
        if (encoder == null) {
            encoder = new ChangeEncoder(new ViewBinding(view, relation));
            encoders.put(relation, encoder);
        }
        return encoder;
    }

    /** Adds a live change to the session's outbox. */
    void push(Payload message) {
        if (command.batch() == null) {
            session.push(message);
        } else {
            session.push(message, command.batch());
        }
    }

    /** Goes on preparing where that is possible: called when anything that it waits for may have come. */
    void advance() {
        DispatchedFeed feed = cursor.feed();
        if (state != State.PREPARING || reading || !channel.active || !cursor.isLive()) {
            return;
        }
        LogPart.Result part = waiting;
        if (part != null) {
            if (cursor.owesCommit()) {
                return;
            }
            waiting = null;
            take(part);
        }
        if (position == null) {
            Position head = feed.isBetweenTransactions() ? feed.head() : null;
            position = command.snapshot() ? afterRows() : head;
            if (position == null) {
                return;
            }
        }
        int distance = position.compareTo(feed.head());
        if (distance == 0) {
            if (handOver == null || handOver.isPassed()) {
                ready();
            }
        } else if (distance < 0 && session.hasRoom()) {
            read(feed, position);
        }
        // Otherwise the client is ahead of the log, which a crash can leave behind what was sent: the source gives the
        // same changes again at the same positions, and until then there is nothing to say.
    }

    /** {@link #advance}, from any thread. */
    void advanceSoon() {
        session.dispatcher().execute(this::advance);
    }

    /** Sends a snapshot's rows; null until the last was sent, then where the log has to be read from. */
    private @Nullable Position afterRows() {
        try {
            HandOver present = handOver;
            if (present == null) {
                present = session.subscriptions().handOver(this);
                handOver = present;
            }
            return present.sendRows() ? present.start() : null;
        } catch (ChangecastException e) {
            if (handOver != null && handOver.isOutdated()) {
                restart(ResetReason.SCHEMA_CHANGED);
            } else {
                fail(e);
            }
            return null;
        }
    }

    /** How many snapshots were begun for it in vain, this one included. */
    int snapshotsInVain() {
        return isReady() ? 0 : snapshotsBefore + (handOver == null ? 0 : 1);
    }

    /** It cannot become ready; the client is told, and it ends. */
    void fail(ChangecastException why) {
        if (isOpen()) {
            session.subscriptions().failed(this, why);
        }
    }

    private void read(DispatchedFeed feed, Position from) {
        reading = true;
        LogPart part = new LogPart(
                feed.hub(),
                feed.epoch(),
                List.of(this),
                from,
                feed.head(),
                uncommitted,
                handOver == null ? null : handOver.skip(),
                null);
        session.read(part, cursor.pauses() && !hurries ? ClientSession.LAST_LAP : laps, result -> {
            if (result.begunAnew()) {
                return;
            }
            reading = false;
            hurries = !result.position().equals(part.until());
            laps = hurries ? 0 : laps + 1;
            read(result);
        });
    }

    private void read(LogPart.Result part) {
        if (state != State.PREPARING) {
            return;
        }
        if (!part.broken().isEmpty()) {
            restart(ResetReason.SCHEMA_CHANGED);
        } else if (part.evicted() != null) {
            restart(cursor.feed().whyGone(part.position()));
        } else {
            waiting = part;
            advance();
        }
    }

    /**
     * Sends what was read. Its commit marks must not come between the parts of a transaction on the session's ready
     * channels, so it waits until none is owed.
     */
    private void take(LogPart.Result part) {
        boolean others = session.subscriptions().isPushedTo(cursor);
        part.messages().forEach(message -> {
            if (others) {
                pushBeside(message);
            } else {
                session.push(message.payload());
            }
        });
        position = part.position();
        uncommitted = part.uncommitted();
    }

    /**
     * Pushes what the ready channels had long before. A client keeps the last offset that it is told, for all of them: so
     * a commit mark tells theirs, and not the one that this subscription has come to.
     */
    private void pushBeside(LogPart.Addressed message) {
        boolean mark = message.subscription() == null;
        boolean marked = !mark && ChangeEncoder.hasCommit(message.payload());
        if (!mark) {
            session.push(marked ? ChangeEncoder.withoutCommit(message.payload()) : message.payload());
        }
        if (mark || marked) {
            session.push(
                    Messages.commit(view.source(), message.tx(), cursor.feed().offset(cursor.committed())));
        }
    }

    private void ready() {
        state = State.READY;
        session.dispatcher().counters().preparing.add(-1);
        session.readyAfter(System.nanoTime() - begun);
        handOver = null;
        encoders.clear();
        settlePause();
        cursor.feed().ready(this, channel);
        if (uncommitted && cursor.beginsUncommitted()) {
            cursor.feed().owesCommit(cursor);
        }
        DispatchedFeed feed = cursor.feed();
        session.push(Messages.ready(view.channel(), Map.of(view.source(), feed.offset(feed.committed()))));
    }

    private void settlePause() {
        if (view.exposure().conflateNanos() > 0) {
            cursor.settlePause();
        }
    }

    /** What the client has is void. A new subscription takes this one's place. */
    void restart(ResetReason reason) {
        if (isOpen()) {
            session.subscriptions().restart(this, reason);
        }
    }

    void close() {
        if (isOpen()) {
            DispatcherCounters counters = session.dispatcher().counters();
            counters.subscriptions.add(-1);
            counters.preparing.add(isPreparing() ? -1 : 0);
            state = State.CLOSED;
            settlePause();
            if (handOver != null) {
                handOver.close();
            }
            cursor.feed().leave(this, channel);
        }
    }
}
