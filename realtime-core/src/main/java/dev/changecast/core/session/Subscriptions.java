package dev.changecast.core.session;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.ResetReason;
import dev.changecast.core.Identity;
import dev.changecast.core.hub.FeedHub;
import dev.changecast.core.protocol.Command;
import dev.changecast.core.protocol.Messages;
import dev.changecast.core.protocol.Offset;
import dev.changecast.core.view.View;
import dev.changecast.core.view.ViewBinding;
import dev.changecast.core.view.ViewResolver;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The subscriptions of one session, and its cursors in the feeds they belong to: how they begin, begin anew, and end.
 * Used by the session's dispatcher alone.
 */
final class Subscriptions {
    /** How many snapshots of one subscription the log may overtake before the client is told to try later. */
    private static final int SNAPSHOTS_IN_VAIN = 3;

    /** How long a subscription waits for a source that has just begun, and how often. */
    private static final long MOMENT_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private static final int MOMENTS = 40;

    private final ClientSession session;
    private final SessionContext context;
    private final Map<String, Subscription> subscriptions = new LinkedHashMap<>();
    private final Map<FeedHub, FeedCursor> cursors = new HashMap<>();

    /** What is pushed to the session without a subscription, where routes push anything. */
    private final Map<FeedHub, PushInbox> inboxes = new LinkedHashMap<>();

    private Identity identity;

    /** Those that may have to go on preparing; whoever has done so is taken out at the next look. */
    private final Set<Subscription> preparing = new LinkedHashSet<>();

    /** Channels that were reset and wait for what the source has now; a client can still leave them. */
    private final Set<String> restarting = new HashSet<>();

    Subscriptions(ClientSession session, Identity identity, SessionContext context) {
        this.session = session;
        this.identity = identity;
        this.context = context;
    }

    /** @throws ChangecastException with what is wrong with the command */
    void subscribe(Command.Subscribe command) {
        subscribe(command, true, MOMENTS);
    }

    private void subscribe(Command.Subscribe command, boolean mayLookAgain, int patience) {
        if (session.isOver()) {
            return;
        }
        Optional<ViewBinding> found = context.views().resolve(command, identity);
        if (found.isEmpty()) {
            if (!mayLookAgain) {
                throw unknown(command.collection());
            }
            // The relation may be younger than what the sources told.
            context.lookAgain(() -> session.dispatcher()
                    .execute(() -> session.answered("subscribe", command, () -> subscribe(command, false, patience))));
            return;
        }
        ViewBinding binding = found.get();
        boolean routeConflates = binding.view().exposure().conflateNanos() > 0;
        if ((command.conflate() || routeConflates)
                && (binding.relation().key().isEmpty() || binding.relation().oldRow() == OldRow.NONE)) {
            throw new ChangecastException(
                    ErrorCode.UNSUPPORTED,
                    "changes of '" + command.collection() + "' do not all tell the key of their row, so there is no"
                            + " latest state of one to keep; "
                            + (routeConflates
                                    ? "take 'conflate' out of its route, or give the table a key"
                                    : "subscribe without \"conflate\""));
        }
        View view = binding.view();
        FeedHub hub = context.hub(view.source());
        DispatchedFeed feed = session.dispatcher().feed(hub);
        if (feed.epoch() == null && context.isStreaming(hub) && patience > 0) {
            // The source has begun, and the news is on its way to this thread.
            session.dispatcher()
                    .at(
                            System.nanoTime() + MOMENT_NANOS,
                            () -> session.answered(
                                    "subscribe", command, () -> subscribe(command, false, patience - 1)));
            return;
        }
        if (feed.epoch() == null) {
            throw new ChangecastException(
                    ErrorCode.SOURCE_UNAVAILABLE,
                    "the source '" + view.source() + "' has not begun yet: " + context.stateOf(hub));
        }
        Offset since = since(command, view);
        Subscription present = subscriptions.get(view.channel());
        if (present == null && subscriptions.size() >= context.limits().subscriptions()) {
            throw new ChangecastException(
                    ErrorCode.TOO_MANY,
                    "a session has at most " + context.limits().subscriptions() + " subscriptions");
        }
        session.push(Messages.subscribed(
                command.id(),
                null,
                view.channel(),
                view.exposure().collection(),
                binding.visibleKey(),
                binding.visibleColumns()));
        if (present != null) {
            if (present.isReady()) {
                session.push(Messages.ready(view.channel(), offsets(present.cursor())));
            }
            return;
        }
        ResetReason reason = since == null ? null : whyNot(command, view, feed, since);
        if (reason != null) {
            session.reset(
                    command.channel() == null ? view.channel() : command.channel(),
                    reason,
                    Map.of(view.source(), feed.offset(feed.committed())));
        }
        Position from = since == null || reason != null ? null : since.position();
        add(command, binding, feed, from, 0);
    }

    private void add(
            Command.Subscribe command,
            ViewBinding binding,
            DispatchedFeed feed,
            @Nullable Position from,
            int snapshotsBefore) {
        FeedCursor cursor = cursor(feed);
        Subscription subscription = new Subscription(session, command, binding, cursor, from, snapshotsBefore);
        subscriptions.put(binding.view().channel(), subscription);
        preparing.add(subscription);
        subscription.advance();
    }

    private FeedCursor cursor(DispatchedFeed feed) {
        return cursors.computeIfAbsent(feed.hub(), hub -> new FeedCursor(session, feed, new Following(hub)));
    }

    /** What the session follows of one feed: its ready subscriptions, and what is pushed to it. */
    private final class Following implements FeedCursor.Owner {
        private final FeedHub hub;

        Following(FeedHub hub) {
            this.hub = hub;
        }

        @Override
        public CatchUp part(FeedCursor cursor, Position after, boolean uncommitted) {
            DispatchedFeed feed = cursor.feed();
            PushInbox inbox = inboxes.get(hub);
            PushReading pushes = inbox == null ? null : inbox.reading();
            return new LogPart(hub, feed.epoch(), ready(cursor), after, feed.head(), uncommitted, null, pushes);
        }

        /** Whether some ready subscription of this feed wants only the latest state. */
        @Override
        public boolean conflates(FeedCursor cursor) {
            for (Subscription subscription : subscriptions.values()) {
                if (subscription.cursor() == cursor && subscription.conflates()) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public boolean isAwaited(FeedCursor cursor) {
            for (Subscription subscription : preparing) {
                if (subscription.cursor() == cursor && subscription.isPreparing()) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public long pauseNanos(FeedCursor cursor) {
            long longest = 0;
            for (Subscription subscription : subscriptions.values()) {
                if (subscription.cursor() == cursor) {
                    longest = Math.max(longest, subscription.pauseNanos());
                }
            }
            return longest;
        }

        @Override
        public void begunAnew(@Nullable ResetReason reason) {
            PushInbox inbox = inboxes.get(hub);
            if (inbox != null) {
                inbox.begunAnew(reason);
            }
        }
    }

    /**
     * From now on the session is pushed to, if it is not yet; {@link #beginInboxes} goes on where the client stopped.
     *
     * @param since where it says that it stopped, by source
     */
    void openInboxes(Map<String, String> since) {
        for (FeedHub hub : context.hubs()) {
            PushInbox present = inboxes.get(hub);
            if (present != null) {
                // It goes on with the subscriptions that share its cursor, and cannot go back alone.
                present.goOn(since.containsKey(hub.source()));
            } else if (hub != context.messages() && hub.pushes()) {
                FeedCursor cursor = cursor(session.dispatcher().feed(hub));
                inboxes.put(hub, new PushInbox(session, cursor, identity, since.get(hub.source())));
            }
        }
    }

    /** What is pushed to the session without a subscription. */
    Collection<PushInbox> inboxes() {
        return inboxes.values();
    }

    /** Where the client is with a feed, for its welcome; null while the feed has not begun. */
    @Nullable
    String place(FeedHub hub) {
        PushInbox inbox = inboxes.get(hub);
        if (inbox != null) {
            return inbox.place();
        }
        DispatchedFeed feed = session.dispatcher().feed(hub);
        return feed.epoch() == null ? null : feed.offset(feed.committed());
    }

    /** Where it is in the feeds that it follows. */
    Collection<FeedCursor> cursors() {
        return cursors.values();
    }

    /** All there are, ready or not. */
    Collection<Subscription> all() {
        return subscriptions.values();
    }

    void beginInboxes() {
        inboxes.values().forEach(PushInbox::begin);
    }

    /** Whether somebody else than those who prepare gets anything over a cursor, so that its offsets are theirs. */
    boolean isPushedTo(FeedCursor cursor) {
        return inboxes.containsKey(cursor.feed().hub()) || !ready(cursor).isEmpty();
    }

    /**
     * The session speaks for somebody else, or for somebody with other rights: what it may no longer see ends, or begins
     * anew as what it may see now. What stays as it was goes on.
     */
    void accessChanged(Identity next) {
        identity = next;
        inboxes.values().forEach(inbox -> inbox.accessChanged(next));
        for (Subscription subscription : List.copyOf(subscriptions.values())) {
            if (subscription.isOpen() && !isAsItWas(subscription)) {
                restart(subscription, ResetReason.ACCESS_CHANGED);
            }
        }
    }

    private boolean isAsItWas(Subscription subscription) {
        try {
            View view = subscription.view();
            return context.views()
                    .resolve(subscription.command(), identity)
                    .filter(binding -> binding.view().equals(view) || isReshaped(binding.view(), view))
                    .isPresent();
        } catch (ChangecastException e) {
            return false;
        }
    }

    /** Whether two views differ in the relation's shape alone, which is told in its own way. */
    private static boolean isReshaped(View present, View past) {
        return present.differsInShape(past.channel());
    }

    private ChangecastException unknown(String collection) {
        ChangecastException unknown = ViewResolver.unknown(collection);
        return context.silentSource()
                .map(source -> new ChangecastException(
                        ErrorCode.SOURCE_UNAVAILABLE,
                        unknown.getMessage() + "; but the source '" + source + "' has not told yet what it has"))
                .orElse(unknown);
    }

    private static @Nullable Offset since(Command.Subscribe command, View view) {
        if (command.since() == null) {
            return null;
        }
        String offset = command.since().get(view.source());
        if (offset == null) {
            throw new ChangecastException(
                    ErrorCode.BAD_OFFSET,
                    "\"since\" has no offset of the source '" + view.source() + "', which this collection comes from");
        }
        return Offset.parse(offset);
    }

    /** Why a subscription cannot be resumed; null when it can. */
    private @Nullable ResetReason whyNot(Command.Subscribe command, View view, DispatchedFeed feed, Offset since) {
        if (command.channel() != null && !command.channel().equals(view.channel())) {
            return view.differsInShape(command.channel()) ? ResetReason.SCHEMA_CHANGED : ResetReason.ACCESS_CHANGED;
        }
        return feed.whyNot(since);
    }

    /** @throws ChangecastException when there is no such subscription */
    void unsubscribe(Command.Unsubscribe command) {
        Subscription subscription = subscriptions.remove(command.channel());
        if (subscription != null) {
            subscription.close();
        } else if (!restarting.remove(command.channel())) {
            throw new ChangecastException(
                    ErrorCode.NOT_SUBSCRIBED, "this session has no subscription with that channel");
        }
        session.push(Messages.unsubscribed(command.id(), command.channel()));
    }

    /** What the client has of this subscription is void; it is told, and the subscription starts anew. */
    void restart(Subscription subscription, ResetReason reason) {
        View old = subscription.view();
        DispatchedFeed feed = subscription.cursor().feed();
        int snapshots = subscription.snapshotsInVain();
        subscription.close();
        subscriptions.remove(old.channel(), subscription);
        session.reset(old.channel(), reason, Map.of(old.source(), feed.offset(feed.committed())));
        Command.Subscribe command = subscription.command();
        if (reason == ResetReason.WINDOW_PASSED || reason == ResetReason.ACCESS_CHANGED) {
            session.answered("subscribe", command, () -> begin(command, old, false, feed, snapshots));
            return;
        }
        // The relation is not what it was, or it is one of another history.
        restarting.add(old.channel());
        context.lookAgain(
                feed.hub(),
                () -> session.dispatcher().execute(() -> {
                    if (restarting.remove(old.channel()) && !session.isOver()) {
                        boolean reshaped = reason == ResetReason.SCHEMA_CHANGED;
                        session.answered("subscribe", command, () -> begin(command, old, reshaped, feed, snapshots));
                    }
                }));
    }

    /**
     * Starts a subscription from nothing in the place of one that was reset.
     *
     * @param reshaped whether what the client was told of the columns is void, too
     */
    private void begin(Command.Subscribe command, View old, boolean reshaped, DispatchedFeed feed, int snapshots) {
        ViewBinding binding =
                context.views().resolve(command, identity).orElseThrow(() -> unknown(command.collection()));
        String channel = binding.view().channel();
        if (subscriptions.containsKey(channel)) {
            // The client has subscribed to it again meanwhile.
            return;
        }
        if (snapshots >= SNAPSHOTS_IN_VAIN) {
            throw new ChangecastException(
                    ErrorCode.BUSY,
                    "in " + snapshots + " attempts the log moved past the snapshot, or the relation changed its shape,"
                            + " before the rows were taken; try again, or filter more narrowly");
        }
        if (reshaped || !channel.equals(old.channel())) {
            session.push(Messages.subscribed(
                    null,
                    old.channel(),
                    channel,
                    binding.view().exposure().collection(),
                    binding.visibleKey(),
                    binding.visibleColumns()));
        }
        add(command, binding, feed, null, snapshots);
    }

    /** A subscription that is not ready cannot become so. */
    void failed(Subscription subscription, ChangecastException why) {
        subscription.close();
        subscriptions.remove(subscription.view().channel(), subscription);
        session.refuse(subscription.command().id(), why.code(), "subscribe", why.getMessage());
    }

    /** Begins a snapshot for a subscription. */
    HandOver handOver(Subscription subscription) {
        return context.handOver(subscription);
    }

    /** The ready subscriptions that share a cursor. */
    List<Subscription> ready(FeedCursor cursor) {
        List<Subscription> ready = new ArrayList<>();
        for (Subscription subscription : subscriptions.values()) {
            if (subscription.cursor() == cursor && subscription.isReady()) {
                ready.add(subscription);
            }
        }
        return ready;
    }

    /** Goes on with whatever waits for room or for its turn; costs nothing where everything is at the head. */
    void advance() {
        if (isBehind()) {
            List.copyOf(cursors.values()).forEach(FeedCursor::advance);
        }
        if (!preparing.isEmpty()) {
            preparing.removeIf(subscription -> !subscription.isPreparing());
            List.copyOf(preparing).forEach(Subscription::advance);
        }
    }

    private boolean isBehind() {
        if (!cursors.isEmpty()) {
            for (FeedCursor cursor : cursors.values()) {
                if (!cursor.isLive()) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Up to where everything for the ready channels was sent, by source. */
    Map<String, String> offsets() {
        Map<String, String> offsets = new TreeMap<>();
        cursors.values().forEach(cursor -> {
            if (cursor.feed().epoch() != null && isPushedTo(cursor)) {
                offsets.putAll(offsets(cursor));
            }
        });
        return offsets;
    }

    private Map<String, String> offsets(FeedCursor cursor) {
        DispatchedFeed feed = cursor.feed();
        PushInbox inbox = inboxes.get(feed.hub());
        Position committed = inbox == null ? cursor.committed() : inbox.committed();
        return Map.of(feed.hub().source(), feed.offset(committed));
    }

    /** Ends them all. */
    void close() {
        subscriptions.values().forEach(Subscription::close);
        subscriptions.clear();
        preparing.clear();
        restarting.clear();
        inboxes.values().forEach(PushInbox::close);
        inboxes.clear();
        cursors.values().forEach(FeedCursor::close);
        cursors.clear();
    }
}
