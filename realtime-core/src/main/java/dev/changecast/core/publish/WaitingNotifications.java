package dev.changecast.core.publish;

import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.StartPoint;
import dev.changecast.api.transport.Payload;
import dev.changecast.core.History;
import dev.changecast.core.Notifications;
import dev.changecast.core.Priority;
import dev.changecast.core.log.Chunk;
import dev.changecast.core.log.FeedLog;
import dev.changecast.core.log.Interest;
import dev.changecast.core.log.LogReader;
import dev.changecast.core.protocol.Offset;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notifications that no session of their user is known to have got. One waits from when it is published until a session of
 * that user has got it, whoever is connected meanwhile. Any thread, where nothing else is said.
 */
public final class WaitingNotifications implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(WaitingNotifications.class);

    /** The type of those that wait. */
    private static final String TYPE = "notification";

    private static final String USER = "user:";
    private static final String ROOM = "room:";

    /** So long a mark may be on its way to the disk: after a crash what it marks waits again. */
    private static final long FLUSH_MILLIS = 250;

    private static final int MARKS_TOGETHER = 1000;

    /** How often, in flushes, everything that waits is looked at. */
    private static final int FLUSHES_PER_SWEEP = 240;

    /** What waits for a user, as far as it was read: in order, with the number of the last one that was looked at. */
    public record Batch(List<Waiting> messages, long last, boolean more) {}

    /**
     * One that waits.
     *
     * @param room its place in the log where it is for a room, too, by which the session may get it again; null where not
     */
    public record Waiting(
            long number, Payload payload, @Nullable Position room) {}

    /** How many wait, and how many had to go before they could be delivered. */
    public record Summary(int count, int dropped) {}

    private final Notifications settings;
    private final FeedLog live;
    private final Clock clock;
    private final WaitingIndex index;
    private final WaitingStore store;
    private final ConcurrentLinkedQueue<WaitingStore.Mark> marks = new ConcurrentLinkedQueue<>();
    private volatile @Nullable Offset passed;
    private int flushes;
    private boolean closed;

    private WaitingNotifications(History history, Notifications settings, FeedLog live, Clock clock) {
        this.settings = settings;
        this.live = live;
        this.clock = clock;
        this.index = new WaitingIndex(settings.perUser(), settings.total());
        this.store = WaitingStore.open(history, settings.keep(), settings.bytes(), end(live));
    }

    /**
     * Opens what waits beside the log of published messages, and completes it from there.
     *
     * @param live the log of published messages, before anything is published
     * @throws dev.changecast.api.ChangecastException when the directory cannot be used
     */
    public static WaitingNotifications open(
            History history, Notifications settings, FeedLog live, Executor background) {
        WaitingNotifications waiting = open(history, settings, live, Clock.systemUTC());
        waiting.flushLater(background);
        return waiting;
    }

    /** Without a thread that flushes. */
    static WaitingNotifications open(History history, Notifications settings, FeedLog live, Clock clock) {
        WaitingNotifications waiting = new WaitingNotifications(history, settings, live, clock);
        try {
            waiting.recover();
        } catch (RuntimeException e) {
            waiting.store.close();
            throw e;
        }
        return waiting;
    }

    private static @Nullable Offset end(FeedLog live) {
        StartPoint end = live.end();
        return end == null ? null : new Offset(end.epoch(), end.checkpoint().position());
    }

    // ---- What there was

    private void recover() {
        long now = now();
        Offset end = end(live);
        List<WaitingStore.Mark> lost = new ArrayList<>();
        store.replay(new WaitingStore.Visitor() {
            @Override
            public void message(long number, WaitingStore.Stored message) {
                // What the log of published messages lost in a crash was published to nobody.
                boolean isLost = end != null
                        && message.offset().epoch().equals(end.epoch())
                        && message.offset().position().isAfter(end.position());
                if (isLost) {
                    users(message.row()).forEach(user -> lost.add(new WaitingStore.Mark(user, number)));
                } else {
                    index(number, message.row(), placeOf(message.offset()), message.at(), now);
                }
            }

            @Override
            public void delivered(String user, long number) {
                index.remove(user, number);
            }
        });
        if (end != null && !lost.isEmpty()) {
            // Once the log has grown past them again nothing would tell them from the others.
            store.markDurably(lost, end, clock.instant());
        }
        complete(now);
        sweep();
        if (index.size() > 0) {
            log.info("{} notifications wait for {} users", index.size(), index.users());
        }
    }

    /** A position of an earlier history is before all of this one. */
    private Position placeOf(Offset offset) {
        return offset.epoch().equals(live.epoch()) ? offset.position() : Position.ZERO;
    }

    /** Takes over what was published and did not get here before the server ended. */
    private void complete(long now) {
        StartPoint end = live.end();
        if (end == null) {
            return;
        }
        Offset known = store.known();
        Position from = known != null && known.epoch().equals(end.epoch()) ? known.position() : live.floor();
        LogReader reader = live.reader(from.isBefore(live.floor()) ? live.floor() : from);
        for (Chunk chunk = reader.next(Interest.ALL); chunk != null; chunk = reader.next(Interest.ALL)) {
            Chunk read = chunk;
            if (read.kind() == Chunk.Kind.CHANGES) {
                read.forEach((minor, relation, operation, row, before) -> add(
                        relation,
                        Objects.requireNonNull(row),
                        new Offset(end.epoch(), read.end()),
                        read.committedAt()));
            }
        }
        passed = end(live);
    }

    // ---- What comes

    /** Whether it is of the kind that waits. */
    static boolean isKind(Row message) {
        return TYPE.equals(message.text(MessageRow.TYPE));
    }

    /** A message is being published, before anybody can be sent it. For the thread that publishes. */
    void add(Relation relation, Row message, Offset offset, Instant at) {
        if (isKind(message) && hasUser(message)) {
            index(store.add(relation, message, offset, at), message, offset.position(), at, now());
        }
        // Last, as this is what the store says that it knows.
        passed = offset;
    }

    private static boolean hasUser(Row message) {
        return has(message, USER);
    }

    private static boolean hasRoom(Row message) {
        return has(message, ROOM);
    }

    private static boolean has(Row message, String kind) {
        String to = String.valueOf(message.text(MessageRow.TO));
        return to.startsWith(kind) || to.contains(MessageRow.BETWEEN_ADDRESSES + kind);
    }

    private static Stream<String> users(Row message) {
        return Stream.of(
                        String.valueOf(message.text(MessageRow.TO)).split(String.valueOf(MessageRow.BETWEEN_ADDRESSES)))
                .filter(to -> to.startsWith(USER))
                .map(to -> to.substring(USER.length()));
    }

    private void index(long number, Row message, Position position, Instant at, long now) {
        String ttl = MessageRow.text(message, MessageRow.TTL);
        long keep = settings.keep().toSeconds();
        long expires = at.getEpochSecond() + Math.max(1, ttl == null ? keep : Math.min(keep, Long.parseLong(ttl)));
        if (expires <= now) {
            return;
        }
        String priority = MessageRow.text(message, MessageRow.PRIORITY);
        Priority rank =
                priority == null ? Priority.NORMAL : Priority.of(priority).orElse(Priority.NORMAL);
        users(message).forEach(user -> index.add(user, number, position, expires, rank.ordinal(), now));
        int dropped = index.makeRoom();
        if (dropped > 0) {
            log.warn(
                    "{} notifications are dropped that waited for absent users: {} are the limit for all users together"
                            + " (notifications.total)",
                    dropped,
                    settings.total());
        }
    }

    /** Waits until the disk can take more; false when that did not come about in time. */
    boolean awaitRoom(Duration wait) throws InterruptedException {
        return store.awaitRoom(wait);
    }

    /** Why nothing can be written at present; null when it can. */
    public @Nullable String blockedBy() {
        return store.blockedBy();
    }

    // ---- What goes

    /** Whether something waits for a user. */
    public boolean has(String user) {
        return index.has(user, now());
    }

    /** How many wait for a user, of those up to this position. */
    public Summary summary(String user, Position until) {
        WaitingIndex.Waiting waiting = index.of(user, now());
        long count = waiting.entries().stream()
                .filter(entry -> !entry.position().isAfter(until))
                .count();
        return new Summary((int) count, waiting.dropped());
    }

    /**
     * Reads what waits for a user, in the order in which it was published. May read from disk.
     *
     * @param after the number of the last one that was read before; 0 for the first
     * @param until the place of the session: what is behind it comes by another way
     * @param bytes when to stop reading
     */
    public Batch read(String user, long after, Position until, int bytes) {
        List<Waiting> messages = new ArrayList<>();
        long last = after;
        int taken = 0;
        for (WaitingIndex.Entry entry : index.of(user, now()).entries()) {
            if (entry.number() <= after || entry.position().isAfter(until)) {
                continue;
            }
            if (taken >= bytes) {
                return new Batch(messages, last, true);
            }
            last = entry.number();
            WaitingStore.Stored stored = store.read(entry.number());
            if (stored != null) {
                Payload payload = payload(stored, USER + user);
                taken += payload.size();
                boolean here = stored.offset().epoch().equals(live.epoch());
                messages.add(
                        new Waiting(entry.number(), payload, here && hasRoom(stored.row()) ? entry.position() : null));
            }
        }
        return new Batch(messages, last, false);
    }

    private static Payload payload(WaitingStore.Stored stored, String address) {
        Publication publication = Publication.logged(
                stored.row(), stored.offset().position(), stored.offset().epoch(), stored.at());
        for (int i = 0; i < publication.addresses(); i++) {
            if (publication.address(i).equals(address)) {
                return publication.payload(i);
            }
        }
        throw new IllegalStateException("a message waits for " + address + " that is for others");
    }

    /** A session of the user has got what it read here. */
    public void delivered(String user, long number) {
        if (index.remove(user, number)) {
            marks.add(new WaitingStore.Mark(user, number));
        }
    }

    /** A session of the user has got what has this position in the log of published messages. */
    public void delivered(String user, Position position) {
        long number = index.remove(user, position);
        if (number >= 0) {
            marks.add(new WaitingStore.Mark(user, number));
        }
    }

    /** A session of the user was told that so many had to go. */
    public void told(String user, int dropped) {
        index.told(user, dropped);
    }

    /** How many wait for all users together. */
    int size() {
        return index.size();
    }

    // ---- Time

    private void flushLater(Executor background) {
        CompletableFuture.delayedExecutor(FLUSH_MILLIS, TimeUnit.MILLISECONDS, background)
                .execute(() -> {
                    if (flush()) {
                        flushLater(background);
                    }
                });
    }

    /** Writes the marks; whether there will be more. */
    synchronized boolean flush() {
        if (closed) {
            return false;
        }
        try {
            writeMarks();
            if (++flushes % FLUSHES_PER_SWEEP == 0) {
                sweep();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } catch (RuntimeException e) {
            log.error("The notifications that were delivered cannot be marked", e);
        }
        return true;
    }

    private void writeMarks() throws InterruptedException {
        Offset known = passed;
        while (!marks.isEmpty() && store.awaitRoom(Duration.ZERO)) {
            List<WaitingStore.Mark> together = new ArrayList<>();
            for (WaitingStore.Mark mark = marks.poll(); mark != null; mark = marks.poll()) {
                together.add(mark);
                if (together.size() == MARKS_TOGETHER) {
                    break;
                }
            }
            store.mark(together, known, clock.instant());
        }
    }

    /** Lets go what has expired, or has left the disk. */
    private void sweep() {
        index.removeExpired(now());
        int lost = index.removeNumbersUpTo(store.floor());
        if (lost > 0) {
            log.warn(
                    "{} notifications are dropped that waited for absent users: {} bytes are the limit for all users"
                            + " together (notifications.bytes)",
                    lost,
                    settings.bytes());
        }
        Offset known = passed;
        if (known != null) {
            store.know(known);
        }
    }

    private long now() {
        return clock.instant().getEpochSecond();
    }

    /** Writes the marks and closes the files. After it whatever is delivered waits again. Idempotent. */
    @Override
    public synchronized void close() {
        if (!closed) {
            flush();
            closed = true;
            Offset known = passed;
            if (known != null) {
                store.know(known);
            }
            store.close();
        }
    }
}
