package dev.changecast.core.room;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.transport.Payload;
import dev.changecast.core.Presence;
import dev.changecast.core.PresenceSettings;
import dev.changecast.core.RoomLimits;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Who is in which room, and who is online at all, which is one room more. Comings and goings of any thread are noted under
 * the lock of their room alone; a timer gathers what is to be told of them.
 */
public final class RoomRegistry implements Presence {
    private final PresenceSettings settings;
    private final RoomLimits limits;
    private final RoomTimer timer;
    private final Consumer<List<RoomNews>> tell;
    private final ConcurrentHashMap<String, Occupancy> rooms = new ConcurrentHashMap<>();
    private final Occupancy everybody;

    /** One row of numbers for all rooms: a room that begins anew goes on above the one that it replaces. */
    private final AtomicLong numbers = new AtomicLong();

    private final ConcurrentLinkedQueue<Occupancy> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean telling = new AtomicBoolean();
    private final ConcurrentLinkedQueue<Leaving> leaving = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean expiring = new AtomicBoolean();

    /** A user whose last session in a room was lost. */
    private record Leaving(Occupancy room, String user, long at) {}

    /** @param tell takes what members are to be told, on the timer's thread; what it gets first is to be told first */
    public RoomRegistry(PresenceSettings settings, RoomLimits limits, RoomTimer timer, Consumer<List<RoomNews>> tell) {
        this.settings = settings;
        this.limits = limits;
        this.timer = timer;
        this.tell = tell;
        this.everybody = new Occupancy(null, settings.listed());
    }

    // ---- Who comes and goes, on any thread

    /**
     * A session comes into a room. What it is to be told from then on, it must be able to hear already.
     *
     * @param user null for a session without one
     * @param called what the user is called; null when that is not known
     * @throws ChangecastException with {@link ErrorCode#TOO_MANY} when the room is full
     */
    public Listing join(String room, @Nullable String user, @Nullable String called) {
        while (true) {
            Occupancy present = rooms.computeIfAbsent(room, name -> new Occupancy(name, settings.listed()));
            synchronized (present) {
                if (!present.ended) {
                    if (present.sessions() >= limits.members()) {
                        throw new ChangecastException(
                                ErrorCode.TOO_MANY,
                                "the room '" + room + "' has its " + limits.members() + " members; try again later");
                    }
                    enter(present, user, called);
                    return present.listing(numbers.get(), user, false);
                }
            }
        }
    }

    private void enter(Occupancy room, @Nullable String user, @Nullable String called) {
        if (room.join(user, called)) {
            news(room);
        }
    }

    /**
     * A session goes from a room.
     *
     * @param lost whether it may come back, so that its user is not yet gone
     */
    public void leave(String room, @Nullable String user, boolean lost) {
        Occupancy present = rooms.get(room);
        if (present != null) {
            leave(present, user, lost);
        }
    }

    private void leave(Occupancy room, @Nullable String user, boolean lost) {
        synchronized (room) {
            long grace = lost ? settings.grace().toNanos() : 0;
            long now = timer.now();
            boolean last = room.leave(user, now + grace);
            if (user == null) {
                news(room);
            } else if (last && grace == 0) {
                expire(room, user, now);
            } else if (last) {
                leaving.add(new Leaving(room, user, now + grace));
                expireAt(now + grace);
            }
            endIfEmpty(room);
        }
    }

    private void expire(Occupancy room, String user, long now) {
        if (room.expire(user, now)) {
            news(room);
        }
    }

    private void endIfEmpty(Occupancy room) {
        if (room.isEmpty() && room.name != null) {
            room.ended = true;
            rooms.remove(room.name, room);
        }
    }

    /**
     * A user shows something else in a room.
     *
     * @param state JSON; null for nothing
     * @throws ChangecastException with {@link ErrorCode#BAD_MESSAGE} when it is too large
     */
    public void update(String room, String user, @Nullable String state) {
        if (state != null && state.length() > settings.stateBytes()) {
            throw new ChangecastException(
                    ErrorCode.BAD_MESSAGE,
                    "the state has " + state.length() + " characters; it may have " + settings.stateBytes());
        }
        Occupancy present = rooms.get(room);
        if (present != null) {
            synchronized (present) {
                if (present.update(user, state)) {
                    news(present);
                }
            }
        }
    }

    /** Who is in a room; nobody when there is no such room. */
    public Listing listing(String room) {
        Occupancy present = rooms.get(room);
        if (present == null) {
            return new Listing(numbers.get(), new byte[] {'[', ']'}, 0);
        }
        synchronized (present) {
            return present.listing(numbers.get(), null, true);
        }
    }

    /** A session is known to be a user's. */
    public void online(String user, @Nullable String called) {
        synchronized (everybody) {
            enter(everybody, user, called);
        }
    }

    /** A user's session has ended. */
    public void offline(String user) {
        leave(everybody, user, true);
    }

    /** Who is online. */
    public Listing everybody() {
        synchronized (everybody) {
            return everybody.listing(numbers.get(), null, true);
        }
    }

    // ---- What is told, on the timer's thread

    private void news(Occupancy room) {
        if (!room.waits) {
            room.waits = true;
            waiting.add(room);
            tellLater();
        }
    }

    private void tellLater() {
        if (telling.compareAndSet(false, true)) {
            timer.at(timer.now() + settings.gather().toNanos(), this::tell);
        }
    }

    private void tell() {
        telling.set(false);
        long now = timer.now();
        List<Occupancy> due = new ArrayList<>();
        for (Occupancy room = waiting.poll(); room != null; room = waiting.poll()) {
            due.add(room);
        }
        List<RoomNews> all = new ArrayList<>();
        for (Occupancy room : due) {
            synchronized (room) {
                if (now - room.tellAt < 0) {
                    waiting.add(room);
                    continue;
                }
                room.waits = false;
                room.tellAt = now + (room.patience() - 1) * settings.gather().toNanos();
                RoomNews news = take(room);
                if (news != null) {
                    all.add(news);
                }
            }
        }
        if (!all.isEmpty()) {
            tell.accept(all);
        }
        if (!waiting.isEmpty()) {
            tellLater();
        }
    }

    private @Nullable RoomNews take(Occupancy room) {
        Occupancy.News news = room.take();
        if (news == null) {
            return null;
        }
        long number = numbers.incrementAndGet();
        List<Payload> messages;
        if (news.whole()) {
            messages = List.of(PresenceMessages.presence(null, room.name, room.listing(number, null, true)));
        } else if (room.name != null) {
            messages = List.of(PresenceMessages.difference(room.name, news));
        } else {
            messages = PresenceMessages.statuses(news);
        }
        return new RoomNews(room.name, number, messages);
    }

    private void expire() {
        expiring.set(false);
        long now = timer.now();
        for (Leaving first = leaving.peek(); first != null && now - first.at >= 0; first = leaving.peek()) {
            leaving.poll();
            synchronized (first.room) {
                expire(first.room, first.user, now);
                endIfEmpty(first.room);
            }
        }
        Leaving next = leaving.peek();
        if (next != null) {
            expireAt(next.at);
        }
    }

    private void expireAt(long time) {
        if (expiring.compareAndSet(false, true)) {
            timer.at(time, this::expire);
        }
    }

    // ---- For operators

    @Override
    public int onlineUsers() {
        synchronized (everybody) {
            return everybody.userCount();
        }
    }

    @Override
    public int roomCount() {
        return rooms.size();
    }

    @Override
    public List<OnlineUser> online(int most) {
        synchronized (everybody) {
            return everybody.members(most).stream()
                    .map(user -> new OnlineUser(user.user(), user.sessions()))
                    .toList();
        }
    }

    @Override
    public List<OpenRoom> rooms(int most) {
        return rooms.values().stream()
                .map(locked(room -> new OpenRoom(String.valueOf(room.name), room.userCount(), room.sessions())))
                .sorted(Comparator.comparing(OpenRoom::room))
                .limit(most)
                .toList();
    }

    private static <T> Function<Occupancy, T> locked(Function<Occupancy, T> look) {
        return room -> {
            synchronized (room) {
                return look.apply(room);
            }
        };
    }

    @Override
    public List<RoomMember> members(String room, int most) {
        Occupancy present = rooms.get(room);
        return present == null
                ? List.of()
                : locked(there -> there.members(most)).apply(present);
    }
}
