package dev.changecast.core.session;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.ResetReason;
import dev.changecast.api.transport.ClientConnection;
import dev.changecast.api.transport.ConnectionListener;
import dev.changecast.api.transport.Payload;
import dev.changecast.core.Identity;
import dev.changecast.core.hub.FeedHub;
import dev.changecast.core.protocol.Command;
import dev.changecast.core.protocol.CommandException;
import dev.changecast.core.protocol.CommandParser;
import dev.changecast.core.protocol.Messages;
import dev.changecast.core.protocol.Offset;
import dev.changecast.core.view.View;
import dev.changecast.core.view.ViewBinding;
import dev.changecast.core.view.ViewResolver;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client: its identity, its subscriptions, its place in each feed, and what waits to be written to it. What the
 * transport tells is handed to the dispatcher that owns the session; everything else runs there.
 */
final class ClientSession implements ConnectionListener {
    private static final Logger log = LoggerFactory.getLogger(ClientSession.class);

    /** How many commands of one client may wait to be handled. */
    private static final int WAITING_COMMANDS = 256;

    /** How many messages that are no commands a client may send before it is sent away. */
    private static final int OFFENCES = 10;

    /** How many heartbeats a client may leave unanswered. */
    private static final int MISSED_HEARTBEATS = 3;

    /** After so many laps behind a moving head the last one is run by the thread that moves the head. */
    private static final int LAPS_BESIDE = 3;

    /** How many snapshots of one subscription the log may overtake before the client is told to try later. */
    private static final int SNAPSHOTS_IN_VAIN = 3;

    /** How long what waits may take to be written before the connection is closed all the same. */
    private static final long FAREWELL_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final String name;
    private final Identity identity;
    private final ClientConnection connection;
    private final Dispatcher dispatcher;
    private final SessionContext context;
    private final Outbox outbox;
    private final AtomicInteger waitingCommands = new AtomicInteger();
    private final Map<String, Subscription> subscriptions = new LinkedHashMap<>();
    private final Map<FeedHub, FeedCursor> cursors = new HashMap<>();
    private final long heartbeatNanos;
    private volatile long heard = System.nanoTime();
    private long nextHeartbeat;
    private int offences;

    /** How many messages wait for others since the last flush, and how often that began. */
    private int held;

    private long flushes;
    private boolean closed;
    private @Nullable Farewell farewell;

    /** How the connection will be closed when what waits has been written, or at the deadline. */
    private record Farewell(int code, String reason, long deadline) {}

    /** Whether it is in its dispatcher's list of sessions to flush. */
    boolean dirty;

    ClientSession(
            String name,
            Identity identity,
            ClientConnection connection,
            Dispatcher dispatcher,
            SessionContext context) {
        this.name = name;
        this.identity = identity;
        this.connection = connection;
        this.dispatcher = dispatcher;
        this.context = context;
        this.outbox = new Outbox(connection, dispatcher, context.limits().queueBytes(), this::written);
        this.heartbeatNanos = TimeUnit.MILLISECONDS.toNanos(context.limits().heartbeatMillis());
        this.nextHeartbeat = System.nanoTime() + heartbeatNanos;
    }

    String name() {
        return name;
    }

    Dispatcher dispatcher() {
        return dispatcher;
    }

    // ---- From the transport, on any thread

    @Override
    public void onMessage(String json) {
        heard = System.nanoTime();
        if (waitingCommands.incrementAndGet() > WAITING_COMMANDS) {
            dispatcher.execute(() -> close(4429, "more than " + WAITING_COMMANDS + " commands are waiting"));
            return;
        }
        try {
            Command command = CommandParser.parse(json);
            dispatcher.execute(() -> {
                waitingCommands.decrementAndGet();
                handle(command);
            });
        } catch (CommandException e) {
            dispatcher.execute(() -> {
                waitingCommands.decrementAndGet();
                offence(e.id(), e.problem());
            });
        }
    }

    @Override
    public void onBadMessage(String what) {
        dispatcher.execute(() -> offence(null, new ChangecastException(ErrorCode.BAD_MESSAGE, what)));
    }

    @Override
    public void onAlive() {
        heard = System.nanoTime();
    }

    @Override
    public void onClosed() {
        dispatcher.execute(this::end);
    }

    // ---- Commands

    /** Greets the client; the first thing that happens to a session. */
    void begin() {
        Map<String, Messages.SourceState> sources = new TreeMap<>();
        for (FeedHub hub : context.hubs()) {
            DispatchedFeed feed = dispatcher.feed(hub);
            String offset = feed.epoch() == null ? null : feed.offset(feed.committed());
            sources.put(hub.source(), new Messages.SourceState(context.stateOf(hub), offset));
        }
        push(Messages.welcome(
                name, identity.user(), identity.roles(), context.limits().heartbeatMillis(), sources));
    }

    private void handle(Command command) {
        if (closed || farewell != null) {
            return;
        }
        if (command instanceof Command.Subscribe subscribe) {
            answered("subscribe", command, () -> subscribe(subscribe, true));
        } else if (command instanceof Command.Unsubscribe unsubscribe) {
            answered("unsubscribe", command, () -> unsubscribe(unsubscribe));
        } else if (command instanceof Command.Ping) {
            push(Messages.pong(command.id()));
        } else if (command instanceof Command.Authenticate) {
            push(Messages.error(
                    command.id(),
                    ErrorCode.UNSUPPORTED,
                    "authenticate",
                    "this server identifies clients by their handshake; it takes no token afterwards"));
        } else if (command instanceof Command.Unsupported unsupported) {
            push(Messages.error(
                    command.id(),
                    ErrorCode.UNSUPPORTED,
                    unsupported.type(),
                    "this server does not offer '" + unsupported.type() + "'"));
        }
    }

    private void answered(String type, Command command, Runnable action) {
        try {
            action.run();
        } catch (ChangecastException e) {
            push(Messages.error(command.id(), e.code(), type, e.getMessage()));
        } catch (RuntimeException e) {
            log.error("Session {}: {} failed", name, type, e);
            push(Messages.error(command.id(), ErrorCode.INTERNAL, type, "the server failed; it has logged why"));
        }
    }

    private void offence(@Nullable String id, ChangecastException problem) {
        if (closed || farewell != null) {
            return;
        }
        String context = problem.code() == ErrorCode.UNKNOWN_TYPE ? "type" : "message";
        push(Messages.error(id, problem.code(), context, problem.getMessage()));
        if (problem.code() == ErrorCode.BAD_MESSAGE && ++offences >= OFFENCES) {
            close(4400, offences + " messages were no commands");
        }
    }

    private void subscribe(Command.Subscribe command, boolean mayLookAgain) {
        if (closed || farewell != null) {
            return;
        }
        Optional<ViewBinding> found = context.views().resolve(command, identity);
        if (found.isEmpty()) {
            if (!mayLookAgain) {
                throw unknown(command.collection());
            }
            // The relation may be younger than what the sources told.
            context.lookAgain(() ->
                    dispatcher.execute(() -> answered("subscribe", command, () -> subscribe(command, false))));
            return;
        }
        ViewBinding binding = found.get();
        if (command.conflate() && binding.relation().key().isEmpty()) {
            throw new ChangecastException(
                    ErrorCode.UNSUPPORTED,
                    "'" + command.collection() + "' has no key, so there is no latest state of one to keep");
        }
        View view = binding.view();
        FeedHub hub = context.hub(view.source());
        DispatchedFeed feed = dispatcher.feed(hub);
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
        push(Messages.subscribed(
                command.id(),
                view.channel(),
                view.exposure().collection(),
                binding.visibleKey(),
                binding.visibleColumns()));
        if (present != null) {
            if (present.isReady()) {
                push(Messages.ready(view.channel(), offsets(present.cursor())));
            }
            return;
        }
        ResetReason reason = since == null ? null : whyNot(command, view, feed, since);
        if (reason != null) {
            push(Messages.reset(
                    command.channel() == null ? view.channel() : command.channel(),
                    reason,
                    Map.of(view.source(), feed.offset(feed.committed()))));
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
        FeedCursor cursor = cursors.computeIfAbsent(feed.hub(), hub -> new FeedCursor(this, feed));
        Subscription subscription = new Subscription(this, command, binding, cursor, from, snapshotsBefore);
        subscriptions.put(binding.view().channel(), subscription);
        subscription.advance();
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
            return ResetReason.ACCESS_CHANGED;
        }
        if (!since.epoch().equals(feed.epoch())) {
            return context.isOfEarlierRun(since.epoch(), feed.epoch())
                    ? ResetReason.RESTARTED
                    : ResetReason.EPOCH_CHANGED;
        }
        return since.position().isBefore(feed.hub().log().floor()) ? ResetReason.WINDOW_PASSED : null;
    }

    private void unsubscribe(Command.Unsubscribe command) {
        Subscription subscription = subscriptions.remove(command.channel());
        if (subscription == null) {
            throw new ChangecastException(
                    ErrorCode.NOT_SUBSCRIBED, "this session has no subscription with that channel");
        }
        subscription.close();
        push(Messages.unsubscribed(command.id(), command.channel()));
    }

    // ---- From the feeds

    /** What the client has of this subscription is void; it is told, and the subscription starts anew. */
    void restart(Subscription subscription, ResetReason reason) {
        View old = subscription.view();
        DispatchedFeed feed = subscription.cursor().feed();
        subscription.close();
        subscriptions.remove(old.channel(), subscription);
        push(Messages.reset(old.channel(), reason, Map.of(old.source(), feed.offset(feed.committed()))));
        Command.Subscribe command = subscription.command();
        answered("subscribe", command, () -> {
            ViewBinding binding =
                    context.views().resolve(command, identity).orElseThrow(() -> unknown(command.collection()));
            if (reason == ResetReason.SCHEMA_CHANGED) {
                push(Messages.subscribed(
                        null,
                        binding.view().channel(),
                        binding.view().exposure().collection(),
                        binding.visibleKey(),
                        binding.visibleColumns()));
            }
            int snapshots = reason == ResetReason.WINDOW_PASSED ? subscription.snapshots() : 0;
            if (snapshots >= SNAPSHOTS_IN_VAIN) {
                throw new ChangecastException(
                        ErrorCode.BUSY,
                        "the log moved past " + snapshots + " snapshots before their rows were taken; try again, or"
                                + " filter more narrowly");
            }
            add(command, binding, feed, null, snapshots);
        });
    }

    /** A subscription that is not ready cannot become so. */
    void failed(Subscription subscription, ChangecastException why) {
        subscription.close();
        subscriptions.remove(subscription.view().channel(), subscription);
        push(Messages.error(subscription.command().id(), why.code(), "subscribe", why.getMessage()));
    }

    /** Begins a snapshot for a subscription. */
    HandOver handOver(Subscription subscription) {
        return context.handOver(subscription);
    }

    void push(Payload message) {
        if (!closed && farewell == null) {
            outbox.add(message);
            dispatcher.dirty(this);
        }
    }

    /**
     * Adds a message that may wait for others: it goes out when so many wait, after the delay, or with the next message
     * that may not wait. The order of messages stays as it is, and so transactions stay whole.
     */
    void push(Payload message, Command.Batch batch) {
        if (!closed && farewell == null) {
            outbox.add(message);
            if (++held >= batch.max()) {
                dispatcher.dirty(this);
            } else if (held == 1) {
                long flush = ++flushes;
                dispatcher.at(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(batch.delayMillis()), () -> {
                    if (flush == flushes && held > 0) {
                        dispatcher.dirty(this);
                    }
                });
            }
        }
    }

    /** Adds a commit mark; it waits when what it ends does. */
    void pushMark(Payload mark) {
        if (held > 0) {
            outbox.add(mark);
        } else {
            push(mark);
        }
    }

    boolean isFull() {
        return outbox.isFull();
    }

    /** Whether nothing waits to be written. */
    boolean isIdle() {
        return outbox.isIdle();
    }

    /** Whether some ready subscription of this feed wants only the latest state. */
    boolean conflates(FeedCursor cursor) {
        for (Subscription subscription : subscriptions.values()) {
            if (subscription.cursor() == cursor && subscription.conflates()) {
                return true;
            }
        }
        return false;
    }

    boolean hasRoom() {
        return outbox.hasRoom();
    }

    void fellBehind(FeedCursor cursor) {
        log.debug(
                "Session {} reads {} from the log: {} bytes wait",
                name,
                cursor.feed().hub().source(),
                outbox.waitingBytes());
    }

    void caughtUp(FeedCursor cursor) {
        log.debug(
                "Session {} is at the head of {} again",
                name,
                cursor.feed().hub().source());
        onRoom();
    }

    void tooSlow(String why) {
        close(4508, "too slow: " + why);
    }

    /** The ready subscriptions that share a cursor. */
    List<Subscription> readySubscriptions(FeedCursor cursor) {
        List<Subscription> ready = new ArrayList<>();
        for (Subscription subscription : subscriptions.values()) {
            if (subscription.cursor() == cursor && subscription.isReady()) {
                ready.add(subscription);
            }
        }
        return ready;
    }

    /**
     * Reads a part of the log, beside the dispatcher; after some laps on it, or a head that moves all the time would
     * never be reached.
     */
    void read(LogPart part, int lap, Consumer<LogPart.Result> then) {
        if (lap > LAPS_BESIDE) {
            then.accept(part.read());
            return;
        }
        context.readers().execute(() -> {
            LogPart.Result result = part.read();
            dispatcher.execute(() -> {
                if (!closed && farewell == null) {
                    then.accept(result);
                }
            });
        });
    }

    // ---- Time and writing

    private void written() {
        dispatcher.dirty(this);
        onRoom();
    }

    private void onRoom() {
        if (farewell != null && outbox.isIdle()) {
            sayFarewell(farewell);
        } else if (!closed && farewell == null) {
            List.copyOf(cursors.values()).forEach(FeedCursor::advance);
            List.copyOf(subscriptions.values()).forEach(Subscription::advance);
        }
    }

    void flush() {
        held = 0;
        outbox.flush();
        if (outbox.isIdle()) {
            onRoom();
        }
    }

    void tick(long now) {
        if (farewell != null && now - farewell.deadline >= 0) {
            sayFarewell(farewell);
        }
        if (closed || farewell != null || now - nextHeartbeat < 0) {
            return;
        }
        nextHeartbeat = now + heartbeatNanos;
        if (now - heard > heartbeatNanos * MISSED_HEARTBEATS) {
            log.debug("Session {} has given no sign for {} heartbeats", name, MISSED_HEARTBEATS);
            end();
            connection.abort();
            return;
        }
        connection.ping();
        Map<String, String> offsets = new TreeMap<>();
        cursors.values().forEach(cursor -> {
            if (!readySubscriptions(cursor).isEmpty()) {
                offsets.putAll(offsets(cursor));
            }
        });
        push(Messages.heartbeat(offsets));
    }

    private static Map<String, String> offsets(FeedCursor cursor) {
        DispatchedFeed feed = cursor.feed();
        return Map.of(feed.hub().source(), feed.offset(cursor.committed()));
    }

    /** Ends the session and closes its connection after what waits was written, or has waited too long. */
    void close(int code, String reason) {
        if (!closed && farewell == null) {
            release();
            farewell = new Farewell(code, reason, System.nanoTime() + FAREWELL_NANOS);
            dispatcher.dirty(this);
        }
    }

    private void sayFarewell(Farewell last) {
        if (!closed) {
            connection.close(last.code, last.reason);
            end();
        }
    }

    /** Tells the client that the server is going. */
    void drain(int reconnectInMillis) {
        push(Messages.goingAway(reconnectInMillis));
        close(4501, "draining");
    }

    private void release() {
        subscriptions.values().forEach(Subscription::close);
        subscriptions.clear();
        cursors.values().forEach(FeedCursor::close);
        cursors.clear();
    }

    private void end() {
        if (!closed) {
            closed = true;
            release();
            outbox.discard();
            dispatcher.remove(this);
            context.ended(this);
        }
    }
}
