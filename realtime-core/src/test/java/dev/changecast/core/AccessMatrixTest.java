package dev.changecast.core;

import static dev.changecast.core.TestEngine.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.source.Operation;
import dev.changecast.core.AccessModel.FilterCase;
import dev.changecast.core.AccessModel.Table;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.InMemorySource;
import dev.changecast.testing.LoopbackClient;
import dev.changecast.testing.Message;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Everybody subscribes to everything with every filter and some choice of columns, under routes at random: snapshots, live
 * changes, resumes and pushes must be exactly those that a second opinion says.
 */
class AccessMatrixTest {
    private static final int COMMITS = 120;
    private static final int IDS = 20;
    private static final Limits SMALL =
            new Limits(1000, 1000, 1000, 100, 512 * 1024, 16 * 1024, 100_000, 60_000, Set.of());

    /** One subscription of somebody, and what it has to get. */
    private static final class Wanted {
        final Identity who;
        final Table table;
        final FilterCase filter;
        final @Nullable List<String> columns;
        final List<String> expected = new ArrayList<>();
        final List<String> snapshot = new ArrayList<>();

        @Nullable
        String channel;

        Wanted(Identity who, Table table, FilterCase filter, @Nullable List<String> columns) {
            this.who = who;
            this.table = table;
            this.filter = filter;
            this.columns = columns;
        }

        String subscribe(String id, String more) {
            String chosen = columns == null ? "" : ",'columns':['" + String.join("','", columns) + "']";
            return json("{'type':'subscribe','id':'" + id + "','collection':'" + table.relation.name() + "','filter':"
                    + filter.json() + chosen + more + "}");
        }

        @Override
        public String toString() {
            return table.relation.name() + " " + filter.json() + (columns == null ? "" : " " + columns);
        }
    }

    /** One person with two connections: one that stays, and one that is lost now and then. */
    private static final class Person {
        final String name;
        final Identity identity;
        final List<Wanted> wanted = new ArrayList<>();
        final List<String> pushes = new ArrayList<>();
        int denied;
        final List<Message> kept = new ArrayList<>();
        LoopbackClient staying;
        LoopbackClient leaving;

        Person(String name) {
            this.name = name;
            this.identity = Claimed.identity(name);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void nobodyGetsMoreOrLessThanTheRoutesGive(long seed) {
        run(seed, route -> route);
    }

    /** The test itself is tested: what it is to notice, it notices. */
    @Test
    void aRuleAColumnAndAReaderThatAreLeftOutAreNoticed() {
        assertThatThrownBy(() -> runAll(route -> new Route(
                        route.from(),
                        route.collection(),
                        route.events(),
                        route.read(),
                        route.hide(),
                        route.old(),
                        null,
                        route.columns(),
                        route.push(),
                        route.conflate())))
                .isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> runAll(route -> new Route(
                        route.from(),
                        route.collection(),
                        route.events(),
                        route.read(),
                        Set.of(),
                        route.old(),
                        route.rows(),
                        null,
                        route.push(),
                        route.conflate())))
                .isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> runAll(route -> route.read(Route.Readers.EVERYONE)))
                .isInstanceOf(AssertionError.class);
    }

    private void runAll(UnaryOperator<Route> change) {
        for (long seed = 1; seed <= 4; seed++) {
            run(seed, change);
        }
    }

    private void run(long seed, UnaryOperator<Route> change) {
        Random random = new Random(seed);
        AccessModel model = new AccessModel(random);
        List<Person> people = AccessModel.PEOPLE.stream().map(Person::new).toList();
        InMemorySource source = new InMemorySource(AccessModel.FULL, AccessModel.KEYED);
        for (int i = 0; i < 15; i++) {
            // Before anybody captures, so that nothing of it is pushed.
            commit(source, model, List.of(), random);
        }
        try (TestEngine engine = TestEngine.start(source, builder -> {
                    model.routes.forEach(route -> builder.route(change.apply(route)));
                    return builder.limits(SMALL).authenticator(new Claimed());
                })
                .awaitStreaming()) {
            people.forEach(person -> begin(engine, model, person, random));
            people.forEach(person -> {
                Eventually.await("what is denied", () -> denials(person) == person.denied);
                checkSnapshots(person);
            });
            for (int i = 0; i < COMMITS; i++) {
                commit(engine.source, model, people, random);
                Person person = people.get(random.nextInt(people.size()));
                switch (random.nextInt(8)) {
                    case 0 -> person.staying.stopTaking();
                    case 1 -> person.staying.startTaking();
                    case 2 -> comeBack(engine, person);
                    default -> {}
                }
            }
            engine.awaitCaptured();
            for (Person person : people) {
                person.staying.startTaking();
                comeBack(engine, person);
                awaitChanges(person.staying, total(person, true));
                long before = person.kept.stream().filter(Message::isChange).count();
                awaitChanges(person.leaving, total(person, false) - before);
                check(person, person.staying.received().all());
                person.kept.addAll(person.leaving.received().all());
                check(person, person.kept);
            }
            Map<String, List<String>> byChannel = new HashMap<>();
            people.forEach(person -> person.wanted.stream()
                    .filter(wanted -> wanted.channel != null)
                    .forEach(wanted -> assertThat(byChannel.computeIfAbsent(wanted.channel, channel -> wanted.expected))
                            .as("what two see who share a channel")
                            .isEqualTo(wanted.expected)));
        }
    }

    // ---- The people

    private void begin(TestEngine engine, AccessModel model, Person person, Random random) {
        person.staying = connect(engine, person, null);
        person.leaving = connect(engine, person, null);
        for (Table table : model.tables) {
            if (!table.readers.allow().apply(person.identity)) {
                // The engine asks the source again first, which it does not do often: all wait for it together.
                person.staying.send(
                        new Wanted(person.identity, table, AccessModel.FILTERS.get(0), null).subscribe("denied", ""));
                person.denied++;
                continue;
            }
            for (FilterCase filter : AccessModel.FILTERS) {
                begin(person, new Wanted(person.identity, table, filter, null));
                List<String> columns = AccessModel.CHOICES.get(random.nextInt(AccessModel.CHOICES.size()));
                begin(person, new Wanted(person.identity, table, filter, columns));
            }
        }
    }

    private void begin(Person person, Wanted wanted) {
        Table table = wanted.table;
        int refusal = 0;
        for (LoopbackClient client : List.of(person.staying, person.leaving)) {
            boolean snapshot = client == person.staying;
            client.send(wanted.subscribe("s", snapshot ? "" : ",'snapshot':false"));
            Message answer = client.await("an answer", message -> "s".equals(message.text("id")));
            refusal = table.refusal(person.identity, wanted.filter, wanted.columns, snapshot);
            assertThat(answer.is("error") ? answer.number("code") : 0)
                    .as("%s asks for %s: %s", person.name, wanted, answer)
                    .isEqualTo(refusal);
            if (refusal != 0) {
                continue;
            }
            Set<Object> columns = new TreeSet<>();
            answer.list("columns").forEach(column -> columns.add(((Map<?, ?>) column).get("name")));
            assertThat(columns)
                    .as("columns of %s for %s", wanted, person.name)
                    .isEqualTo(table.visible(wanted.columns));
            String channel = answer.text("channel");
            client.await("ready", message -> message.is("ready") && channel.equals(message.text("channel")));
            if (snapshot) {
                wanted.channel = channel;
            } else {
                leavingChannels.put(person.name + wanted, channel);
            }
        }
        if (refusal == 0) {
            table.rows.values().stream()
                    .filter(row -> table.sees(person.identity, row)
                            && wanted.filter.matches().apply(row))
                    .forEach(row -> wanted.snapshot.add(table.shown(row, wanted.columns)));
            person.wanted.add(wanted);
        }
    }

    private static long denials(Person person) {
        return person.staying.received().all("error").stream()
                .filter(error -> "denied".equals(error.text("id")) && error.number("code") == 4002)
                .count();
    }

    private final Map<String, String> leavingChannels = new HashMap<>();

    private static LoopbackClient connect(TestEngine engine, Person person, @Nullable String since) {
        LoopbackClient.Builder builder = engine.client().header("Who", person.name);
        if (since != null) {
            builder.parameter("since", json("{'pg':'" + since + "'}"));
        }
        LoopbackClient client = engine.opened(builder.connect());
        if (client.await("welcome").text("sources.pg.offset") == null) {
            client.await("heartbeat");
        }
        return client;
    }

    /** The second connection is lost, and taken up again where its last whole transaction ended. */
    private void comeBack(TestEngine engine, Person person) {
        List<Message> all = person.leaving.received().all();
        person.leaving.drop();
        int end = all.size();
        while (end > 0 && offset(all.get(end - 1)) == null) {
            end--;
        }
        String since = offset(all.get(end - 1));
        person.kept.addAll(all.subList(0, end));
        person.leaving = connect(engine, person, since);
        for (Wanted wanted : person.wanted) {
            String channel = leavingChannels.get(person.name + wanted);
            person.leaving.send(wanted.subscribe(
                    "r", ",'snapshot':false,'since':{'pg':'" + since + "'},'channel':'" + channel + "'"));
            person.leaving.await("ready", message -> message.is("ready") && channel.equals(message.text("channel")));
        }
        assertThat(person.leaving.received().all("reset")).isEmpty();
    }

    private static @Nullable String offset(Message message) {
        if (TestEngine.isCommit(message)) {
            return message.text("offset");
        }
        return message.is("ready") || message.is("heartbeat")
                ? message.text("offsets.pg")
                : message.is("welcome") ? message.text("sources.pg.offset") : null;
    }

    /** How many changes somebody has to get; subscriptions that share a channel get them once. */
    private long total(Person person, boolean staying) {
        Map<String, Integer> byChannel = new HashMap<>();
        person.wanted.forEach(wanted -> byChannel.put(channel(person, wanted, staying), wanted.expected.size()));
        return byChannel.values().stream().mapToLong(Integer::longValue).sum() + person.pushes.size();
    }

    private @Nullable String channel(Person person, Wanted wanted, boolean staying) {
        return staying ? wanted.channel : leavingChannels.get(person.name + wanted);
    }

    private static void awaitChanges(LoopbackClient client, long least) {
        try {
            Eventually.await(
                    least + " changes", () -> client.received().changes().size() >= least);
        } catch (AssertionError e) {
            // What is missing is told better by the comparison.
            assertThat(client.received().changes().size()).isLessThan((int) least);
        }
    }

    // ---- What happens

    private static void commit(InMemorySource source, AccessModel model, List<Person> people, Random random) {
        source.commit(tx -> {
            for (int i = 1 + random.nextInt(3); i > 0; i--) {
                Table table = model.tables.get(random.nextInt(2));
                if (random.nextInt(40) == 0) {
                    tx.truncate(table.relation);
                    table.rows.clear();
                    tell(people, table, Operation.TRUNCATE, null, null);
                    continue;
                }
                int id = random.nextInt(IDS);
                Map<String, Object> before = table.rows.get(id);
                int newId = before != null && random.nextInt(3) == 0 ? otherId(table, id, random) : id;
                Map<String, Object> after =
                        before != null && random.nextInt(4) == 0 ? null : row(random, newId, before);
                if (before == null) {
                    tx.insert(table.relation, values(after));
                } else if (after == null) {
                    tx.delete(table.relation, id);
                } else if (newId != id) {
                    tx.updateKey(table.relation, id, values(after));
                } else {
                    tx.update(table.relation, values(after));
                }
                table.rows.remove(id);
                if (after != null) {
                    table.rows.put(newId, after);
                }
                tell(
                        people,
                        table,
                        before == null ? Operation.INSERT : after == null ? Operation.DELETE : Operation.UPDATE,
                        before,
                        after);
            }
        });
    }

    /** One that no row has, or this one when none is found. */
    private static int otherId(Table table, int id, Random random) {
        int other = random.nextInt(IDS);
        return table.rows.containsKey(other) ? id : other;
    }

    private static void tell(
            List<Person> people,
            Table table,
            Operation operation,
            @Nullable Map<String, Object> before,
            @Nullable Map<String, Object> after) {
        for (Person person : people) {
            for (Wanted wanted : person.wanted) {
                if (wanted.table == table) {
                    wanted.expected.addAll(
                            table.told(person.identity, wanted.filter, wanted.columns, operation, before, after));
                }
            }
            String pushed = table.pushed(person.identity, operation, before, after);
            if (pushed != null) {
                person.pushes.add(pushed);
            }
        }
    }

    /** A row; one that there is changes in one column or two. */
    private static Map<String, Object> row(Random random, int id, @Nullable Map<String, Object> before) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("id", id);
        row.put("tenant", random.nextInt(6) == 0 ? null : random.nextInt(3));
        row.put("owner", List.of("ann", "bob", "cat", "nobody").get(random.nextInt(4)));
        row.put("level", random.nextInt(6) == 0 ? null : random.nextInt(3));
        row.put("secret", random.nextInt(6) == 0 ? null : "s" + random.nextInt(3));
        if (before != null) {
            Set<String> changed = Set.of(
                    AccessModel.COLUMNS.get(1 + random.nextInt(2)), AccessModel.COLUMNS.get(3 + random.nextInt(2)));
            row.replaceAll(
                    (column, value) -> column.equals("id") || changed.contains(column) ? value : before.get(column));
        }
        return row;
    }

    private static @Nullable Object[] values(Map<String, Object> row) {
        return row.values().toArray();
    }

    // ---- What came

    private static void checkSnapshots(Person person) {
        Map<String, List<String>> rows = new HashMap<>();
        for (Message page : person.staying.received().all("snapshot")) {
            page.list("rows")
                    .forEach(row -> rows.computeIfAbsent(page.text("channel"), any -> new ArrayList<>())
                            .add(new TreeMap<>((Map<?, ?>) row).toString()));
        }
        for (Wanted wanted : person.wanted) {
            assertThat(rows.getOrDefault(wanted.channel, List.of()))
                    .as("rows of %s for %s", wanted, person.name)
                    .containsExactlyInAnyOrderElementsOf(wanted.snapshot);
        }
    }

    private void check(Person person, List<Message> messages) {
        Map<String, List<String>> changes = new HashMap<>();
        List<String> pushes = new ArrayList<>();
        boolean staying = messages != person.kept;
        for (Message message : messages) {
            if (!message.isChange()) {
                continue;
            }
            String channel = message.text("channel");
            Object data = message.get("data");
            String told = message.text("action") + " " + (data == null ? null : new TreeMap<>((Map<?, ?>) data));
            if (channel.contains(":") || channel.equals("broadcast")) {
                String priority = message.has("priority") ? message.text("priority") : "normal";
                pushes.add(channel + " " + priority.toUpperCase(Locale.ROOT) + " " + told);
            } else {
                changes.computeIfAbsent(channel, any -> new ArrayList<>()).add(told);
            }
        }
        for (Wanted wanted : person.wanted) {
            String channel = channel(person, wanted, staying);
            assertThat(changes.getOrDefault(channel, List.of()))
                    .as("changes of %s for %s", wanted, person.name)
                    .isEqualTo(wanted.expected);
        }
        assertThat(pushes).as("pushed to %s", person.name).isEqualTo(person.pushes);
    }
}
