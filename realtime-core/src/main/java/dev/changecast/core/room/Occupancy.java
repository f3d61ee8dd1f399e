package dev.changecast.core.room;

import dev.changecast.core.Presence.RoomMember;
import dev.changecast.core.protocol.JsonBytes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who is in one room. A user is there once, with however many sessions, and stays for the grace time when the last of them
 * was lost. Whoever changed is noted until the members are told, so that what they are told costs the changes and not the
 * members. Guarded by itself.
 */
final class Occupancy {
    /** One user in the room. */
    private static final class Occupant {
        final String user;
        final @Nullable String name;
        int sessions;

        @Nullable
        String state;

        /** Since which change of the room the user is there. */
        long since;

        /** When the grace time ends, if no session has come by then. */
        long leavesAt;

        Occupant(String user, @Nullable String name, long since) {
            this.user = user;
            this.name = name;
            this.since = since;
        }
    }

    /** The most members that news are told as soon as they were gathered; more have to wait in proportion. */
    private static final int FEW = 1000;

    /** Up to so many users are written anew for each who comes. */
    private static final int FEW_LISTED = 32;

    final @Nullable String name;
    private final int listed;
    private final Map<String, Occupant> users = new LinkedHashMap<>();
    private final Set<String> changed = new LinkedHashSet<>();
    private int sessions;
    private int withoutUser;
    private long changes;
    private boolean countChanged;

    /** Whether the members are told one by one. */
    private boolean lists;

    private byte @Nullable [] list;
    private long listedUpTo;

    /** Whether it waits for its news to be told, and how soon they may be. */
    boolean waits;

    long tellAt;

    /** Whether it was given up, since nobody was there: whoever comes now is in another one. */
    boolean ended;

    /**
     * @param name null for everybody who is online
     * @param listed up to how many users are told one by one
     */
    Occupancy(@Nullable String name, int listed) {
        this.name = name;
        this.listed = listed;
        this.lists = listed > 0;
    }

    boolean isEmpty() {
        return sessions == 0 && users.isEmpty();
    }

    int sessions() {
        return sessions;
    }

    int userCount() {
        return users.size();
    }

    /** Users, and sessions without one. */
    int count() {
        return users.size() + withoutUser;
    }

    /** How long news are gathered here, in times of what is usual: what they cost grows with those who are told. */
    int patience() {
        return name == null ? 1 : 1 + sessions / FEW;
    }

    // ---- Who comes and goes

    /** A session comes. Returns whether that is news. */
    boolean join(@Nullable String user, @Nullable String called) {
        sessions++;
        if (user == null) {
            withoutUser++;
            countChanged = true;
            return true;
        }
        Occupant present = users.get(user);
        if (present != null) {
            present.sessions++;
            return false;
        }
        Occupant comes = new Occupant(user, called, ++changes);
        comes.sessions = 1;
        users.put(user, comes);
        changed.add(user);
        return true;
    }

    /**
     * A session goes.
     *
     * @param leavesAt when its user counts as gone, unless another session of it is there
     * @return whether somebody has to look then
     */
    boolean leave(@Nullable String user, long leavesAt) {
        sessions--;
        if (user == null) {
            withoutUser--;
            countChanged = true;
            return false;
        }
        Occupant present = users.get(user);
        if (present == null || --present.sessions > 0) {
            return false;
        }
        present.leavesAt = leavesAt;
        return true;
    }

    /** The grace time of a user may be over. Returns whether the user is gone, which is news. */
    boolean expire(String user, long now) {
        Occupant present = users.get(user);
        if (present == null || present.sessions > 0 || now - present.leavesAt < 0) {
            return false;
        }
        users.remove(user);
        changes++;
        changed.add(user);
        return true;
    }

    /** A user shows something else. Returns whether that is news. */
    boolean update(String user, @Nullable String state) {
        Occupant present = users.get(user);
        if (present == null || Objects.equals(present.state, state)) {
            return false;
        }
        present.state = state;
        changes++;
        changed.add(user);
        return true;
    }

    // ---- What is told

    /**
     * Who is there, for one who comes. What is told next holds all that has changed since the time before, so where many
     * are there the list may be as old as that: one is made for all who come meanwhile.
     *
     * @param self who must be in it; null for nobody
     * @param anew whether it must not be older than now
     */
    Listing listing(long number, @Nullable String self, boolean anew) {
        if (users.size() > listed || !lists) {
            return new Listing(number, null, count());
        }
        byte[] made = list;
        if (made == null || listedUpTo != changes && (anew || users.size() <= FEW_LISTED)) {
            made = users(users.values(), null);
            list = made;
            listedUpTo = changes;
        }
        Occupant own = self == null ? null : users.get(self);
        byte[] told = own == null || own.since <= listedUpTo ? made : users(List.of(own), made);
        return new Listing(number, told, count());
    }

    private static byte[] users(Iterable<Occupant> users, byte @Nullable [] before) {
        JsonBytes json = new JsonBytes(before == null ? 512 : before.length + 256);
        String comma = "";
        if (before == null) {
            json.raw('[');
        } else {
            json.raw(before);
            json.truncate(json.length() - 1);
            comma = before.length > 2 ? "," : "";
        }
        for (Occupant user : users) {
            json.raw(comma);
            write(user, json);
            comma = ",";
        }
        return json.raw(']').toBytes();
    }

    private static void write(Occupant occupant, JsonBytes json) {
        json.raw("{\"user_id\":").string(occupant.user);
        if (occupant.name != null) {
            json.raw(",\"name\":").string(occupant.name);
        }
        if (occupant.state != null) {
            json.raw(",\"state\":").raw(occupant.state);
        }
        json.raw('}');
    }

    /**
     * What has changed since it was told last.
     *
     * @param joins those who are there and were not, or show something else, as a JSON array
     * @param whole whether there are too many changes to tell, or the listing has begun or ended, so that all is told anew
     */
    record News(boolean whole, byte[] joins, List<String> joined, List<String> left, int count) {}

    /** Takes the news; null when there are none, or nobody to tell them to. */
    @Nullable
    News take() {
        if (changed.isEmpty() && !countChanged || sessions == 0) {
            changed.clear();
            countChanged = false;
            list = null;
            return null;
        }
        boolean listedBefore = lists;
        // Not at the very limit, or all would be told anew whenever somebody comes or goes there.
        lists = lists ? users.size() <= listed : users.size() <= listed - listed / 4;
        // Who watches everybody is told of each, however many are online: that somebody is, is no list of all.
        boolean each = lists || name == null;
        boolean whole = name != null && lists != listedBefore || each && changed.size() > listed;
        List<Occupant> there = new ArrayList<>();
        List<String> gone = new ArrayList<>();
        if (each && !whole) {
            for (String user : changed) {
                Occupant present = users.get(user);
                if (present == null) {
                    gone.add(user);
                } else {
                    there.add(present);
                }
            }
        }
        changed.clear();
        countChanged = false;
        list = null;
        List<String> joined = there.stream().map(user -> user.user).toList();
        return new News(whole, users(there, null), joined, gone, count());
    }

    List<RoomMember> members(int most) {
        return users.values().stream()
                .limit(most)
                .map(user -> new RoomMember(user.user, user.name, user.state, user.sessions))
                .toList();
    }
}
