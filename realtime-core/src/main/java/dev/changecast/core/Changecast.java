package dev.changecast.core;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.transport.SessionGateway;
import dev.changecast.api.transport.Transport;
import dev.changecast.core.publish.LiveSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The engine: captures from sources, keeps the log, serves sessions over transports. Sources and transports given to the
 * builder belong to the engine and are closed with it.
 */
public interface Changecast extends AutoCloseable {
    static Builder builder() {
        return new Builder();
    }

    /**
     * Opens the logs and starts capture. Does not wait for databases: a source that cannot be reached is tried again and
     * again, and its state can be seen.
     *
     * @throws dev.changecast.api.ChangecastException when a log cannot be opened
     */
    void start();

    /** Where transports that the embedder hosts bring their connections; usable before {@link #start}. */
    SessionGateway gateway();

    /** How each source is doing. */
    List<SourceStatus> sources();

    /** How many sessions are open. */
    int sessions();

    /**
     * Listens to a collection, by its name on the wire, from now on; routes are not asked who may read, since the
     * embedder is trusted. {@code *} stands for all collections.
     *
     * @return close it to stop listening
     */
    AutoCloseable onChange(String collection, ChangeListener listener);

    /**
     * Publishes a message to people, whether they have subscribed to anything or not. Routes are not asked: who publishes
     * is trusted. Messages published by one thread arrive in this order.
     *
     * @return completes, on a thread of the engine that must not be blocked, when the message is durable and so on its
     *     way; an ephemeral one when it is on its way. Fails with {@link ChangecastException}: {@code BUSY} when it
     *     cannot be taken at the moment, {@code BAD_MESSAGE} when it is over the limit
     */
    CompletionStage<Receipt> publish(Message message);

    /**
     * Publishes messages together: one after the other, with nothing in between. Either all are taken or none; a crash of
     * the server can still come between two of them, so give each an id where that matters.
     *
     * @return a receipt for each; see {@link #publish(Message)}
     */
    CompletionStage<List<Receipt>> publish(List<Message> messages);

    /**
     * Makes tokens void from now on, and ends the sessions that are open with them, with close code 4401. Kept in memory:
     * a server that starts again does not know of it, nor does a replica.
     *
     * @return how many sessions it ends
     * @throws ChangecastException with {@code TOO_MANY} when as many are kept as can be
     */
    int revoke(Revocation revocation);

    /**
     * Ends all sessions of a user, with close code 4500; they may come back.
     *
     * @return how many there were
     */
    int disconnectUser(String user);

    /**
     * Ends one session, with close code 4500; its client may come back with a new one.
     *
     * @param session its name, as {@code welcome} and {@link #openSessions} tell it
     * @return whether there was one
     */
    boolean disconnectSession(String session);

    /** The sessions that are open, oldest first. */
    List<OpenSession> openSessions();

    /**
     * The sessions that are worst off, the worst first: those of which the network takes nothing, then those that read from
     * the log, then those for which most waits. Asks the threads that own them, so not more often than once a second.
     *
     * @param most how many are named; none that lacks nothing
     * @return fails when the engine does not run
     */
    CompletionStage<List<SessionLoad>> slowestSessions(int most);

    /**
     * All about one session.
     *
     * @param session its name, as {@code welcome} and {@link #openSessions} tell it
     * @return empty when there is none of that name; fails when the engine does not run
     */
    CompletionStage<Optional<SessionDetail>> session(String session);

    /**
     * Finds out who a token is of, as for a session that shows it as a message: by the authenticator, unless the token was
     * revoked. May block as the authenticator does.
     */
    Authentication examine(String token);

    /** What somebody may see of each relation that the sources know, by source and name. */
    List<Explanation> explain(Identity identity);

    /** Who is online, and in which rooms. */
    Presence presence();

    /** What clients were refused since the engine was made. */
    Refusals refusals();

    /** What the engine has done and what it holds, in numbers. Cheap: it may be asked every second. */
    Statistics statistics();

    /**
     * Lets no more sessions in, tells clients that the server is going, spread over this time, closes them with 4501, and
     * waits until they are gone. Capture and publishing go on, so that nothing is missing for those who come back. There is
     * no way back but a new engine. May be called again, to make it quicker.
     *
     * @param over from when the first is told until when the last is; nothing tells all at once
     */
    void drain(Duration over);

    /** Drains within a second, stops capture, and closes the logs. Idempotent. */
    @Override
    void close();

    /** Collects what an engine is made of. */
    final class Builder {
        final Map<String, ChangeSource> sources = new LinkedHashMap<>();
        final List<Transport> transports = new ArrayList<>();
        final List<Route> routes = new ArrayList<>();
        final List<Room> rooms = new ArrayList<>();
        RoomLimits roomLimits = RoomLimits.DEFAULT;
        PresenceSettings presence = PresenceSettings.DEFAULT;
        Route.@Nullable Readers chat;

        @Nullable
        Authorizer authorizer;

        Authenticator authenticator = handshake -> Optional.empty();
        Duration timeToAuthenticate = Duration.ofSeconds(10);
        History history = History.inMemory();
        Notifications notifications = Notifications.DEFAULT;
        Limits limits = Limits.DEFAULT;

        @Nullable
        DeliveryListener deliveryListener;

        private Builder() {}

        /** Captures from this source; its name is part of the routes and of what clients see. */
        public Builder source(String name, ChangeSource source) {
            if (!name.matches("[A-Za-z][A-Za-z0-9_-]{0,39}")) {
                throw new IllegalArgumentException("a source's name is letters, digits, _ and -, not: " + name);
            }
            if (name.equals(LiveSource.NAME)) {
                throw new IllegalArgumentException(
                        "no source can be named live: that is what published messages come from");
            }
            if (sources.putIfAbsent(name, source) != null) {
                throw new IllegalArgumentException("there are two sources named " + name);
            }
            return this;
        }

        public Builder transport(Transport transport) {
            transports.add(transport);
            return this;
        }

        public Builder route(Route route) {
            routes.add(route);
            return this;
        }

        /** Lets people into the rooms of a pattern; without one there are no rooms. */
        public Builder room(Room room) {
            rooms.add(room);
            return this;
        }

        public Builder roomLimits(RoomLimits limits) {
            roomLimits = limits;
            return this;
        }

        /** Who learns who is online; nobody when this is not called. */
        public Builder presence(PresenceSettings settings) {
            presence = settings;
            return this;
        }

        /** Which users may write to other users; nobody when this is not called. */
        public Builder chat(Route.Readers senders) {
            chat = senders;
            return this;
        }

        /** Who may connect; nobody when this is not called. */
        public Builder authenticator(Authenticator authenticator) {
            this.authenticator = authenticator;
            return this;
        }

        /** Who may see what, in the place of the routes' readers, row rules and hidden columns. */
        public Builder authorizer(Authorizer authorizer) {
            this.authorizer = authorizer;
            return this;
        }

        /** How long a client may take to send a token, where one may come as a message; 10 seconds when not called. */
        public Builder timeToAuthenticate(Duration time) {
            if (time.isNegative() || time.isZero()) {
                throw new IllegalArgumentException("the time to authenticate must be more than nothing, not " + time);
            }
            timeToAuthenticate = time;
            return this;
        }

        public Builder history(History history) {
            this.history = history;
            return this;
        }

        /** How many notifications wait for users who are not there, and how long. */
        public Builder notifications(Notifications notifications) {
            this.notifications = notifications;
            return this;
        }

        public Builder limits(Limits limits) {
            this.limits = limits;
            return this;
        }

        /** Is told how changes came to the sessions; nobody when this is not called. */
        public Builder deliveryListener(DeliveryListener listener) {
            deliveryListener = listener;
            return this;
        }

        /**
         * Makes the engine; does no input or output.
         *
         * @throws dev.changecast.api.ChangecastException with everything that is wrong with the routes, or with
         *     the rooms
         */
        public Changecast build() {
            return new Engine(this);
        }
    }
}
