package dev.changecast.core.session;

import static java.util.Objects.requireNonNull;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.ResetReason;
import dev.changecast.api.transport.ClientConnection;
import dev.changecast.api.transport.ConnectionListener;
import dev.changecast.api.transport.Payload;
import dev.changecast.core.Authentication;
import dev.changecast.core.Identity;
import dev.changecast.core.OpenSession;
import dev.changecast.core.Revocation;
import dev.changecast.core.hub.FeedHub;
import dev.changecast.core.protocol.Command;
import dev.changecast.core.protocol.Messages;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * One client: its identity, its subscriptions, its place in each feed, and what waits to be written to it. What the
 * transport tells is handed to the dispatcher that owns the session; everything else runs there.
 */
final class ClientSession implements ConnectionListener {
    private static final Logger log = LoggerFactory.getLogger(ClientSession.class);

    /** How many heartbeats a client may leave unanswered. */
    private static final int MISSED_HEARTBEATS = 3;

    /** After so many laps behind a moving head the last one is run by the thread that moves the head. */
    private static final int LAPS_BESIDE = 3;

    /** A lap that is read on the dispatcher, so that the head stands still meanwhile. */
    static final int LAST_LAP = LAPS_BESIDE + 1;

    /** How long what waits may take to be written before the connection is closed all the same. */
    private static final long FAREWELL_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final String name;
    private final Origin origin;
    private final SessionIdentity who;
    private final ClientConnection connection;
    private final Dispatcher dispatcher;
    private final SessionContext context;
    private final Confirmations confirmations;
    private final Outbox outbox;
    private final CommandIntake intake;
    private final Subscriptions subscriptions;
    private final SessionRooms rooms;
    private final @Nullable String since;
    private @Nullable Inbox inbox;
    private final long heartbeatNanos;
    private final TransportCounters counters;

    /** How many of its cursors are behind. */
    private int behind;

    private volatile boolean heard = true;
    private int unanswered;
    private long nextHeartbeat;

    /** Those that wait for others; null before the first. */
    private @Nullable Held held;

    private boolean closed;
    private @Nullable Farewell farewell;

    /** Where a session comes from, for operators. */
    record Origin(String transport, String address, Instant openedAt) {}

    /** How the connection will be closed when what waits has been written, or at the deadline. */
    private record Farewell(int code, String reason, long deadline) {}

    /** Whether it is in its dispatcher's list of sessions to flush. */
    boolean dirty;

    /**
     * @param accepted who it is, as the handshake tells it; null when a token is to come as a message
     * @param since where its inbox goes on, as the handshake says it; null when it says nothing
     */
    ClientSession(
            String name,
            Origin origin,
            Authentication.@Nullable Accepted accepted,
            ClientConnection connection,
            Dispatcher dispatcher,
            SessionContext context,
            @Nullable String since) {
        this.name = name;
        this.origin = origin;
        this.connection = connection;
        this.dispatcher = dispatcher;
        this.context = context;
        this.confirmations = new Confirmations(connection, dispatcher);
        this.outbox = new Outbox(
                connection,
                dispatcher,
                context.limits().queueBytes(),
                this::written,
                confirmations,
                dispatcher.counters().sent(origin.transport));
        this.counters = context.counters().transport(origin.transport);
        this.who = new SessionIdentity(this, context, accepted);
        this.subscriptions = new Subscriptions(this, who.identity(), context);
        this.rooms = new SessionRooms(this, who, context);
        this.since = since;
        this.heartbeatNanos = TimeUnit.MILLISECONDS.toNanos(context.limits().heartbeatMillis());
        this.nextHeartbeat = System.nanoTime() + heartbeatNanos;
        this.intake = new CommandIntake(this, who, context);
    }

    String name() {
        return name;
    }

    Dispatcher dispatcher() {
        return dispatcher;
    }

    Subscriptions subscriptions() {
        return subscriptions;
    }

    SessionRooms rooms() {
        return rooms;
    }

    /** What is published for it; there once it has been welcomed. */
    Inbox inbox() {
        return requireNonNull(inbox);
    }

    /** What operators are told of it. Any thread. */
    OpenSession described() {
        Identity identity = who.identity();
        return new OpenSession(
                name,
                identity.user(),
                identity.roles(),
                who.isKnown(),
                origin.transport,
                origin.address,
                origin.openedAt,
                who.expiresAt());
    }

    /** How it is doing; for its dispatcher alone. */
    SessionReport report() {
        return new SessionReport(this, who, outbox, subscriptions, inbox, rooms);
    }

    /** Whether it takes no commands and no messages any more. */
    boolean isOver() {
        return closed || farewell != null;
    }

    // ---- From the transport, on any thread

    @Override
    public void onMessage(String json) {
        heard = true;
        counters.received(json.length());
        intake.message(json);
    }

    @Override
    public void onBadMessage(String what) {
        intake.bad(what);
    }

    @Override
    public void onAlive() {
        heard = true;
    }

    @Override
    public void onClosed() {
        dispatcher.execute(this::end);
    }

    // ---- Commands

    /** Greets the client if it is known; the first thing that happens to a session. */
    void begin() {
        who.begin();
    }

    /**
     * Tells the client who it is.
     *
     * @param id of the command that this answers; null when the handshake told
     * @param sinceNow where its inbox goes on, if this is its first welcome and the handshake does not say
     */
    void welcome(@Nullable String id, @Nullable Instant expiresAt, @Nullable String sinceNow) {
        boolean first = inbox == null;
        Identity identity = who.identity();
        Inbox own = first ? new Inbox(this, identity, context, sinceNow == null ? since : sinceNow) : inbox;
        inbox = own;
        if (first) {
            subscriptions.openInboxes(own.since());
        }
        Map<String, Messages.SourceState> sources = new TreeMap<>();
        for (FeedHub hub : context.hubs()) {
            String offset = hub == context.messages() ? own.place() : subscriptions.place(hub);
            sources.put(hub.source(), new Messages.SourceState(context.stateOf(hub), offset));
        }
        push(Messages.welcome(
                id, name, identity.user(), identity.roles(), context.limits().heartbeatMillis(), expiresAt, sources));
        if (first) {
            own.begin();
            subscriptions.beginInboxes();
        }
        rooms.welcomed(identity);
    }

    /**
     * Goes on under another identity.
     *
     * @param sinceNow where the inbox begins anew, for somebody who was anonymous before; null to go on
     */
    void accessChanged(Identity identity, @Nullable String sinceNow) {
        rooms.accessChanged(identity);
        if (inbox != null && sinceNow != null) {
            inbox.close();
            inbox = null;
        } else if (inbox != null) {
            inbox.accessChanged(identity);
        }
        subscriptions.accessChanged(identity);
    }

    void handle(Command command) {
        if (isOver() || who.holdsBack(command)) {
            return;
        }
        if (command instanceof Command.Subscribe subscribe) {
            answered("subscribe", command, () -> subscriptions.subscribe(subscribe));
        } else if (command instanceof Command.Unsubscribe unsubscribe) {
            answered("unsubscribe", command, () -> subscriptions.unsubscribe(unsubscribe));
        } else if (command instanceof Command.Ping) {
            push(Messages.pong(command.id()));
        } else if (command instanceof Command.Social social) {
            answered(social.type(), command, () -> rooms.handle(social));
        }
    }

    /** Does what a command asks for, and tells the client when that fails. */
    void answered(String type, Command command, Runnable action) {
        try {
            action.run();
        } catch (ChangecastException e) {
            refuse(command.id(), e.code(), type, e.getMessage());
        } catch (RuntimeException e) {
            about(log.atError()).setCause(e).log("Session {}: {} failed", name, type);
            refuse(command.id(), ErrorCode.INTERNAL, type, "the server failed; it has logged why");
        }
    }

    // ---- What it is sent

    /**
     * Tells the client what it cannot have.
     *
     * @param id of the command; null when there is none
     * @param context what it was about
     */
    void refuse(@Nullable String id, ErrorCode code, String context, String why) {
        if (!isOver()) {
            this.context.refusals().error(code);
            push(Messages.error(id, code, context, why));
        }
    }

    void push(Payload message) {
        if (!isOver()) {
            outbox.add(message);
            dispatcher.dirty(this);
        }
    }

    /** @param whenReceived run by the dispatcher when the client has got the message; never when that is not known */
    void push(Payload message, Runnable whenReceived) {
        if (!isOver()) {
            outbox.add(message, whenReceived);
            dispatcher.dirty(this);
        }
    }

    /**
     * Adds a message that may wait for others: it goes out when so many wait, after the delay, with the next message that
     * may not wait, or behind what is just being written. The order of messages stays as it is, and so transactions stay
     * whole.
     */
    void push(Payload message, Command.Batch batch) {
        if (!isOver()) {
            outbox.add(message);
            Held waiting = held == null ? new Held(dispatcher, () -> dispatcher.dirty(this)) : held;
            held = waiting;
            waiting.add(batch);
        }
    }

    /** Adds a commit mark; it waits when what it ends does. */
    void pushMark(Payload mark) {
        if (held != null && !held.isEmpty()) {
            outbox.add(mark);
        } else {
            push(mark);
        }
    }

    boolean isFull() {
        return outbox.isFull();
    }

    /** With its name as a value of its own, by which the lines about one session can be found. */
    private LoggingEventBuilder about(LoggingEventBuilder line) {
        return line.addKeyValue("session", name);
    }

    /** How many bytes wait to be written. */
    long waitingBytes() {
        return outbox.waitingBytes();
    }

    /** Tells the client that what it has of a channel is void. */
    void reset(String channel, ResetReason reason, Map<String, String> offsets) {
        if (!isOver()) {
            context.counters().resets.add(reason);
            push(Messages.reset(channel, reason, offsets));
        }
    }

    /** A subscription was so long in becoming ready. */
    void readyAfter(long nanos) {
        context.counters().readyTime.add(nanos);
    }

    /** A cursor of it is behind now, or is not any more. */
    void behind(boolean now) {
        int before = behind;
        behind += now ? 1 : -1;
        if (before == 0 || behind == 0) {
            dispatcher.counters().behind.add(now ? 1 : -1);
        }
    }

    /** Whether nothing waits to be written. */
    boolean isIdle() {
        return outbox.isIdle();
    }

    boolean hasRoom() {
        return outbox.hasRoom();
    }

    void fellBehind(FeedCursor cursor) {
        dispatcher.counters().fellBehind.add(1);
        about(log.atDebug())
                .log(
                        "Session {} reads {} from the log: {} bytes wait",
                        name,
                        cursor.feed().hub().source(),
                        outbox.waitingBytes());
    }

    void caughtUp(FeedCursor cursor) {
        about(log.atDebug())
                .log(
                        "Session {} is at the head of {} again",
                        name,
                        cursor.feed().hub().source());
        onRoom();
    }

    void tooSlow(String why) {
        close(4508, "too slow: " + why);
    }

    /**
     * Reads a part of the log, beside the dispatcher; after some laps on it, or a head that moves all the time would
     * never be reached.
     */
    void read(CatchUp part, int lap, Consumer<LogPart.Result> then) {
        if (lap > LAPS_BESIDE) {
            then.accept(part.read());
            return;
        }
        context.readers().execute(() -> {
            try {
                LogPart.Result result = part.read();
                dispatcher.execute(() -> {
                    if (!isOver()) {
                        then.accept(result);
                    }
                });
            } catch (RuntimeException e) {
                // Without this the session would wait for the part for ever, in silence.
                about(log.atError())
                        .setCause(e)
                        .log(
                                "Session {}: the log of {} cannot be read",
                                name,
                                part.hub().source());
                dispatcher.execute(() -> close(1011, "the server failed; it has logged why"));
            }
        });
    }

    // ---- Time and writing

    private void written() {
        if (!outbox.isIdle()) {
            // More waits behind what was just taken: the client reads, though its pong may be far behind.
            heard = true;
        }
        dispatcher.dirty(this);
        onRoom();
    }

    private void onRoom() {
        if (farewell != null && outbox.isIdle()) {
            sayFarewell(farewell);
        } else if (!isOver()) {
            subscriptions.advance();
            if (inbox != null) {
                inbox.advance();
                rooms.advance();
            }
        }
    }

    void flush() {
        if (held != null) {
            held.flushed();
        }
        outbox.flush();
        if (outbox.isIdle()) {
            onRoom();
        }
    }

    void tick(long now) {
        if (farewell != null && now - farewell.deadline >= 0) {
            sayFarewell(farewell);
        }
        outbox.tick(now);
        if (!isOver()) {
            who.tick(now);
        }
        if (isOver() || !who.isKnown() || now + Dispatcher.TICK_NANOS - nextHeartbeat < 0) {
            return;
        }
        nextHeartbeat = now + heartbeatNanos;
        // Counted, not measured: when it was this server that stood still, the clients had no chance to answer.
        unanswered = heard ? 0 : unanswered + 1;
        heard = false;
        if (unanswered >= MISSED_HEARTBEATS) {
            about(log.atDebug()).log("Session {} has given no sign for {} heartbeats", name, MISSED_HEARTBEATS);
            end();
            connection.abort();
            return;
        }
        connection.ping();
        confirmations.askAgain();
        push(Messages.heartbeat(offsets()));
    }

    /** Up to where everything was sent to this session, by source. */
    Map<String, String> offsets() {
        Map<String, String> offsets = subscriptions.offsets();
        if (inbox != null) {
            offsets.putAll(inbox.offsets());
        }
        return offsets;
    }

    private void closeReaders() {
        who.close();
        rooms.close();
        subscriptions.close();
        if (inbox != null) {
            inbox.close();
        }
    }

    /** Ends the session and closes its connection after what waits was written, or has waited too long. */
    void close(int code, String reason) {
        if (!isOver()) {
            about(log.atDebug()).log("Session {} is closed with {}: {}", name, code, reason);
            context.refusals().close(code);
            closeReaders();
            farewell = new Farewell(code, reason, System.nanoTime() + FAREWELL_NANOS);
            dispatcher.dirty(this);
        }
    }

    /** As {@link #close}, but what waits is not written any more: the client may no longer see it. */
    void cut(int code, String reason) {
        if (!isOver()) {
            outbox.discard();
            close(code, reason);
        }
    }

    /** Whether what it is known by is void now. Any thread. */
    boolean isCoveredBy(Revocation revocation) {
        return who.isCoveredBy(revocation);
    }

    /** Ends the session if what it is known by is void now. */
    void revoke(Revocation revocation) {
        if (!isOver()) {
            who.revoke(revocation);
        }
    }

    private void sayFarewell(Farewell last) {
        if (!closed) {
            connection.close(last.code, last.reason);
            end();
        }
    }

    /** A newer connection of the user has taken its place. */
    void replaced() {
        close(4409, "a newer connection of this user has taken the place of this one, its oldest");
    }

    /** Tells the client that the server is going. */
    void drain(int reconnectInMillis) {
        push(Messages.goingAway(reconnectInMillis));
        close(4501, "draining");
    }

    private void end() {
        if (!closed) {
            closed = true;
            closeReaders();
            outbox.discard();
            dispatcher.remove(this);
            counters.ended(Duration.between(origin.openedAt, Instant.now()).toMillis());
            context.ended(this);
        }
    }
}
