package dev.changecast.server.e2e;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Routes at random, as YAML, and what they mean for whom, in plain Java: a second opinion on who sees what. */
final class AccessOracle {
    static final List<String> COLUMNS = List.of("id", "tenant", "owner", "level", "secret");

    /** Somebody with a token. */
    record Person(String user, Set<String> roles, @Nullable Integer tenant, List<Integer> tenants) {
        private boolean isOfTenant(Map<String, Object> row) {
            return tenants.stream().anyMatch(each -> each.equals(row.get("tenant")));
        }
    }

    static final List<Person> PEOPLE = List.of(
            new Person("ann", Set.of("r1"), 1, List.of(1, 2)),
            new Person("bob", Set.of("r2"), 2, List.of()),
            new Person("cat", Set.of("r1", "r2"), null, List.of(0)),
            new Person("dan", Set.of(), 0, List.of(2, 0)));

    /** @param never for whom it holds for no row at all, also none that is told without its values */
    record Rule(
            String yaml, Set<String> columns, BiPredicate<Person, Map<String, Object>> sees, Predicate<Person> never) {}

    record Filter(String json, Set<String> columns, Predicate<Map<String, Object>> matches) {}

    record PushTo(
            String yaml, Set<String> columns, Function<Map<String, Object>, @Nullable String> address, boolean high) {}

    private static final List<Rule> RULES = List.of(
            new Rule(
                    "{ tenant: \"{claims.tenant}\" }",
                    Set.of("tenant"),
                    (who, row) -> who.tenant != null && who.tenant.equals(row.get("tenant")),
                    who -> who.tenant == null),
            new Rule(
                    "{ tenant: { $in: \"{claims.tenants}\" } }",
                    Set.of("tenant"),
                    (who, row) -> who.isOfTenant(row),
                    who -> who.tenants.isEmpty()),
            new Rule(
                    "{ tenant: { $nin: \"{claims.tenants}\" } }",
                    Set.of("tenant"),
                    (who, row) -> !who.tenants.isEmpty() && !who.isOfTenant(row),
                    who -> who.tenants.isEmpty()),
            new Rule(
                    "{ $or: [ { owner: \"{user}\" }, { level: { $gte: 1 } } ] }",
                    Set.of("owner", "level"),
                    (who, row) -> who.user.equals(row.get("owner"))
                            || row.get("level") != null && (int) row.get("level") >= 1,
                    who -> false),
            new Rule("{ id: { $gt: 4 } }", Set.of("id"), (who, row) -> (int) row.get("id") > 4, who -> false));

    static final List<Filter> FILTERS = List.of(
            new Filter("{}", Set.of(), row -> true),
            new Filter("{\"id\":{\"$lt\":12}}", Set.of("id"), row -> (int) row.get("id") < 12),
            new Filter(
                    "{\"$or\":[{\"level\":{\"$ne\":1}},{\"owner\":\"bob\"}]}",
                    Set.of("level", "owner"),
                    row -> !Objects.equals(1, row.get("level")) || Objects.equals("bob", row.get("owner"))),
            new Filter("{\"secret\":{\"$null\":false}}", Set.of("secret"), row -> row.get("secret") != null));

    static final List<List<String>> CHOICES =
            List.of(List.of("owner"), List.of("tenant", "level"), List.of("id", "secret"));

    private static final List<PushTo> PUSHES = List.of(
            new PushTo("\"role:r1\"", Set.of(), row -> "role:r1", false),
            new PushTo(
                    "{ to: \"user:{row.owner}\", when: { level: 2 }, priority: high }",
                    Set.of("owner", "level"),
                    row -> Objects.equals(2, row.get("level")) && row.get("owner") != null
                            ? "user:" + row.get("owner")
                            : null,
                    true),
            new PushTo(
                    "{ to: broadcast, when: { secret: s1 } }",
                    Set.of("secret"),
                    row -> Objects.equals("s1", row.get("secret")) ? "broadcast" : null,
                    false));

    private static final Map<String, Predicate<Person>> READERS = Map.of(
            "everyone", who -> true,
            "{ roles: [r1] }", who -> who.roles.contains("r1"),
            "{ users: [bob, dan] }", who -> Set.of("bob", "dan").contains(who.user));

    /** A table with a route of its own. */
    static final class Table {
        final String name;
        final boolean full;
        private final String readers;
        private final Set<String> hidden = new TreeSet<>();
        private final List<Rule> rules = new ArrayList<>();
        private final List<PushTo> pushes = new ArrayList<>();
        final Map<Integer, Map<String, Object>> rows = new TreeMap<>();

        Table(String name, boolean full, Random random) {
            this.name = name;
            this.full = full;
            this.readers = List.copyOf(new TreeSet<>(READERS.keySet())).get(random.nextInt(READERS.size()));
            for (String column : COLUMNS.subList(1, COLUMNS.size())) {
                if (random.nextInt(4) == 0) {
                    hidden.add(column);
                }
            }
            // What needs old values is of no use where there are none, but to be refused.
            List<Rule> some = full || random.nextInt(3) == 0 ? RULES : RULES.subList(RULES.size() - 1, RULES.size());
            if (random.nextInt(5) > 0) {
                rules.add(some.get(random.nextInt(some.size())));
            }
            PUSHES.stream().filter(push -> random.nextBoolean()).forEach(pushes::add);
        }

        String yaml() {
            StringBuilder yaml = new StringBuilder("  - from: pg/public." + name + "\n    read: " + readers);
            if (!hidden.isEmpty()) {
                yaml.append("\n    hide: ").append(hidden);
            }
            rules.forEach(rule -> yaml.append("\n    rows: ").append(rule.yaml));
            if (!pushes.isEmpty()) {
                yaml.append("\n    push:");
                pushes.forEach(push -> yaml.append("\n      - ").append(push.yaml));
            }
            return yaml.append('\n').toString();
        }

        boolean hides(String column) {
            return hidden.contains(column);
        }

        /** The code of the error that a subscription with a snapshot gets; 0 for none. */
        int refusal(Person who, Filter filter, @Nullable List<String> columns) {
            if (!READERS.get(readers).test(who)) {
                return 4002;
            }
            Set<String> named = new TreeSet<>(filter.columns);
            named.addAll(columns == null ? List.of() : columns);
            if (named.stream().anyMatch(hidden::contains)) {
                return 4004;
            }
            Set<String> needed = new TreeSet<>(filter.columns);
            rules.forEach(rule -> needed.addAll(rule.columns));
            needed.remove("id");
            return full || needed.isEmpty() || never(who) ? 0 : 4014;
        }

        private boolean never(Person who) {
            return rules.stream().anyMatch(rule -> rule.never.test(who));
        }

        private boolean sees(Person who, Map<String, Object> row) {
            return rules.stream().allMatch(rule -> rule.sees.test(who, row));
        }

        /** A row as somebody sees it; null when not at all. */
        @Nullable
        String seen(Person who, Filter filter, @Nullable List<String> columns, @Nullable Map<String, Object> row) {
            return row != null && sees(who, row) && filter.matches.test(row) ? shown(row, columns) : null;
        }

        private String shown(Map<String, Object> row, @Nullable List<String> columns) {
            Map<String, Object> shown = new TreeMap<>(row);
            shown.keySet()
                    .removeIf(column -> hidden.contains(column)
                            || columns != null && !column.equals("id") && !columns.contains(column));
            return shown.toString();
        }

        /** What a change is for a subscription; both rows null: all rows are gone. */
        List<String> told(
                Person who,
                Filter filter,
                @Nullable List<String> columns,
                @Nullable Map<String, Object> before,
                @Nullable Map<String, Object> after) {
            if (before == null && after == null) {
                return never(who) ? List.of() : List.of("truncate null");
            }
            String then = seen(who, filter, columns, before);
            String now = seen(who, filter, columns, after);
            String gone = then == null ? null : "delete " + (full ? then : "{id=" + before.get("id") + "}");
            if (then == null || now == null) {
                return now != null ? List.of("insert " + now) : gone != null ? List.of(gone) : List.of();
            }
            if (!before.get("id").equals(after.get("id"))) {
                return List.of(gone, "insert " + now);
            }
            boolean hiddenAlone =
                    full && !hidden.isEmpty() && shown(before, null).equals(shown(after, null));
            return hiddenAlone ? List.of() : List.of("update " + now);
        }

        /** How it comes to somebody who did not subscribe; null when it does not. */
        @Nullable
        String pushed(Person who, @Nullable Map<String, Object> before, @Nullable Map<String, Object> after) {
            if (before == null && after == null) {
                return rules.isEmpty() ? pushed(who, Map.of(), "truncate null") : null;
            }
            Map<String, Object> row = after != null ? after : full ? before : Map.of("id", before.get("id"));
            boolean unknown = rules.stream().anyMatch(rule -> !row.keySet().containsAll(rule.columns));
            if (unknown || !sees(who, row)) {
                return null;
            }
            if (before != null && after != null && full && !hidden.isEmpty()) {
                Set<String> concerned = new TreeSet<>(COLUMNS);
                concerned.removeAll(hidden);
                rules.forEach(rule -> concerned.addAll(rule.columns));
                pushes.forEach(push -> concerned.addAll(push.columns));
                if (concerned.stream().allMatch(column -> Objects.equals(before.get(column), after.get(column)))) {
                    return null;
                }
            }
            String action = before == null ? "insert " : after == null ? "delete " : "update ";
            return pushed(who, row, action + shown(row, null));
        }

        private @Nullable String pushed(Person who, Map<String, Object> row, String what) {
            for (boolean high : new boolean[] {true, false}) {
                for (PushTo push : pushes) {
                    String to = push.high == high && row.keySet().containsAll(push.columns)
                            ? push.address.apply(row)
                            : null;
                    boolean theirs = to != null
                            && (to.equals("broadcast")
                                    || to.equals("user:" + who.user)
                                    || who.roles.stream().anyMatch(role -> to.equals("role:" + role)));
                    if (theirs) {
                        return to + (high ? " high " : " ") + what;
                    }
                }
            }
            return null;
        }
    }

    final List<Table> tables;

    AccessOracle(Random random) {
        tables = List.of(new Table("docs", true, random), new Table("memos", false, random));
    }

    String yaml() {
        return "routes:\n" + tables.get(0).yaml() + tables.get(1).yaml();
    }
}
