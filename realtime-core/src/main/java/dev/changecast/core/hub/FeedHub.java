package dev.changecast.core.hub;

import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.ResetReason;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.SourceMessage;
import dev.changecast.api.source.StartPoint;
import dev.changecast.core.log.Chunk;
import dev.changecast.core.log.FeedLog;
import dev.changecast.core.log.Interest;
import dev.changecast.core.log.LogReader;
import dev.changecast.core.log.PositionEvicted;
import dev.changecast.core.publish.Publication;
import dev.changecast.core.publish.Unlogged;
import dev.changecast.core.statistics.SourceCounters;
import dev.changecast.core.view.ChangeEncoder;
import dev.changecast.core.view.Collections;
import dev.changecast.core.view.PushPlans;
import dev.changecast.core.view.PushedChange;
import dev.changecast.core.view.View;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the log of one feed at its head, on a thread of its own, and tells the receivers what each change is in the views
 * that are active. Its work for a change follows the number of views that match it.
 */
public final class FeedHub implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(FeedHub.class);

    /** One round takes at most this much from the log, so that receivers are told soon. */
    private static final int ROUND_BYTES = 256 * 1024;

    private static final int ROUND_EVENTS = 512;

    private final String source;
    private final FeedLog feedLog;
    private final Collections collections;
    private final @Nullable Unlogged unlogged;
    private final List<? extends FeedReceiver> receivers;
    private final Thread thread;
    private final ConcurrentLinkedQueue<Runnable> requests = new ConcurrentLinkedQueue<>();
    private final Map<String, RelationViews> views = new HashMap<>();
    private final Map<Relation, RelationViews> byShape = new IdentityHashMap<>();
    private final @Nullable PushPlans pushPlans;
    private final LookBack lookBack = new LookBack();
    private final SourceCounters counters = new SourceCounters();
    private volatile boolean parked;
    private volatile boolean closed;
    private final AtomicInteger restarting = new AtomicInteger();

    // The hub thread's own state.
    private List<FeedEvent> events = new ArrayList<>();
    private final @Nullable StartPoint former;
    private @Nullable LogReader reader;
    private ResetReason restartReason = ResetReason.WINDOW_PASSED;
    private boolean failed;
    private String epoch = "";
    private Position told = Position.ZERO;
    private Position passed = Position.ZERO;
    private ChangeEncoder.@Nullable Transaction transaction;
    private boolean betweenTransactions = true;

    /** When this round began to read. */
    private Instant readAt = Instant.EPOCH;

    /**
     * @param unlogged the messages between those of the log, where its changes are published messages: then they go to
     *     the receivers as such. Null where they are changes of a database
     */
    public FeedHub(
            String source,
            FeedLog feedLog,
            Collections collections,
            @Nullable Unlogged unlogged,
            List<? extends FeedReceiver> receivers) {
        this.source = source;
        this.feedLog = feedLog;
        this.collections = collections;
        this.unlogged = unlogged;
        this.pushPlans = collections.pushPlans(source);
        this.former = feedLog.end();
        this.receivers = List.copyOf(receivers);
        this.thread = new Thread(this::run, "changecast-hub-" + source);
    }

    public void start() {
        thread.start();
    }

    public String source() {
        return source;
    }

    public FeedLog log() {
        return feedLog;
    }

    /** What is counted of this feed, from capture to the sessions. */
    public SourceCounters counters() {
        return counters;
    }

    /** There may be something new in the log. Cheap; any thread. */
    public void wake() {
        if (parked) {
            LockSupport.unpark(thread);
        }
    }

    /** The log is about to be restarted: nothing is read from it until {@link #restarted}. Any thread. */
    public void restarting() {
        restarting.incrementAndGet();
    }

    /** The log was restarted, for this reason, which every client is told. Any thread. */
    public void restarted(ResetReason reason) {
        request(() -> {
            reader = null;
            restartReason = reason;
            restarting.decrementAndGet();
        });
    }

    /**
     * A place in the log some minutes back, where a transaction may stand that is committed in the database's log but not
     * yet visible to its readers. Any thread.
     */
    public Position lookBack() {
        Position back = lookBack.position();
        if (back.equals(Position.ZERO)) {
            return feedLog.headBefore(LookBack.MINUTES);
        }
        Position floor = feedLog.floor();
        return back.isAfter(floor) ? back : floor;
    }

    /** Asks for a view's changes; {@link FeedEvent.Activated} with this subject tells from where on they come. */
    public void activate(View view, Object subject) {
        request(() -> {
            views.computeIfAbsent(view.relation(), name -> {
                        // Shapes seen while nobody looked are cached as nobody's.
                        byShape.clear();
                        return new RelationViews(counters);
                    })
                    .add(view, misfit -> {
                        // The last change may be older than what the client was told; only where it is not, all is
                        // said.
                        if (views.get(view.relation()).isIn(collections.present(source, view.relation()))) {
                            broken(misfit, true);
                        }
                    });
            events.add(new FeedEvent.Activated(view, subject));
        });
    }

    /** The source has told its relations: who follows one that is not as it was is told. Any thread. */
    public void lookedAt() {
        request(() -> views.forEach((relation, followed) ->
                followed.know(collections.present(source, relation), view -> broken(view, true))));
    }

    /** Ends what one {@link #activate} began. */
    public void deactivate(View view) {
        request(() -> {
            RelationViews remaining = views.get(view.relation());
            if (remaining != null) {
                remaining.remove(view);
                if (remaining.isEmpty()) {
                    views.remove(view.relation());
                    byShape.clear();
                }
            }
        });
    }

    private void request(Runnable request) {
        requests.add(request);
        wake();
    }

    private void run() {
        try {
            while (!closed) {
                try {
                    if (!round()) {
                        park();
                    }
                } catch (RuntimeException e) {
                    // One broken change must not end delivery for everybody: say it and begin anew behind it.
                    log.error("The hub of {} failed and begins anew at the head of the log", source, e);
                    reader = null;
                    failed = true;
                }
            }
        } catch (InterruptedException e) {
            log.debug("The hub of {} was interrupted", source);
        }
    }

    /** Takes what there is; returns whether there was anything. */
    private boolean round() throws InterruptedException {
        for (Runnable request = requests.poll(); request != null; request = requests.poll()) {
            request.run();
        }
        if (restarting.get() == 0) {
            try {
                if (reader == null) {
                    begin();
                }
                if (reader != null) {
                    read(reader);
                }
            } catch (PositionEvicted e) {
                reader = null;
                if (restarting.get() == 0) {
                    log.warn("The hub of {} starts again at the end of the log: {}", source, e.getMessage());
                    wakeSoon();
                }
            }
        }
        if (events.isEmpty()) {
            return false;
        }
        List<FeedEvent> round = List.copyOf(events);
        events = new ArrayList<>();
        for (FeedReceiver receiver : receivers) {
            receiver.receive(this, round);
        }
        return true;
    }

    private void wakeSoon() {
        requests.add(() -> {});
    }

    private void begin() {
        StartPoint end = feedLog.end();
        if (end == null) {
            return;
        }
        boolean first = epoch.isEmpty();
        // Where nothing failed, behind the last whole transaction: whoever begins here gets none by half.
        Position at = failed ? feedLog.head() : end.checkpoint().position();
        if (first && !failed && unlogged != null) {
            // Sessions have their inboxes from when they were opened, however late this thread comes.
            at = former != null && former.epoch().equals(end.epoch())
                    ? former.checkpoint().position()
                    : feedLog.floor();
        }
        if (at.isAfter(feedLog.head())) {
            // What is not yet durable will be told when it is.
            at = feedLog.head();
        }
        if (at.isBefore(feedLog.floor())) {
            at = feedLog.floor();
        }
        reader = feedLog.reader(at);
        epoch = end.epoch();
        told = at;
        passed = at;
        transaction = null;
        betweenTransactions = true;
        lookBack.clear();
        events.add(new FeedEvent.Began(first ? null : restartReason, epoch, at));
        failed = false;
        restartReason = ResetReason.WINDOW_PASSED;
    }

    private void read(LogReader reader) {
        readAt = Instant.now();
        int bytes = 0;
        while (bytes < ROUND_BYTES && events.size() < ROUND_EVENTS) {
            // Every chunk is looked at: where a transaction begins and ends also concerns those who have the part of it
            // that was here before anybody followed its relations.
            Chunk chunk = reader.next(Interest.ALL);
            if (chunk == null) {
                // What was passed over without being shown is progress, which stands between transactions alone.
                betweenTransactions |= reader.position().isAfter(passed);
                break;
            }
            if (unlogged != null) {
                publishUnlogged(unlogged, chunk.start());
            }
            bytes += chunk.bytes();
            passed = chunk.end();
            switch (chunk.kind()) {
                case CHANGES -> changes(chunk);
                case FENCE -> events.add(new FeedEvent.Fence(Objects.requireNonNull(chunk.fence()), chunk.end()));
                case PROGRESS -> betweenTransactions = true;
            }
        }
        if (unlogged != null) {
            publishUnlogged(unlogged, reader.position());
        }
        if (reader.position().isAfter(told)) {
            told = reader.position();
            lookBack.passed(told);
            events.add(new FeedEvent.Progress(told, betweenTransactions));
        }
    }

    /** Where routes push changes of this feed, for a thread of its own; null when nowhere. Any thread. */
    public @Nullable PushPlans pushPlans() {
        return pushPlans == null ? null : collections.pushPlans(source);
    }

    /** Whether routes push changes of this feed. */
    public boolean pushes() {
        return pushPlans != null;
    }

    private boolean isWanted(Relation relation) {
        return views(relation) != null || pushPlans != null && pushPlans.push(relation);
    }

    private @Nullable RelationViews views(Relation relation) {
        if (SourceMessage.isRelation(relation)) {
            return null;
        }
        RelationViews known = byShape.get(relation);
        if (known == null && !byShape.containsKey(relation)) {
            collections.learn(source, relation);
            known = views.get(relation.qualifiedName());
            byShape.put(relation, known);
        }
        return known;
    }

    private void broken(View view, boolean forAll) {
        events.add(new FeedEvent.Broken(view, forAll));
    }

    private void publishUnlogged(Unlogged messages, Position passed) {
        messages.take(passed, publication -> events.add(new FeedEvent.Published(publication, told, readAt)));
    }

    /** Each message is a transaction of its own, and a transaction of one change is one chunk. */
    private void published(Chunk chunk) {
        chunk.forEach((minor, relation, operation, after, before) -> events.add(new FeedEvent.Published(
                Publication.logged(Objects.requireNonNull(after), chunk.end(), epoch, chunk.committedAt()),
                chunk.end(),
                readAt)));
        told = chunk.end();
        betweenTransactions = true;
    }

    private void changes(Chunk chunk) {
        if (unlogged != null) {
            published(chunk);
            return;
        }
        boolean single = chunk.first() && chunk.last() && chunk.changes() == 1;
        if (chunk.first() || transaction == null) {
            transaction = new ChangeEncoder.Transaction(source, epoch, chunk.tx(), chunk.committedAt());
        }
        List<FeedEvent.Emission> emissions = new ArrayList<>();
        List<PushedChange> pushed = pushPlans == null ? List.of() : new ArrayList<>();
        ChangeEncoder.Transaction current = transaction;
        long major = chunk.major();
        if (chunk.concerns(this::isWanted)) {
            chunk.forEach((minor, relation, operation, after, before) -> {
                change(current, major, minor, relation, operation, after, before, single, emissions);
                PushedChange push = pushPlans == null
                        ? null
                        : pushPlans.pushed(relation, operation, after, before, current, major, minor);
                if (push != null) {
                    pushed.add(push);
                }
            });
        }
        if (!pushed.isEmpty()) {
            events.add(new FeedEvent.Pushed(pushed));
        }
        if (!emissions.isEmpty() || !pushed.isEmpty() || chunk.last() && !chunk.first()) {
            events.add(new FeedEvent.Slice(
                    emissions,
                    single,
                    chunk.last(),
                    chunk.end(),
                    source,
                    epoch,
                    chunk.tx(),
                    current.committedAt(),
                    readAt));
            told = chunk.end();
        }
        betweenTransactions = chunk.last();
    }

    private void change(
            ChangeEncoder.Transaction current,
            long major,
            long minor,
            Relation relation,
            Operation operation,
            @Nullable Row after,
            @Nullable Row before,
            boolean single,
            List<FeedEvent.Emission> emissions) {
        RelationViews interested = views(relation);
        if (interested == null) {
            return;
        }
        interested.take(relation, view -> broken(view, false));
        interested.match(operation, after, before, (bound, outcome) -> {
            bound.counters.matched();
            emissions.add(new FeedEvent.Emission(bound.view, new Position(major, minor), outcome.messages(), () -> {
                // Of several dispatchers, which may be at different changes of the view.
                synchronized (bound.encoder) {
                    return bound.encoder.encode(outcome, after, before, current, major, minor, single);
                }
            }));
        });
    }

    private void park() {
        parked = true;
        try {
            if (requests.isEmpty() && !closed && !somethingNew()) {
                LockSupport.park(this);
            }
        } finally {
            parked = false;
        }
    }

    private boolean somethingNew() {
        if (restarting.get() > 0) {
            return false;
        }
        if (reader == null) {
            return feedLog.end() != null;
        }
        return feedLog.head().isAfter(reader.position()) || unlogged != null && unlogged.isDue(reader.position());
    }

    /** Stops the thread. Idempotent. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
