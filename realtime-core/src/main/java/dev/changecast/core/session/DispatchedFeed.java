package dev.changecast.core.session;

import dev.changecast.api.source.Position;
import dev.changecast.api.source.ResetReason;
import dev.changecast.api.transport.Payload;
import dev.changecast.core.capture.Feed;
import dev.changecast.core.hub.FeedEvent;
import dev.changecast.core.hub.FeedHub;
import dev.changecast.core.protocol.Offset;
import dev.changecast.core.publish.Publication;
import dev.changecast.core.view.PushedChange;
import dev.changecast.core.view.View;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far one dispatcher has handed out one feed, and to whom. Sessions at the head are pushed to from here; their
 * position is this object's.
 */
final class DispatchedFeed {
    private static final Logger log = LoggerFactory.getLogger(DispatchedFeed.class);

    private final Dispatcher dispatcher;
    private final FeedHub hub;
    private final Map<String, FeedChannel> channels = new HashMap<>();
    private final List<FeedCursor> uncommitted = new ArrayList<>();
    private final Map<String, List<HandOver>> fences = new HashMap<>();
    private final Set<FeedCursor> cursors = new LinkedHashSet<>();
    private final AddressIndex<Inbox> addresses = new AddressIndex<>();
    private final AddressIndex<PushInbox> pushes = new AddressIndex<>();

    /** The number of the slice that is to come, when some of its transaction was pushed; 0 when nothing was. */
    private long pushed;

    /** Whether somebody was pushed something of it. */
    private boolean pushedSome;

    /** Those of all channels that are not yet ready. */
    private final Set<Subscription> preparing = new LinkedHashSet<>();

    private @Nullable String epoch;
    private Position head = Position.ZERO;
    private Position committed = Position.ZERO;

    /** By {@link System#nanoTime}, as somebody may set the clock; null before the first time. */
    private volatile @Nullable Long delivered;

    DispatchedFeed(Dispatcher dispatcher, FeedHub hub) {
        this.dispatcher = dispatcher;
        this.hub = hub;
    }

    FeedHub hub() {
        return hub;
    }

    /** Null until the feed has begun. */
    @Nullable
    String epoch() {
        return epoch;
    }

    /** Up to where changes were handed out. */
    Position head() {
        return head;
    }

    /** Whether the head is not inside a transaction. */
    boolean isBetweenTransactions() {
        return head.equals(committed);
    }

    /** The end of the last whole transaction that was handed out. */
    Position committed() {
        return committed;
    }

    String offset(Position position) {
        return new Offset(Objects.requireNonNull(epoch), position).toString();
    }

    /** Since something of the feed last came through here; null before the first time. Any thread. */
    @Nullable
    Duration silence() {
        Long at = delivered;
        return at == null ? null : Duration.ofNanos(System.nanoTime() - at);
    }

    /** Why nobody can go on from an offset of this feed; null when it can be done. */
    @Nullable
    ResetReason whyNot(Offset since) {
        String present = Objects.requireNonNull(epoch);
        if (!since.epoch().equals(present)) {
            return Feed.isOfEarlierRun(since.epoch(), present) ? ResetReason.RESTARTED : ResetReason.EPOCH_CHANGED;
        }
        boolean passed = since.position().isBefore(hub.log().floor());
        // A log that has begun anew, of which this thread has not heard yet, has a floor of another epoch.
        return passed && hub.log().epoch().equals(present) ? whyGone(since.position()) : null;
    }

    /** Why the log does not hold all that follows a position of its epoch. */
    ResetReason whyGone(Position after) {
        return after.isBefore(hub.log().gapEnd()) ? ResetReason.SLOT_LOST : ResetReason.WINDOW_PASSED;
    }

    /** Whose inboxes get what is published to which address; of use in the feed of published messages alone. */
    AddressIndex<Inbox> addresses() {
        return addresses;
    }

    /** Who gets the changes of this feed that routes push to which address. */
    AddressIndex<PushInbox> pushes() {
        return pushes;
    }

    void add(FeedCursor cursor) {
        cursors.add(cursor);
    }

    void remove(FeedCursor cursor) {
        cursors.remove(cursor);
        uncommitted.remove(cursor);
    }

    /** Joins a channel, and asks the hub for its changes where nobody here did before. */
    FeedChannel join(Subscription subscription) {
        View view = subscription.view();
        FeedChannel channel = channels.get(view.channel());
        if (channel == null) {
            channel = new FeedChannel(view, hub.counters().route(view.exposure().route()));
            channels.put(view.channel(), channel);
            hub.activate(view, channel);
        }
        channel.preparing.add(subscription);
        preparing.add(subscription);
        return channel;
    }

    /** From now on it is pushed to. */
    void ready(Subscription subscription, FeedChannel channel) {
        preparing.remove(subscription);
        channel.addReady(subscription);
    }

    void leave(Subscription subscription, FeedChannel channel) {
        preparing.remove(subscription);
        channel.remove(subscription);
        if (channel.isEmpty() && channels.remove(channel.view.channel(), channel)) {
            hub.deactivate(channel.view);
        }
    }

    /** The session got part of a transaction; its commit mark is owed. */
    void owesCommit(FeedCursor cursor) {
        uncommitted.add(cursor);
    }

    /** A hand-over waits for this fence. */
    void expect(String fence, HandOver waiter) {
        fences.computeIfAbsent(fence, id -> new ArrayList<>()).add(waiter);
    }

    void forget(String fence, HandOver waiter) {
        fences.computeIfPresent(fence, (id, waiters) -> {
            waiters.remove(waiter);
            return waiters.isEmpty() ? null : waiters;
        });
    }

    void apply(List<FeedEvent> events) {
        dispatcher.heard(this);
        for (FeedEvent event : events) {
            if (event instanceof FeedEvent.Slice slice) {
                push(slice);
            } else if (event instanceof FeedEvent.Published published) {
                if (deliver(published.publication(), dispatcher.nextSlice(), published.end())) {
                    dispatcher
                            .latencies()
                            .add(
                                    this,
                                    null,
                                    published.end(),
                                    published.publication().at(),
                                    published.readAt());
                }
                head = published.end();
                committed = head;
            } else if (event instanceof FeedEvent.Pushed changes) {
                pushed = dispatcher.nextSlice();
                changes.changes().forEach(change -> {
                    pushedSome |= deliver(change, pushed);
                });
            } else if (event instanceof FeedEvent.Progress progress) {
                head = progress.position();
                committed = progress.betweenTransactions() ? head : committed;
            } else if (event instanceof FeedEvent.Activated activated) {
                activated(activated);
            } else if (event instanceof FeedEvent.Broken broken) {
                FeedChannel channel = channels.get(broken.view().channel());
                if (channel != null) {
                    List<Subscription> concerned = broken.forAll() ? members(channel) : List.copyOf(channel.ready);
                    concerned.forEach(member -> member.restart(ResetReason.SCHEMA_CHANGED));
                }
            } else if (event instanceof FeedEvent.Fence fence) {
                head = fence.position().isAfter(head) ? fence.position() : head;
                List<HandOver> waiters = fences.remove(fence.id());
                if (waiters != null) {
                    waiters.forEach(HandOver::passed);
                }
            } else if (event instanceof FeedEvent.Began began) {
                began(began);
            }
        }
        if (!preparing.isEmpty()) {
            List.copyOf(preparing).forEach(Subscription::advance);
        }
    }

    /** All that was to be told of what came has been given to the connections. */
    void written() {
        delivered = System.nanoTime();
    }

    /** Offers a message to all that it is for; its number is for inboxes that it reaches by several addresses. */
    private boolean deliver(Publication publication, long number, Position end) {
        String mark = publication.mark();
        int messages = 0;
        for (int i = 0; i < publication.addresses(); i++) {
            List<AddressIndex.Membership<Inbox>> present = addresses.of(publication.address(i));
            for (int j = 0; j < present.size(); j++) {
                Inbox inbox = present.get(j).member;
                if (mark == null || !mark.equals(inbox.mark())) {
                    messages += inbox.offer(publication, i, number, head, end) ? 1 : 0;
                }
            }
        }
        hub.counters().pushed(messages);
        return messages > 0;
    }

    private boolean deliver(PushedChange change, long slice) {
        long number = dispatcher.nextSlice();
        int messages = 0;
        for (int i = 0; i < change.addresses(); i++) {
            List<AddressIndex.Membership<PushInbox>> present = pushes.of(change.address(i));
            for (int j = 0; j < present.size(); j++) {
                messages += present.get(j).member.offer(change, i, number, slice, head) ? 1 : 0;
            }
        }
        hub.counters().pushed(messages);
        return messages > 0;
    }

    private void activated(FeedEvent.Activated activated) {
        FeedChannel channel = channels.get(activated.view().channel());
        if (channel != null && channel == activated.subject()) {
            channel.active = true;
        }
    }

    private void began(FeedEvent.Began began) {
        epoch = began.epoch();
        head = began.at();
        committed = head;
        uncommitted.clear();
        pushed = 0;
        fences.clear();
        List.copyOf(cursors).forEach(cursor -> cursor.restart(began.reason()));
        if (began.reason() != null) {
            for (FeedChannel channel : List.copyOf(channels.values())) {
                members(channel).forEach(member -> member.restart(began.reason()));
            }
        }
    }

    private static List<Subscription> members(FeedChannel channel) {
        List<Subscription> members = new ArrayList<>(channel.ready);
        members.addAll(channel.preparing);
        return members;
    }

    private void push(FeedEvent.Slice slice) {
        long number = pushed != 0 ? pushed : dispatcher.nextSlice();
        boolean some = pushedSome;
        pushed = 0;
        pushedSome = false;
        try {
            some |= push(slice, number);
            if (some) {
                dispatcher.latencies().add(this, slice.tx(), slice.end(), slice.committedAt(), slice.readAt());
            }
        } catch (RuntimeException e) {
            // Whoever is at the head may lack something of this now: better to come back than to go on with a gap.
            log.error("A change of {} cannot be told; clients have to come back", hub.source(), e);
            List.copyOf(cursors).forEach(FeedCursor::lost);
        }
        head = slice.end();
        if (slice.last()) {
            committed = head;
            for (FeedCursor cursor : uncommitted) {
                cursor.commit(slice.commitMark());
            }
            uncommitted.clear();
        }
    }

    private boolean push(FeedEvent.Slice slice, long number) {
        List<FeedEvent.Emission> emissions = slice.emissions();
        boolean oneForAll = !slice.single() || emissions.size() == 1;
        if (!oneForAll) {
            count(emissions, number);
        }
        int messages = 0;
        for (FeedEvent.Emission emission : emissions) {
            messages += emission.count();
        }
        boolean some = false;
        for (FeedEvent.Emission emission : emissions) {
            FeedChannel channel = channels.get(emission.view().channel());
            if (channel == null) {
                continue;
            }
            int given = 0;
            List<Subscription> ready = channel.ready;
            for (int i = 0; i < ready.size(); i++) {
                Subscription subscription = ready.get(i);
                FeedCursor cursor = subscription.cursor();
                if (!cursor.accepts(number, head, messages)) {
                    continue;
                }
                boolean commits = slice.single() && (oneForAll || cursor.matches() == 1) && !cursor.owesCommit();
                offer(
                        subscription,
                        slice.single() && !commits ? emission.messagesWithoutCommit() : emission.messages());
                given++;
                if (!commits && cursor.beginsUncommitted()) {
                    uncommitted.add(cursor);
                }
            }
            if (given > 0) {
                some = true;
                channel.counters.delivered((long) given * emission.count());
            }
        }
        return some;
    }

    /** How many views of each session a transaction's only change is in: with one, its message carries the mark. */
    private void count(List<FeedEvent.Emission> emissions, long number) {
        for (FeedEvent.Emission emission : emissions) {
            FeedChannel channel = channels.get(emission.view().channel());
            if (channel != null) {
                channel.ready.forEach(subscription -> subscription.cursor().count(number));
            }
        }
    }

    private static void offer(Subscription subscription, List<Payload> messages) {
        for (int i = 0; i < messages.size(); i++) {
            subscription.push(messages.get(i));
        }
    }
}
