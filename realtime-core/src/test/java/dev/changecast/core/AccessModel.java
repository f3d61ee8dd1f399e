package dev.changecast.core;

import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Relation;
import dev.changecast.testing.RelationBuilder;
import java.util.ArrayList;
import java.util.LinkedHashSet;
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

    static final List<String> PEOPLE =
            List.of(";;", "ann;r1;tenant=1", "bob;r2;tenant=2", "cat;r1,r2;", "dan;r2;tenant=x", "eve;r1;tenant=01");

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
     * @param never for whom it can hold for no row
     */
    record RuleCase(
            String json,
            Set<String> columns,
            BiPredicate<Identity, Map<String, Object>> sees,
            Function<Identity, Boolean> never) {}

    /** A filter of a client, and what it means. */
    record FilterCase(String json, Set<String> columns, Function<Map<String, Object>, Boolean> matches) {}

    /** A push, and which address it makes of a row; null for none. */
    record PushCase(Push push, Set<String> columns, Function<Map<String, Object>, @Nullable String> address) {}

    record ReadersCase(Route.Readers readers, Function<Identity, Boolean> allow) {}

    private static @Nullable Integer tenant(Identity who) {
        String claim = who.claims().get("tenant");
        return claim == null || !claim.matches("[0-9]+") ? null : Integer.valueOf(claim);
    }

    static final List<RuleCase> RULES = List.of(
            new RuleCase(
                    "{'tenant':'{claims.tenant}'}",
                    Set.of("tenant"),
                    (who, row) -> tenant(who) != null && tenant(who).equals(row.get("tenant")),
                    who -> tenant(who) == null),
            new RuleCase(
                    "{'tenant':{'$ne':'{claims.tenant}'}}",
                    Set.of("tenant"),
                    (who, row) -> tenant(who) != null && !tenant(who).equals(row.get("tenant")),
                    who -> tenant(who) == null),
            new RuleCase(
                    "{'owner':'{user}'}",
                    Set.of("owner"),
                    (who, row) -> who.user() != null && who.user().equals(row.get("owner")),
                    who -> who.user() == null),
            new RuleCase(
                    "{'$or':[{'owner':'{user}'},{'level':0}]}",
                    Set.of("owner", "level"),
                    (who, row) -> who.user() != null && who.user().equals(row.get("owner"))
                            || Objects.equals(0, row.get("level")),
                    who -> false),
            new RuleCase(
                    "{'$not':{'$or':[{'tenant':'{claims.tenant}'},{'secret':'s1'}]}}",
                    Set.of("tenant", "secret"),
                    (who, row) -> tenant(who) != null
                            && !tenant(who).equals(row.get("tenant"))
                            && !Objects.equals("s1", row.get("secret")),
                    who -> tenant(who) == null),
            new RuleCase(
                    "{'level':{'$gte':1},'secret':{'$in':['s0','s1',null]}}",
                    Set.of("level", "secret"),
                    (who, row) -> row.get("level") != null
                            && (int) row.get("level") >= 1
                            && !Objects.equals("s2", row.get("secret")),
                    who -> false),
            new RuleCase("{'id':{'$gt':5}}", Set.of("id"), (who, row) -> (int) row.get("id") > 5, who -> false));

    static final List<FilterCase> FILTERS = List.of(
            new FilterCase("{}", Set.of(), row -> true),
            new FilterCase("{'id':{'$lt':12}}", Set.of("id"), row -> (int) row.get("id") < 12),
            new FilterCase("{'level':{'$ne':1}}", Set.of("level"), row -> !Objects.equals(1, row.get("level"))),
            new FilterCase(
                    "{'$or':[{'tenant':2},{'owner':'bob'}]}",
                    Set.of("tenant", "owner"),
                    row -> Objects.equals(2, row.get("tenant")) || Objects.equals("bob", row.get("owner"))),
            new FilterCase("{'secret':{'$null':false}}", Set.of("secret"), row -> row.get("secret") != null));

    static final List<PushCase> PUSHES = List.of(
            new PushCase(Push.to("role:r1"), Set.of(), row -> "role:r1"),
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

        /** The code of the error that a subscription gets; 0 when it gets none. */
        int refusal(Identity who, FilterCase filter) {
            if (!readers.allow.apply(who)) {
                return 4002;
            }
            if (filter.columns.stream().anyMatch(hidden::contains)) {
                return 4004;
            }
            Set<String> needed = new TreeSet<>(filter.columns);
            rules.forEach(rule -> needed.addAll(rule.columns));
            needed.remove("id");
            boolean never = rules.stream().anyMatch(rule -> rule.never.apply(who));
            return tellsOldRows() || never || needed.isEmpty() ? 0 : 4014;
        }

        String shown(Map<String, Object> row) {
            Map<String, Object> shown = new TreeMap<>(row);
            hidden.forEach(shown::remove);
            return shown.toString();
        }

        /** What a change is for a subscription; null when nothing. */
        @Nullable
        String told(
                Identity who,
                FilterCase filter,
                Operation operation,
                @Nullable Map<String, Object> before,
                @Nullable Map<String, Object> after) {
            boolean then = before != null && sees(who, before) && filter.matches.apply(before);
            boolean now = after != null && sees(who, after) && filter.matches.apply(after);
            if (now) {
                boolean same = then
                        && tellsOldRows()
                        && !hidden.isEmpty()
                        && shown(before).equals(shown(after));
                return same ? null : (then ? "update " : "insert ") + shown(after);
            }
            return then ? "delete " + (tellsOldRows() ? shown(before) : "{id=" + before.get("id") + "}") : null;
        }

        /** How a change is pushed to somebody; null when it is not. */
        @Nullable
        String pushed(
                Identity who,
                Operation operation,
                @Nullable Map<String, Object> before,
                @Nullable Map<String, Object> after) {
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
            Set<String> addresses = new LinkedHashSet<>();
            for (PushCase push : pushes) {
                String address = known.keySet().containsAll(push.columns) ? push.address.apply(known) : null;
                if (address != null) {
                    addresses.add(address);
                }
            }
            Set<String> own = Address.of(who);
            return addresses.stream()
                    .filter(own::contains)
                    .findFirst()
                    .map(address -> address + " " + operation.wireName() + " " + shown(known))
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
