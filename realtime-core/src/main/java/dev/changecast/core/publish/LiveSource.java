package dev.changecast.core.publish;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.CheckResult;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Replay;
import dev.changecast.api.source.StartPoint;
import dev.changecast.core.Message;
import dev.changecast.core.Receipt;
import dev.changecast.core.log.Chunk;
import dev.changecast.core.log.FeedLog;
import dev.changecast.core.log.Interest;
import dev.changecast.core.log.LogReader;
import dev.changecast.core.protocol.Offset;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The source of published messages: gives each a position, (milliseconds, sequence), that is above all before it whatever
 * the clock does, and makes it a transaction of its own. Messages that come while the log forces others to disk go there
 * together, at the next time; who published them is told then.
 */
public final class LiveSource implements ChangeSource {
    /** The name of the source, which no other may have. */
    public static final String NAME = "live";

    /** How all epochs of a log in memory begin: the runner adds the mark of the run. */
    private static final String IN_MEMORY = "live";

    private static final Duration WAIT = Duration.ofMillis(250);

    /** A request whose messages are in the log and not yet durable. */
    private record Waiting(Position until, PublishQueue.Request request, List<Receipt> receipts) {}

    private final boolean inMemory;
    private final Clock clock;
    private final LongSupplier nanoTime;
    private final Executor completions;
    private final Unlogged unlogged;
    private final PublishQueue queue = new PublishQueue();
    private final RecentIds recentIds = new RecentIds();
    private @Nullable FeedLog log;
    private @Nullable WaitingNotifications waitingNotifications;
    private boolean remembers;

    /** The checkpoint of the last message in the log; only the running thread changes it. */
    private Position logged = Position.ZERO;

    /** The last position given to anything. */
    private Position last = Position.ZERO;

    // Guarded by waiting.
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private Position durable = Position.ZERO;

    /**
     * @param inMemory whether the log ends with the process
     * @param unlogged takes what is not to be logged
     * @param completions runs what waits for a message to be durable
     */
    public LiveSource(boolean inMemory, Unlogged unlogged, Executor completions) {
        this(inMemory, unlogged, completions, Clock.systemUTC(), System::nanoTime);
    }

    /** @param nanoTime by which ids are forgotten: a clock that nobody can set */
    LiveSource(boolean inMemory, Unlogged unlogged, Executor completions, Clock clock, LongSupplier nanoTime) {
        this.inMemory = inMemory;
        this.unlogged = unlogged;
        this.completions = completions;
        this.clock = clock;
        this.nanoTime = nanoTime;
    }

    /** Names the log that this source is captured into; once, before it runs. */
    public void attach(FeedLog log) {
        this.log = log;
    }

    /** Says where notifications wait for who is not there; once, before it runs. Without it none do. */
    public void keepWaiting(WaitingNotifications notifications) {
        this.waitingNotifications = notifications;
    }

    /**
     * Publishes messages, in this order and with nothing between them that anybody else publishes. Any thread.
     *
     * @return completes on a thread of the engine when all are durable. Fails with {@link ErrorCode#BUSY} when they
     *     cannot be taken; then none was published
     */
    public CompletableFuture<List<Receipt>> publish(List<Message> messages) {
        PublishQueue.Request request = new PublishQueue.Request(List.copyOf(messages));
        try {
            if (unlogged.isFull() && messages.stream().anyMatch(Message::ephemeral)) {
                throw new ChangecastException(
                        ErrorCode.BUSY, "too many messages wait for the disk; publish again in a moment");
            }
            queue.add(request);
        } catch (ChangecastException e) {
            request.done().completeExceptionally(e);
        }
        return request.done();
    }

    // ---- The source

    @Override
    public Replay replay() {
        return Replay.NONE;
    }

    @Override
    public void run(@Nullable StartPoint start, ChangeSink sink) throws InterruptedException {
        if (start == null) {
            logged = new Position(clock.millis(), 1);
            sink.opened(inMemory ? IN_MEMORY : newEpoch(), Checkpoint.at(logged));
        } else {
            logged = start.checkpoint().position();
            sink.opened(start.epoch(), start.checkpoint());
        }
        last = logged.isAfter(last) ? logged : last;
        String epoch = attached().epoch();
        if (!remembers) {
            synchronized (waiting) {
                // What is there at the beginning was found on the disk.
                durable = logged;
            }
            rememberIds();
            remembers = true;
        }
        for (PublishQueue.Request request = queue.take(); request != null; request = queue.take()) {
            try {
                while (!sink.awaitRoom(WAIT) || !waitingHaveRoom()) {
                    if (queue.isClosed()) {
                        throw new ChangecastException(
                                ErrorCode.BUSY, "the server is going, and its disk takes nothing");
                    }
                }
                publish(request, epoch, sink);
            } catch (Throwable e) {
                request.done().completeExceptionally(e);
                throw e;
            }
        }
    }

    private void publish(PublishQueue.Request request, String epoch, ChangeSink sink) {
        List<Receipt> receipts = new ArrayList<>(request.messages().size());
        Position until = Position.ZERO;
        for (Message message : request.messages()) {
            RecentIds.Known known = message.id() == null ? null : recentIds.find(message.id(), nanoTime.getAsLong());
            Position position;
            if (known != null) {
                position = known.position();
            } else {
                position = later(last);
                last = position;
                publish(message, position, epoch, sink);
                position = message.ephemeral() ? null : position;
                if (message.id() != null) {
                    recentIds.add(message.id(), position, nanoTime.getAsLong());
                }
            }
            until = position != null && position.isAfter(until) ? position : until;
            receipts.add(new Receipt(position == null ? null : new Offset(epoch, position).toString(), known != null));
        }
        answer(new Waiting(until, request, receipts));
    }

    private void publish(Message message, Position position, String epoch, ChangeSink sink) {
        Instant now = clock.instant();
        if (message.ephemeral()) {
            unlogged.add(logged, Publication.ephemeral(message, position, now), PublishQueue.bytes(message));
            return;
        }
        MessageRow row = new MessageRow(message);
        if (waitingNotifications != null) {
            // First there, so that whoever connects when it has been told here finds it.
            waitingNotifications.add(MessageRow.RELATION, row, new Offset(epoch, position), now);
        }
        // The change takes the place before the one that clients know it by, as everywhere.
        long minor = position.minor() - 1;
        sink.begin(null, new Position(position.major(), minor), now);
        sink.change(minor, MessageRow.RELATION, Operation.INSERT, row, null);
        sink.commit(Checkpoint.at(position));
        logged = position;
    }

    private boolean waitingHaveRoom() throws InterruptedException {
        return waitingNotifications == null || waitingNotifications.awaitRoom(WAIT);
    }

    /** The next position: of this millisecond, or of the last one given when the clock is behind that. */
    private Position later(Position than) {
        long now = clock.millis();
        return now > than.major() ? new Position(now, 3) : new Position(than.major(), (than.minor() + 2) | 1);
    }

    private static String newEpoch() {
        return "l" + Long.toString(new SecureRandom().nextLong() >>> 1, Character.MAX_RADIX);
    }

    /** Reads from the log which ids were published lately: repeating one is harmless over a restart, too. */
    private void rememberIds() {
        FeedLog own = attached();
        long now = clock.millis();
        long back = RecentIds.REMEMBERED.toMillis();
        Position since = new Position(Math.max(0, now - back), 0);
        LogReader reader = own.reader(since.isBefore(own.floor()) ? own.floor() : since);
        long nanos = nanoTime.getAsLong();
        for (Chunk chunk = reader.next(Interest.ALL); chunk != null; chunk = reader.next(Interest.ALL)) {
            if (chunk.kind() == Chunk.Kind.CHANGES) {
                Position position = chunk.end();
                long age = Math.min(back, Math.max(0, now - position.major()));
                chunk.forEach((minor, relation, operation, after, before) -> {
                    String id = Objects.requireNonNull(after).text(MessageRow.ID);
                    if (id != null) {
                        recentIds.add(
                                id, position, nanos - Duration.ofMillis(age).toNanos());
                    }
                });
            }
        }
    }

    private FeedLog attached() {
        return Objects.requireNonNull(log, "no log is attached");
    }

    // ---- The answers

    private void answer(Waiting last) {
        synchronized (waiting) {
            if (last.until.isAfter(durable)) {
                waiting.add(last);
                return;
            }
        }
        completions.execute(() -> last.request.done().complete(last.receipts));
    }

    @Override
    public void acknowledge(Checkpoint checkpoint) {
        List<Waiting> done = new ArrayList<>();
        synchronized (waiting) {
            durable = checkpoint.position();
            for (Waiting first = waiting.peek();
                    first != null && !first.until.isAfter(durable);
                    first = waiting.peek()) {
                done.add(waiting.remove());
            }
        }
        if (!done.isEmpty()) {
            completions.execute(() -> done.forEach(each -> each.request.done().complete(each.receipts)));
        }
    }

    @Override
    public CheckResult check() {
        return CheckResult.OK;
    }

    /** None: published messages are no collection that anybody could subscribe to. */
    @Override
    public List<Relation> relations() {
        return List.of();
    }

    @Override
    public void close() {
        queue.close().forEach(request -> request.done().completeExceptionally(going()));
    }

    /** The log is closed: tells those who still wait that it does not know what became of their messages. */
    public void ended() {
        synchronized (waiting) {
            waiting.forEach(each -> each.request.done().completeExceptionally(going()));
            waiting.clear();
        }
    }

    private static ChangecastException going() {
        return new ChangecastException(
                ErrorCode.BUSY, "the server is going; publish again, with an id so that nobody gets it twice");
    }
}
