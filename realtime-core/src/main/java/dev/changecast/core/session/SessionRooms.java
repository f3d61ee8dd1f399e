package dev.changecast.core.session;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.ResetReason;
import dev.changecast.core.Address;
import dev.changecast.core.Identity;
import dev.changecast.core.protocol.Command;
import dev.changecast.core.protocol.Messages;
import dev.changecast.core.protocol.Offset;
import dev.changecast.core.publish.LiveSource;
import dev.changecast.core.room.Listing;
import dev.changecast.core.room.PresenceMessages;
import dev.changecast.core.room.RoomName;
import dev.changecast.core.room.RoomRegistry;
import dev.changecast.core.room.RoomRules;
import dev.changecast.core.room.SocialSettings;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The rooms that one session is in, and what it is told of who is there. To be in a room is to have its address, in the
 * inbox of published messages and in those of the changes that routes push. Owned by the session's dispatcher.
 */
final class SessionRooms {
    /** How long a room waits for the feed of messages to begin, or to come to where the client is, and how often. */
    private static final long MOMENT_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private static final int MOMENTS = 100;

    /** How many commands may wait behind it. */
    private static final int MOST_HELD = 256;

    private static final String ACCESS_CHANGED = ResetReason.ACCESS_CHANGED.wireName();

    /** One room. */
    private static final class Joined {
        final @Nullable String user;
        final RoomWatch watch;

        /** Of how many feeds what was missed is still being read. */
        int missing;

        Joined(@Nullable String user, RoomWatch watch) {
            this.user = user;
            this.watch = watch;
        }
    }

    private final ClientSession session;
    private final SessionIdentity who;
    private final SessionContext context;
    private final SocialSettings settings;
    private final RoomRegistry registry;
    private final ClientMessages messages;
    private final Map<String, Joined> rooms = new LinkedHashMap<>(2);
    private final Deque<Command.Social> held = new ArrayDeque<>(0);

    /** Whether a room waits to be joined, and other commands behind it. */
    private boolean waits;

    private @Nullable RoomWatch everybody;

    /** Whether some watch had to pass news over. */
    private boolean behind;

    /** The user who is online by this session; null when nobody is. */
    private @Nullable String online;

    SessionRooms(ClientSession session, SessionIdentity who, SessionContext context) {
        this.session = session;
        this.who = who;
        this.context = context;
        this.settings = context.social().settings();
        this.registry = context.social().registry();
        this.messages = new ClientMessages(session, who, context.social());
    }

    /** What this session has sent messages by that it is not to get back; null when there are none. */
    @Nullable
    String mark() {
        return messages.mark();
    }

    /** Those that it is in. */
    List<String> names() {
        return List.copyOf(rooms.keySet());
    }

    /** @throws ChangecastException with what is wrong with the command */
    void handle(Command.Social command) {
        if (!waits) {
            carryOut(command);
        } else if (held.size() < MOST_HELD) {
            held.add(command);
        } else {
            throw new ChangecastException(
                    ErrorCode.BUSY, MOST_HELD + " commands wait for a room to be joined; try again in a moment");
        }
    }

    private void carryOut(Command.Social command) {
        if (session.isOver()) {
            return;
        }
        if (command instanceof Command.JoinRoom join) {
            join(join, MOMENTS);
        } else if (command instanceof Command.LeaveRoom leave) {
            leave(leave);
        } else if (command instanceof Command.RoomMessage message) {
            messages.send(message);
        } else if (command instanceof Command.Chat chat) {
            messages.send(chat);
        } else if (command instanceof Command.Presence presence) {
            presence(presence);
        } else if (command instanceof Command.PresenceUpdate update) {
            update(update);
        }
    }

    // ---- Joining and leaving

    /** Joins a bit later, and does what else the client asks for meanwhile after that. */
    private void joinLater(Command.JoinRoom command, int patience) {
        waits = true;
        session.dispatcher().at(System.nanoTime() + MOMENT_NANOS, () -> {
            waits = false;
            if (!session.isOver()) {
                session.answered(command.type(), command, () -> join(command, patience - 1));
            }
            while (!waits && !held.isEmpty()) {
                Command.Social next = held.remove();
                session.answered(next.type(), next, () -> carryOut(next));
            }
        });
    }

    private void join(Command.JoinRoom command, int patience) {
        String room = command.room();
        RoomName.check(room);
        Identity identity = who.identity();
        if (!settings.rooms().mayJoin(identity, room)) {
            throw new ChangecastException(ErrorCode.FORBIDDEN, "you may not join the room '" + room + "'");
        }
        Joined present = rooms.get(room);
        if (present != null) {
            tell(command, present, present.watch.listing());
            if (command.since() != null && present.missing == 0) {
                ready(room);
            }
            return;
        }
        if (rooms.size() >= settings.limits().perSession()) {
            throw new ChangecastException(
                    ErrorCode.TOO_MANY,
                    "a session is in at most " + settings.limits().perSession() + " rooms");
        }
        Map<String, Offset> since = offsets(command);
        DispatchedFeed live = session.dispatcher().feed(context.messages());
        if (patience > 0 && isEarly(live, since.get(LiveSource.NAME))) {
            joinLater(command, patience);
            return;
        }
        if (live.epoch() == null) {
            throw new ChangecastException(
                    ErrorCode.SOURCE_UNAVAILABLE, "the server is starting; join again in a moment");
        }
        enter(command, identity, since);
    }

    /** Whether the feed has not begun, or the client has heard of what is still on its way to this thread. */
    private static boolean isEarly(DispatchedFeed feed, @Nullable Offset since) {
        String epoch = feed.epoch();
        return epoch == null
                || since != null
                        && since.epoch().equals(epoch)
                        && since.position().isAfter(feed.committed());
    }

    private static Map<String, Offset> offsets(Command.JoinRoom command) {
        Map<String, Offset> offsets = new HashMap<>();
        if (command.since() != null) {
            command.since().forEach((source, offset) -> offsets.put(source, Offset.parse(offset)));
        }
        return offsets;
    }

    private void enter(Command.JoinRoom command, Identity identity, Map<String, Offset> since) {
        String room = command.room();
        // It hears news before it is known, so that none is between the list and what follows.
        Joined joined = new Joined(identity.user(), new RoomWatch(session, registry, room));
        Listing listing;
        try {
            listing = registry.join(room, identity.user(), ClientMessages.nameOf(identity));
        } catch (ChangecastException e) {
            joined.watch.close();
            throw e;
        }
        rooms.put(room, joined);
        tell(command, joined, listing);
        Map<PushInbox, Offset> pushed = new LinkedHashMap<>();
        session.subscriptions().inboxes().forEach(inbox -> pushed.put(inbox, since.get(inbox.source())));
        joined.missing = 1 + pushed.size();
        Runnable whole = () -> {
            if (--joined.missing == 0 && command.since() != null) {
                ready(room);
            }
        };
        String address = Address.room(room).text();
        DispatchedFeed live = session.dispatcher().feed(context.messages());
        Offset from = possible(live, since.get(LiveSource.NAME), address);
        session.inbox().join(address, from == null ? null : from.position(), whole);
        pushed.forEach((inbox, offset) -> {
            Offset place = possible(inbox.feed(), offset, address);
            inbox.join(address, place == null ? null : place.position(), whole);
        });
    }

    /** Where to go on; null for here, also where the client says something else that is impossible, which it is told. */
    private @Nullable Offset possible(DispatchedFeed feed, @Nullable Offset since, String address) {
        if (since == null || feed.epoch() == null) {
            return null;
        }
        ResetReason reason = feed.whyNot(since);
        if (reason == null) {
            return since;
        }
        session.push(Messages.reset(address, reason, Map.of(feed.hub().source(), feed.offset(feed.committed()))));
        return null;
    }

    private void tell(Command.JoinRoom command, Joined joined, Listing listing) {
        joined.watch.listed(listing);
        session.push(PresenceMessages.joined(command.id(), command.room(), listing));
    }

    private void ready(String room) {
        session.push(Messages.ready(Address.room(room).text(), session.offsets()));
    }

    private void leave(Command.LeaveRoom command) {
        if (!rooms.containsKey(command.room())) {
            throw notIn(command.room());
        }
        leave(command.room(), false);
        session.push(Messages.roomLeft(command.id(), command.room(), null));
    }

    private static ChangecastException notIn(String room) {
        return new ChangecastException(
                ErrorCode.NOT_SUBSCRIBED,
                "this session is not in " + (RoomName.isOne(room) ? "the room '" + room + "'" : "that room")
                        + "; send \"join_room\" first");
    }

    private void leave(String room, boolean lost) {
        Joined joined = Objects.requireNonNull(rooms.remove(room));
        joined.watch.close();
        registry.leave(room, joined.user, lost);
        String address = Address.room(room).text();
        session.inbox().leave(address);
        session.subscriptions().inboxes().forEach(inbox -> inbox.leave(address));
    }

    // ---- Who is there

    private void presence(Command.Presence command) {
        String room = command.room();
        boolean reads = RoomRules.allow(settings.presence().read(), who.identity());
        Joined joined = room == null ? null : rooms.get(room);
        if (!reads && joined == null) {
            throw new ChangecastException(
                    ErrorCode.FORBIDDEN,
                    room == null
                            ? "you may not see who is online"
                            : "you may not see who is in a room that you have not joined");
        }
        RoomWatch watch = joined == null ? null : joined.watch;
        if (room == null) {
            watch = watchEverybody();
        }
        Listing listing = watch == null ? registry.listing(String.valueOf(room)) : watch.listing();
        if (watch != null) {
            watch.listed(listing);
        }
        session.push(PresenceMessages.presence(command.id(), room, listing));
    }

    private RoomWatch watchEverybody() {
        RoomWatch present = everybody;
        if (present == null) {
            present = new RoomWatch(session, registry, null);
            everybody = present;
        }
        return present;
    }

    private void update(Command.PresenceUpdate command) {
        Joined joined = rooms.get(command.room());
        if (joined == null) {
            throw notIn(command.room());
        }
        if (joined.user == null) {
            throw new ChangecastException(
                    ErrorCode.FORBIDDEN, "only a user has a state; this session is nobody's in particular");
        }
        registry.update(command.room(), joined.user, command.state());
        session.push(Messages.ok(command.id()));
    }

    // ---- The session's life

    /** The client was told who it is. */
    void welcomed(Identity identity) {
        String user = identity.user();
        if (user != null && online == null) {
            online = user;
            registry.online(user, ClientMessages.nameOf(identity));
        }
        if (everybody == null
                && settings.presence().announce()
                && RoomRules.allow(settings.presence().read(), identity)) {
            RoomWatch watch = watchEverybody();
            Listing listing = watch.listing();
            watch.listed(listing);
            session.push(PresenceMessages.presence(null, null, listing));
        }
    }

    /**
     * The session speaks for somebody else, or for somebody with other rights: it leaves the rooms that it may not be in
     * any more, and those that it was in as somebody else.
     */
    void accessChanged(Identity next) {
        for (Map.Entry<String, Joined> each : List.copyOf(rooms.entrySet())) {
            String room = each.getKey();
            if (!Objects.equals(each.getValue().user, next.user())
                    || !settings.rooms().mayJoin(next, room)) {
                leave(room, false);
                session.push(Messages.roomLeft(null, room, ACCESS_CHANGED));
            }
        }
        RoomWatch watch = everybody;
        if (watch != null && !RoomRules.allow(settings.presence().read(), next)) {
            watch.close();
            everybody = null;
        }
    }

    /** A watch had to pass news over, as the client does not take what it is sent. */
    void fellBehind() {
        behind = true;
    }

    /** Goes on with what had to wait for room. */
    void advance() {
        if (behind && session.hasRoom()) {
            behind = false;
            if (everybody != null) {
                everybody.advance();
            }
            rooms.values().forEach(joined -> joined.watch.advance());
        }
        if (!rooms.isEmpty()) {
            session.subscriptions().inboxes().forEach(PushInbox::advance);
        }
    }

    /** Leaves them all, as somebody who may come back. */
    void close() {
        rooms.forEach((room, joined) -> {
            joined.watch.close();
            registry.leave(room, joined.user, true);
        });
        rooms.clear();
        if (everybody != null) {
            everybody.close();
            everybody = null;
        }
        if (online != null) {
            registry.offline(online);
            online = null;
        }
    }
}
