package dev.changecast.core;

import dev.changecast.api.source.Operation;
import dev.changecast.core.view.RowRule;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Makes relations of a source visible to clients. Without a route nothing is.
 *
 * @param from {@code source/namespace.name}; {@code *} stands for any run of characters
 * @param collection the name clients use; null for the relation's own name
 * @param events the {@code type} of the messages by operation; {@code change} where none is given
 * @param read who may subscribe; null when this route says nothing about it
 * @param hide columns that clients never learn of
 * @param old whether updates carry the row as it was
 * @param rows which rows readers see, as a filter in the language of subscriptions; in its texts {@code {user}} and
 *     {@code {claims.name}} stand for what the reader's identity has. What it has not matches no row, nor does its
 *     opposite. A claim that is a list stands for its values in {@code $in} and {@code $nin}, alone or in a list, and
 *     equals no value elsewhere. Null when this route says nothing about rows
 * @param columns the only columns that clients learn of; null for all but the hidden ones
 * @param push where changes go without a subscription
 * @param conflate at most one message per key in this time, with the latest state; null when every change is a message
 */
public record Route(
        String from,
        @Nullable String collection,
        Map<Operation, String> events,
        @Nullable Readers read,
        Set<String> hide,
        boolean old,
        @Nullable String rows,
        @Nullable Set<String> columns,
        List<Push> push,
        @Nullable Duration conflate) {

    private static final Duration LEAST_PAUSE = Duration.ofMillis(10);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

    /** Throws when {@code from} is not one, and {@link dev.changecast.api.ChangecastException} when the rule is not. */
    public Route {
        if (!from.matches("[^/]+/.+")) {
            throw new IllegalArgumentException(
                    "a route's 'from' is source/schema.table, with * as wildcard; not: " + from);
        }
        events = Map.copyOf(events);
        hide = Set.copyOf(hide);
        columns = columns == null ? null : Set.copyOf(columns);
        push = List.copyOf(push);
        if (rows != null) {
            RowRule.of(rows);
        }
        if (conflate != null && (conflate.compareTo(LEAST_PAUSE) < 0 || conflate.compareTo(LONGEST_PAUSE) > 0)) {
            throw new IllegalArgumentException("a route conflates over 10 ms to 1 minute, not " + conflate);
        }
    }

    /** A route that says nothing yet; refine it with the {@code with...} methods. */
    public static Route from(String from) {
        return new Route(from, null, Map.of(), null, Set.of(), false, null, null, List.of(), null);
    }

    public Route collection(String name) {
        return new Route(from, name, events, read, hide, old, rows, columns, push, conflate);
    }

    /** The type of the messages, whatever the operation. */
    public Route event(String type) {
        Map<Operation, String> all = new EnumMap<>(Operation.class);
        for (Operation operation : Operation.values()) {
            all.put(operation, type);
        }
        return new Route(from, collection, all, read, hide, old, rows, columns, push, conflate);
    }

    /** The type of the messages for one operation. */
    public Route event(Operation operation, String type) {
        Map<Operation, String> more = new EnumMap<>(Operation.class);
        more.putAll(events);
        more.put(operation, type);
        return new Route(from, collection, more, read, hide, old, rows, columns, push, conflate);
    }

    public Route readRoles(String... roles) {
        return read(Readers.roles(roles));
    }

    public Route readEveryone() {
        return read(Readers.EVERYONE);
    }

    public Route read(Readers readers) {
        return new Route(from, collection, events, readers, hide, old, rows, columns, push, conflate);
    }

    /** Hides these columns too. */
    public Route hide(String... names) {
        Set<String> more = new HashSet<>(hide);
        more.addAll(List.of(names));
        return new Route(from, collection, events, read, more, old, rows, columns, push, conflate);
    }

    /** Updates carry the row as it was, where the source tells it. */
    public Route withOld() {
        return new Route(from, collection, events, read, hide, true, rows, columns, push, conflate);
    }

    /**
     * Only rows that match this filter too, such as <code>{"tenant":"{claims.tenant}"}</code>: a value in braces is that of
     * the reader, {@code {user}} or {@code {claims.name}}, whatever the column's type. A brace that is none is doubled. Of a
     * claim that is a list any value will do with <code>{"tenant":{"$in":"{claims.tenants}"}}</code>.
     */
    public Route rows(String filter) {
        String both = rows == null ? filter : "{\"$and\":[" + rows + "," + filter + "]}";
        return new Route(from, collection, events, read, hide, old, both, columns, push, conflate);
    }

    /** Of these columns alone; the key must be among them. */
    public Route columns(String... names) {
        return new Route(from, collection, events, read, hide, old, rows, Set.of(names), push, conflate);
    }

    /** Every change goes to these addresses too. */
    public Route push(String... to) {
        Route pushing = this;
        for (String address : to) {
            pushing = pushing.push(Push.to(address));
        }
        return pushing;
    }

    /** Changes go there too. */
    public Route push(Push more) {
        List<Push> all = new ArrayList<>(push);
        all.add(more);
        return new Route(from, collection, events, read, hide, old, rows, columns, all, conflate);
    }

    /**
     * Sends each session the latest state of a row at most once in this time, however often it changes: for counters and
     * meters, whose every step nobody wants to see.
     */
    public Route conflate(Duration atMostEvery) {
        return new Route(from, collection, events, read, hide, old, rows, columns, push, atMostEvery);
    }

    /**
     * Who may read.
     *
     * @param everyone anonymous sessions too
     * @param authenticated every session with a user
     * @param roles sessions with one of these roles
     * @param users these users
     */
    public record Readers(boolean everyone, boolean authenticated, Set<String> roles, Set<String> users) {
        public static final Readers EVERYONE = new Readers(true, false, Set.of(), Set.of());
        public static final Readers AUTHENTICATED = new Readers(false, true, Set.of(), Set.of());

        public Readers {
            roles = Set.copyOf(roles);
            users = Set.copyOf(users);
        }

        public static Readers roles(String... roles) {
            return new Readers(false, false, Set.copyOf(List.of(roles)), Set.of());
        }

        public static Readers users(String... users) {
            return new Readers(false, false, Set.of(), Set.copyOf(List.of(users)));
        }

        /** In words. */
        @Override
        public String toString() {
            if (everyone || authenticated) {
                return everyone ? "everyone" : "all users";
            }
            List<String> named = new ArrayList<>();
            new TreeSet<>(roles).forEach(role -> named.add("role " + role));
            new TreeSet<>(users).forEach(user -> named.add("user " + user));
            return named.isEmpty() ? "nobody" : String.join(", ", named);
        }

        public boolean allow(Identity identity) {
            return everyone
                    || authenticated && !identity.isAnonymous()
                    || identity.roles().stream().anyMatch(roles::contains)
                    || identity.user() != null && users.contains(identity.user());
        }
    }
}
