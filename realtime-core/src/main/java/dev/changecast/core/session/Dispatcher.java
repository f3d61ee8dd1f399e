package dev.changecast.core.session;

import dev.changecast.core.DeliveryListener;
import dev.changecast.core.hub.FeedEvent;
import dev.changecast.core.hub.FeedHub;
import dev.changecast.core.hub.FeedReceiver;
import dev.changecast.core.room.RoomNews;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that owns sessions: whatever concerns them runs here, one task after the other, so their state needs no lock.
 * What a round of tasks put into the sessions' outboxes is written at its end, all messages of a session at once.
 */
final class Dispatcher implements FeedReceiver, Executor, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Dispatcher.class);
    private static final int ROUND_TASKS = 256;

    /** Between two looks at the clock for the sessions. */
    static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    /** How many rounds of a hub may wait here before that hub has to wait. */
    private static final int WAITING_ROUNDS = 64;

    private final Thread thread;
    private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final Semaphore room = new Semaphore(WAITING_ROUNDS);
    private final Map<FeedHub, DispatchedFeed> feeds = new ConcurrentHashMap<>();
    private final Set<ClientSession> sessions = new HashSet<>();
    private final AddressIndex<RoomWatch> watches = new AddressIndex<>();
    private final PriorityQueue<Timer> timers = new PriorityQueue<>();
    private final List<ClientSession> dirty = new ArrayList<>();
    private volatile boolean parked;
    private volatile boolean closed;
    private volatile int sessionCount;
    private long slices;
    private final DispatcherCounters counters = new DispatcherCounters();
    private final Latencies latencies;

    /** The feeds of which something came in this round. */
    private final List<DispatchedFeed> heard = new ArrayList<>();

    Dispatcher(int number, @Nullable DeliveryListener listener) {
        latencies = new Latencies(listener);
        thread = new Thread(this::run, "changecast-dispatch-" + number);
    }

    void start() {
        thread.start();
    }

    /** How many sessions it owns. Any thread. */
    int sessionCount() {
        return sessionCount;
    }

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
        if (parked) {
            LockSupport.unpark(thread);
        }
    }

    /** What it counts; see there which thread may do what. */
    DispatcherCounters counters() {
        return counters;
    }

    /** The transactions that this round tells of. Owner thread only. */
    Latencies latencies() {
        return latencies;
    }

    /** Something of this feed came, and is told when the round has been written to its end. Owner thread only. */
    void heard(DispatchedFeed feed) {
        heard.add(feed);
    }

    boolean isCurrentThread() {
        return Thread.currentThread() == thread;
    }

    @Override
    public void receive(FeedHub hub, List<FeedEvent> events) throws InterruptedException {
        while (!room.tryAcquire(1, TimeUnit.SECONDS)) {
            if (closed) {
                return;
            }
        }
        execute(() -> {
            room.release();
            feed(hub).apply(events);
        });
    }

    /** This thread's part of a feed. Owner thread only. */
    DispatchedFeed feed(FeedHub hub) {
        return feeds.computeIfAbsent(hub, key -> new DispatchedFeed(this, key));
    }

    /** Who of its sessions is told who is in a room, or (under no name) who is online. Owner thread only. */
    AddressIndex<RoomWatch> watches() {
        return watches;
    }

    /** Tells its sessions who came and went. Owner thread only. */
    void tell(List<RoomNews> all) {
        for (RoomNews news : all) {
            List<AddressIndex.Membership<RoomWatch>> present = watches.of(RoomWatch.address(news.room()));
            for (int i = 0; i < present.size(); i++) {
                present.get(i).member.tell(news);
            }
        }
    }

    /** Since something of this feed last came to this thread's sessions; null before the first time. Any thread. */
    @Nullable
    Duration silence(FeedHub hub) {
        DispatchedFeed feed = feeds.get(hub);
        return feed == null ? null : feed.silence();
    }

    void add(ClientSession session) {
        sessions.add(session);
        sessionCount = sessions.size();
    }

    void remove(ClientSession session) {
        sessions.remove(session);
        sessionCount = sessions.size();
    }

    /** The sessions it owns, copied. Owner thread only. */
    List<ClientSession> sessions() {
        return List.copyOf(sessions);
    }

    /** The session has something to write. Owner thread only. */
    void dirty(ClientSession session) {
        if (!session.dirty) {
            session.dirty = true;
            dirty.add(session);
        }
    }

    /** Runs this at that time of {@link System#nanoTime}, or soon after. Owner thread only. */
    void at(long time, Runnable task) {
        timers.add(new Timer(time, task));
    }

    private record Timer(long time, Runnable task) implements Comparable<Timer> {
        @Override
        public int compareTo(Timer other) {
            return Long.signum(time - other.time);
        }
    }

    /** A number for each slice handed out, so that sessions know a new one. */
    long nextSlice() {
        return ++slices;
    }

    private void run() {
        long nextTick = System.nanoTime() + TICK_NANOS;
        while (!closed) {
            boolean worked = false;
            for (int i = 0; i < ROUND_TASKS; i++) {
                Runnable task = tasks.poll();
                if (task == null) {
                    break;
                }
                worked = true;
                guarded(task);
            }
            long now = System.nanoTime();
            for (Timer due = timers.peek(); due != null && now - due.time >= 0; due = timers.peek()) {
                worked = true;
                guarded(timers.remove().task);
            }
            counters.round.set(now);
            flush();
            written();
            if (now - nextTick >= 0) {
                nextTick = now + TICK_NANOS;
                tick(now);
                flush();
            } else if (!worked) {
                Timer next = timers.peek();
                park(next == null ? nextTick - now : Math.min(nextTick - now, next.time - now));
            }
        }
    }

    /** The last in line is nobody's: what came has come as far as whatever was to be told of it. */
    private void written() {
        latencies.written();
        for (int i = 0; i < heard.size(); i++) {
            heard.get(i).written();
        }
        heard.clear();
    }

    private void tick(long now) {
        long all = 0;
        long longest = 0;
        for (ClientSession session : List.copyOf(sessions)) {
            guarded(() -> session.tick(now));
            long queue = session.waitingBytes();
            all += queue;
            longest = Math.max(longest, queue);
        }
        counters.queueBytes.set(all);
        counters.longestQueueBytes.set(longest);
    }

    private void flush() {
        for (int i = 0; i < dirty.size(); i++) {
            ClientSession session = dirty.get(i);
            session.dirty = false;
            try {
                session.flush();
            } catch (RuntimeException e) {
                failed(e);
            }
        }
        dirty.clear();
    }

    private void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            failed(e);
        }
    }

    private void failed(RuntimeException failure) {
        log.error("A task of {} failed", thread.getName(), failure);
    }

    private void park(long nanos) {
        parked = true;
        if (tasks.isEmpty() && !closed) {
            LockSupport.parkNanos(this, nanos);
        }
        parked = false;
    }

    /** Ends the thread; sessions are closed before. Idempotent. */
    @Override
    public void close() {
        closed = true;
        LockSupport.unpark(thread);
    }
}
