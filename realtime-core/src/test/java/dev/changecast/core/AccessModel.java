package dev.changecast.core;

import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Relation;
import dev.changecast.testing.RelationBuilder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Routes at random, and what they mean in the plainest words: a second opinion on who sees what, made without any of the
 * engine's code for it.
 */
final class AccessModel {
    static final List<String> COLUMNS = List.of("id", "tenant", "owner", "level", "secret");

    /** Tells old rows. */
    static final Relation FULL = relation("orders", OldRow.FULL);

    /** Tells the key of old rows alone. */
    static final Relation KEYED = relation("notes", OldRow.KEY);

    static final List<String> PEOPLE = List.of(
            ";;",
            "ann;r1;tenant=1,tenants=[1|2]",
            "bob;r2;tenant=2,tenants=1",
            "cat;r1,r2;tenants=[]",
            "dan;r2;tenant=x,tenants=[2|x]",
            "eve;r1;tenant=01,tenants=[02|0]");

    private static Relation relation(String name, OldRow old) {
        return RelationBuilder.table(name)
                .key("id")
                .integer("tenant")
                .text("owner")
                .integer("level")
                .text("secret")
                .old(old)
                .build();
    }

    /**
     * A rule, and what it means.
     *
     * @param among by column, the only values with which it can hold, where there are few; none when it holds for no row
     */
    record RuleCase(
            String json,
            Set<String> columns,
            BiPredicate<Identity, Map<String, Object>> sees,
            Function<Identity, Map<String, ? extends Set<?>>> among) {}

    /** A filter of a client, and what it means. */
    record FilterCase(
            String json,
            Set<String> columns,
            Function<Map<String, Object>, Boolean> matches,
            Map<String, ? extends Set<?>> among) {
        FilterCase(String json, Set<String> columns, Function<Map<String, Object>, Boolean> matches) {
            this(json, columns, matches, Map.of());
        }
    }

    /** A push, and which address it makes of a row; null for none. */
    record PushCase(Push push, Set<String> columns, Function<Map<String, Object>, @Nullable String> address) {}

    record ReadersCase(Route.Readers readers, Function<Identity, Boolean> allow) {}

    private static @Nullable Integer tenant(Identity who) {
        String claim = who.claims().get("tenant");
        return claim == null || !claim.matches("[0-9]+") ? null : Integer.valueOf(claim);
    }

    /** The tenants of a claim that may be a list; those that are no numbers are left out. */
    private static Set<Integer> tenants(Identity who) {
        Set<Integer> tenants = new TreeSet<>();
        for (String each : claimedTenants(who)) {
            if (each.matches("[0-9]+")) {
                tenants.add(Integer.valueOf(each));
            }
        }
        return tenants;
    }

    private static List<String> claimedTenants(Identity who) {
        String one = who.claims().get("tenants");
        return one == null ? who.lists().getOrDefault("tenants", List.of()) : List.of(one);
    }

    /** Whether it can be told which tenants are not theirs: there are some, and all are numbers. */
    private static boolean tenantsAreNumbers(Identity who) {
        return !claimedTenants(who).isEmpty() && claimedTenants(who).stream().allMatch(each -> each.matches("[0-9]+"));
    }

    private static Map<String, Set<?>> none(boolean isNone) {
        return isNone ? Map.of("id", Set.of()) : Map.of();
    }

    private static Map<String, Set<?>> one(String column, @Nullable Object value) {
        return Map.of(column, value == null ? Set.of() : Set.of(value));
    }

    static final List<RuleCase> RULES = List.of(
            new RuleCase(
                    "{'tenant':{'$in':'{claims.tenants}'}}",
                    Set.of("tenant"),
                    (who, row) -> row.get("tenant") != null && tenants(who).contains(row.get("tenant")),
                    who -> Map.of("tenant", tenants(who))),
            new RuleCase(
                    "{'tenant':{'$nin':'{claims.tenants}'}}",
                    Set.of("tenant"),
                    (who, row) -> tenantsAreNumbers(who)
                            && (row.get("tenant") == null || !tenants(who).contains(row.get("tenant"))),
                    who -> none(!tenantsAreNumbers(who))),
            new RuleCase(
                    "{'tenant':{'$in':['{claims.tenants}',2]}}",
                    Set.of("tenant"),
                    (who, row) -> row.get("tenant") != null
                            && (row.get("tenant").equals(2) || tenants(who).contains(row.get("tenant"))),
                    who -> {
                        Set<Integer> all = new TreeSet<>(tenants(who));
                        all.add(2);
                        return Map.of("tenant", all);
                    }),
            // One value is equal to a row's, a list to none.
            new RuleCase(
                    "{'tenant':'{claims.tenants}'}",
                    Set.of("tenant"),
                    (who, row) -> who.claims().containsKey("tenants")
                            && row.get("tenant") != null
                            && tenants(who).contains(row.get("tenant")),
                    who -> Map.of("tenant", who.claims().containsKey("tenants") ? tenants(who) : Set.<Integer>of())),
            new RuleCase(
                    "{'tenant':'{claims.tenant}'}",
                    Set.of("tenant"),
                    (who, row) -> tenant(who) != null && tenant(who).equals(row.get("tenant")),
                    who -> one("tenant", tenant(who))),
            new RuleCase(
                    "{'tenant':{'$ne':'{claims.tenant}'}}",
                    Set.of("tenant"),
                    (who, row) -> tenant(who) != null && !tenant(who).equals(row.get("tenant")),
                    who -> none(tenant(who) == null)),
            new RuleCase(
                    "{'owner':'{user}'}",
                    Set.of("owner"),
                    (who, row) -> who.user() != null && who.user().equals(row.get("owner")),
                    who -> one("owner", who.user())),
            new RuleCase(
                    "{'$or':[{'owner':'{user}'},{'level':0}]}",
                    Set.of("owner", "level"),
                    (who, row) -> who.user() != null && who.user().equals(row.get("owner"))
                            || Objects.equals(0, row.get("level")),
                    who -> Map.of()),
            new RuleCase(
                    "{'$not':{'$or':[{'tenant':'{claims.tenant}'},{'secret':'s1'}]}}",
                    Set.of("tenant", "secret"),
                    (who, row) -> tenant(who) != null
                            && !tenant(who).equals(row.get("tenant"))
                            && !Objects.equals("s1", row.get("secret")),
                    who -> none(tenant(who) == null)),
            new RuleCase(
                    "{'level':{'$gte':1},'secret':{'$in':['s0','s1',null]}}",
                    Set.of("level", "secret"),
                    (who, row) -> row.get("level") != null
                            && (int) row.get("level") >= 1
                            && !Objects.equals("s2", row.get("secret")),
                    who -> Map.of()),
            new RuleCase("{'id':{'$gt':5}}", Set.of("id"), (who, row) -> (int) row.get("id") > 5, who -> Map.of()));

    static final List<FilterCase> FILTERS = List.of(
            new FilterCase("{}", Set.of(), row -> true),
            new FilterCase("{'id':{'$lt':12}}", Set.of("id"), row -> (int) row.get("id") < 12),
            new FilterCase(
                    "{'tenant':1}",
                    Set.of("tenant"),
                    row -> Objects.equals(1, row.get("tenant")),
                    Map.of("tenant", Set.of(1))),
            new FilterCase("{'level':{'$ne':1}}", Set.of("level"), row -> !Objects.equals(1, row.get("level"))),
            new FilterCase(
                    "{'$or':[{'tenant':2},{'owner':'bob'}]}",
                    Set.of("tenant", "owner"),
                    row -> Objects.equals(2, row.get("tenant")) || Objects.equals("bob", row.get("owner"))),
            new FilterCase("{'secret':{'$null':false}}", Set.of("secret"), row -> row.get("secret") != null));

    /** What a client may choose of the columns. */
    static final List<List<String>> CHOICES =
            List.of(List.of("owner"), List.of("level", "tenant"), List.of("secret", "id"), List.of("id"));

    static final List<PushCase> PUSHES = List.of(
            new PushCase(Push.to("role:r1"), Set.of(), row -> "role:r1"),
            new PushCase(Push.to("role:r2").priority(Push.Priority.LOW), Set.of(), row -> "role:r2"),
            new PushCase(
                    Push.to("role:r1").when("{\"level\":2}").priority(Push.Priority.HIGH),
                    Set.of("level"),
                    row -> Objects.equals(2, row.get("level")) ? "role:r1" : null),
            new PushCase(
                    Push.to("user:{row.owner}"),
                    Set.of("owner"),
                    row -> row.get("owner") == null ? null : "user:" + row.get("owner")),
            new PushCase(
                    Push.to("broadcast").when("{\"secret\":\"s1\"}"),
                    Set.of("secret"),
                    row -> Objects.equals("s1", row.get("secret")) ? "broadcast" : null),
            new PushCase(
                    Push.to("role:r{row.level}").when("{\"tenant\":{\"$gt\":1}}"),
                    Set.of("level", "tenant"),
                    row -> row.get("level") != null && row.get("tenant") != null && (int) row.get("tenant") > 1
                            ? "role:r" + row.get("level")
                            : null));

    private static final List<ReadersCase> READERS = List.of(
            new ReadersCase(Route.Readers.EVERYONE, who -> true),
            new ReadersCase(Route.Readers.EVERYONE, who -> true),
            new ReadersCase(Route.Readers.AUTHENTICATED, who -> who.user() != null),
            new ReadersCase(Route.Readers.roles("r1"), who -> who.roles().contains("r1")),
            new ReadersCase(
                    Route.Readers.users("bob", "eve"),
                    who -> Set.of("bob", "eve").contains(String.valueOf(who.user()))));

    /** One table: a route of its own, over one that both tables share. */
    static final class Table {
        final Relation relation;
        final ReadersCase readers;
        final Set<String> hidden;
        final List<RuleCase> rules;
        final List<PushCase> pushes;
        final Map<Integer, Map<String, Object>> rows = new TreeMap<>();

        Table(Relation relation, ReadersCase readers, Set<String> hidden, List<RuleCase> rules, List<PushCase> pushes) {
            this.relation = relation;
            this.readers = readers;
            this.hidden = hidden;
            this.rules = rules;
            this.pushes = pushes;
        }

        boolean tellsOldRows() {
            return relation.oldRow() == OldRow.FULL;
        }

        boolean sees(Identity who, Map<String, Object> row) {
            return rules.stream().allMatch(rule -> rule.sees.test(who, row));
        }

        /** Whether no row at all can be seen through a filter. */
        boolean isEmpty(Identity who, FilterCase filter) {
            Map<String, Set<Object>> among = new TreeMap<>();
            List<Map<String, ? extends Set<?>>> all = new ArrayList<>();
            rules.forEach(rule -> all.add(rule.among.apply(who)));
            all.add(filter.among);
            all.forEach(each ->
                    each.forEach((column, values) -> among.merge(column, new HashSet<>(values), (some, others) -> {
                        some.retainAll(others);
                        return some;
                    })));
            return among.containsValue(Set.of());
        }

        /** The code of the error that a subscription gets; 0 when it gets none. */
        int refusal(Identity who, FilterCase filter, @Nullable List<String> columns, boolean snapshot) {
            if (!readers.allow.apply(who)) {
                return 4002;
            }
            if (filter.columns.stream().anyMatch(hidden::contains)) {
                return 4004;
            }
            Set<String> needed = new TreeSet<>(filter.columns);
            rules.forEach(rule -> needed.addAll(rule.columns));
            needed.remove("id");
            boolean lacksOldRows = !tellsOldRows() && !isEmpty(who, filter) && !needed.isEmpty();
            boolean unknown = columns != null && columns.stream().anyMatch(hidden::contains);
            // Of two things that are wrong either may be said.
            boolean unknownFirst = snapshot || !rules.isEmpty();
            return unknown && (unknownFirst || !lacksOldRows) ? 4004 : lacksOldRows ? 4014 : 0;
        }

        /** The names of what is shown. */
        Set<String> visible(@Nullable List<String> columns) {
            Set<String> visible = new TreeSet<>(columns == null ? COLUMNS : columns);
            visible.add("id");
            visible.removeAll(hidden);
            return visible;
        }

        String shown(Map<String, Object> row, @Nullable List<String> columns) {
            Map<String, Object> shown = new TreeMap<>(row);
            shown.keySet().retainAll(visible(columns));
            return shown.toString();
        }

        /** What a change is for a subscription, in order. */
        List<String> told(
                Identity who,
                FilterCase filter,
                @Nullable List<String> columns,
                Operation operation,
                @Nullable Map<String, Object> before,
                @Nullable Map<String, Object> after) {
            if (operation == Operation.TRUNCATE) {
                return isEmpty(who, filter) ? List.of() : List.of("truncate null");
            }
            boolean then = before != null && sees(who, before) && filter.matches.apply(before);
            boolean now = after != null && sees(who, after) && filter.matches.apply(after);
            String gone = !then
                    ? ""
                    : "delete " + (tellsOldRows() ? shown(before, columns) : "{id=" + before.get("id") + "}");
            if (!now) {
                return then ? List.of(gone) : List.of();
            }
            if (then && !before.get("id").equals(after.get("id"))) {
                return List.of(gone, "insert " + shown(after, columns));
            }
            boolean same = then
                    && tellsOldRows()
                    && !hidden.isEmpty()
                    && shown(before, null).equals(shown(after, null));
            return same ? List.of() : List.of((then ? "update " : "insert ") + shown(after, columns));
        }

        /** How a change is pushed to somebody; null when it is not. */
        @Nullable
        String pushed(
                Identity who,
                Operation operation,
                @Nullable Map<String, Object> before,
                @Nullable Map<String, Object> after) {
            if (operation == Operation.TRUNCATE) {
                // There is no row of which a rule or a condition could hold.
                return rules.isEmpty() ? sent(who, Map.of(), "truncate null") : null;
            }
            Map<String, Object> row = after != null ? after : Objects.requireNonNull(before);
            if (after == null && !tellsOldRows()) {
                // Nothing but the key is known, and the rules and pushes that look at no more.
                row = Map.of("id", row.get("id"));
            }
            Map<String, Object> known = row;
            if (rules.stream().anyMatch(rule -> !known.keySet().containsAll(rule.columns)) || !sees(who, known)) {
                return null;
            }
            if (before != null && after != null && tellsOldRows() && !hidden.isEmpty()) {
                Set<String> concerned = new TreeSet<>(COLUMNS);
                concerned.removeAll(hidden);
                rules.forEach(rule -> concerned.addAll(rule.columns));
                pushes.forEach(push -> concerned.addAll(push.columns));
                if (concerned.stream().allMatch(column -> Objects.equals(before.get(column), after.get(column)))) {
                    return null;
                }
            }
            return sent(who, known, operation.wireName() + " " + shown(known, null));
        }

        /** By which of somebody's addresses it comes, and how urgently: the most urgent, and of these the first. */
        private @Nullable String sent(Identity who, Map<String, Object> known, String what) {
            Set<String> own = Address.of(who);
            return pushes.stream()
                    .filter(push -> known.keySet().containsAll(push.columns))
                    .filter(push -> own.contains(String.valueOf(push.address.apply(known))))
                    .min(Comparator.comparing(push -> push.push.priority()))
                    .map(push -> push.address.apply(known) + " " + push.push.priority() + " " + what)
                    .orElse(null);
        }
    }

    final List<Table> tables = new ArrayList<>();
    final List<Route> routes = new ArrayList<>();

    AccessModel(Random random) {
        List<RuleCase> sharedRules = some(random, RULES, 4);
        List<PushCase> sharedPushes = some(random, PUSHES, 2);
        Set<String> sharedHidden = random.nextBoolean() ? Set.of() : Set.of("secret");
        Route shared = Route.from("pg/pub*.*").hide(sharedHidden.toArray(String[]::new));
        for (RuleCase rule : sharedRules) {
            shared = shared.rows(rule.json.replace('\'', '"'));
        }
        for (PushCase push : sharedPushes) {
            shared = shared.push(push.push);
        }
        routes.add(shared);
        for (Relation relation : List.of(FULL, KEYED)) {
            ReadersCase readers = READERS.get(random.nextInt(READERS.size()));
            Route route = Route.from("pg/public." + relation.name()).read(readers.readers);
            Set<String> hidden = new TreeSet<>(sharedHidden);
            Set<String> own = new TreeSet<>();
            for (String column : COLUMNS) {
                if (!column.equals("id") && random.nextInt(3) == 0) {
                    own.add(column);
                }
            }
            hidden.addAll(own);
            if (random.nextBoolean()) {
                route = route.hide(own.toArray(String[]::new));
            } else {
                Set<String> rest = new TreeSet<>(COLUMNS);
                rest.removeAll(own);
                route = route.columns(rest.toArray(String[]::new));
            }
            List<RuleCase> rules = new ArrayList<>(sharedRules);
            for (RuleCase rule : some(random, RULES, 2)) {
                route = route.rows(rule.json.replace('\'', '"'));
                rules.add(rule);
            }
            List<PushCase> pushes = new ArrayList<>();
            for (PushCase push : some(random, PUSHES, 2)) {
                route = route.push(push.push);
                pushes.add(push);
            }
            pushes.addAll(sharedPushes);
            routes.add(route);
            tables.add(new Table(relation, readers, hidden, rules, pushes));
        }
    }

    /** On average one in this many has none, one or two. */
    private static <T> List<T> some(Random random, List<T> all, int seldom) {
        List<T> some = new ArrayList<>();
        for (int i = random.nextInt(seldom + 1) / Math.max(1, seldom - 1); i > 0; i--) {
            some.add(all.get(random.nextInt(all.size())));
        }
        return some;
    }
}
