package dev.changecast.core;

import static dev.changecast.core.TestEngine.DESKS;
import static dev.changecast.core.TestEngine.WORKSTATIONS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.core.ModelClient.Followed;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.InMemoryTransaction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Clients that come and go, stop taking and resume, while random transactions run and the source fails: at the end each
 * holds exactly the rows that its filters ask for. Replayable by its seed, but for the threads' timing. {@code
 * -Dchangecast.stress.seeds=100 -Dchangecast.stress.steps=2000} makes it long, {@code -Dchangecast.stress.first} chooses
 * the first seed.
 */
class EngineStressTest {
    private static final int CLIENTS = 5;
    private static final boolean CONFLATES = !"false".equals(System.getProperty("changecast.stress.conflate"));
    private static final int FIRST_UNSEEN = 1_000_000;

    private record Choice(String filter, Predicate<List<?>> model) {}

    static List<Long> seeds() {
        List<Long> seeds = new ArrayList<>();
        long first = Long.getLong("changecast.stress.first", 1);
        for (long seed = first; seed < first + Integer.getInteger("changecast.stress.seeds", 4); seed++) {
            seeds.add(seed);
        }
        return seeds;
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void everyClientEndsWithTheRowsOfItsFilters(long seed) throws Exception {
        Random random = new Random(seed);
        int steps = Integer.getInteger("changecast.stress.steps", 150);
        boolean epochs = seed % 4 == 0;
        Limits limits = new Limits(
                1000, 1000, 1000, 100, 512 * 1024, seed % 2 == 0 ? 16 * 1024 : 1024 * 1024, 100_000, 300, Set.of());
        Set<String> expectedResets = epochs ? Set.of("epoch_changed") : Set.of();
        try (TestEngine engine = TestEngine.start(builder -> conflating(builder.limits(limits), seed))) {
            List<ModelClient> clients = new ArrayList<>();
            Map<Followed, Choice> choices = new java.util.IdentityHashMap<>();
            for (int i = 0; i < CLIENTS; i++) {
                ModelClient client = new ModelClient("client " + i, engine, i % 2 == 0);
                client.connect();
                clients.add(client);
            }
            AtomicReference<Throwable> failure = new AtomicReference<>();
            Thread writer = new Thread(
                    () -> {
                        try {
                            write(engine, new Random(seed + 1), steps * 5, epochs);
                        } catch (Throwable e) {
                            failure.set(e);
                        }
                    },
                    "writer");
            writer.start();
            for (int step = 0; step < steps; step++) {
                ModelClient client = clients.get(random.nextInt(CLIENTS));
                act(client, random, choices, expectedResets);
                long pause = 1 + random.nextInt(8);
                java.util.concurrent.locks.LockSupport.parkNanos(pause * 1_000_000);
                clients.forEach(each -> each.process(expectedResets));
            }
            writer.join();
            assertThat(failure.get()).isNull();
            engine.source.resume();
            engine.source.reveal();
            for (ModelClient client : clients) {
                client.connection().startTaking();
                for (Followed followed : client.followed()) {
                    Relation relation = followed.collection.equals("desks") ? DESKS : WORKSTATIONS;
                    Map<String, Map<String, Object>> wanted = new TreeMap<>();
                    engine.source.rows(relation).stream()
                            .filter(choices.get(followed).model)
                            .forEach(row -> wanted.put(String.valueOf(row.get(0)), named(relation, row)));
                    try {
                        Eventually.await("the rows", Duration.ofSeconds(20), () -> {
                            client.process(expectedResets);
                            return followed.isReady() && followed.rows.equals(wanted);
                        });
                    } catch (AssertionError e) {
                        assertThat(followed.isReady())
                                .as("%s of %s is ready", followed.filter, followed.collection)
                                .isTrue();
                        assertThat(followed.rows)
                                .as("seed %d, %s of %s, %s", seed, followed.filter, followed.collection, client)
                                .isEqualTo(wanted);
                        throw e;
                    }
                }
            }
            clients.forEach(client -> client.drop(expectedResets));
        }
    }

    /** Every third run conflates one table for everybody. */
    private static Changecast.Builder conflating(Changecast.Builder builder, long seed) {
        return seed % 3 == 0 ? builder.route(Route.from("pg/public.desks").conflate(Duration.ofMillis(50))) : builder;
    }

    private static Map<String, Object> named(Relation relation, List<?> row) {
        Map<String, Object> named = new TreeMap<>();
        for (int i = 0; i < row.size(); i++) {
            named.put(relation.columns().get(i).name(), String.valueOf(row.get(i)));
        }
        return named;
    }

    private static void act(
            ModelClient client, Random random, Map<Followed, Choice> choices, Set<String> expectedResets) {
        switch (random.nextInt(10)) {
            case 0, 1, 2 -> {
                if (client.followed().size() < 6) {
                    String collection = random.nextBoolean() ? "desks" : "workstations";
                    Choice choice = choose(random, collection);
                    if (client.followed().stream()
                            .noneMatch(followed ->
                                    followed.filter.equals(choice.filter) && followed.collection.equals(collection))) {
                        Followed followed =
                                new Followed(collection, choice.filter, CONFLATES && random.nextInt(3) == 0);
                        choices.put(followed, choice);
                        client.follow(followed);
                    }
                }
            }
            case 3 -> {
                if (client.followed().size() > 2) {
                    client.unfollow(client.followed()
                            .get(random.nextInt(client.followed().size())));
                }
            }
            case 4, 5, 6 -> {
                client.drop(expectedResets);
                client.connect();
            }
            case 7 -> client.connection().stopTaking();
            case 8 -> client.connection().takeOne();
            default -> client.connection().startTaking();
        }
    }

    private static Choice choose(Random random, String collection) {
        int number = random.nextInt(5);
        int bound = random.nextInt(60);
        if (collection.equals("workstations")) {
            return switch (number) {
                case 0, 1 -> new Choice("{}", row -> true);
                case 2 -> new Choice("{'id':" + bound + "}", row -> id(row) == bound);
                default -> new Choice("{'id':{'$lt':" + bound + "}}", row -> id(row) < bound);
            };
        }
        return switch (number) {
            case 0 -> new Choice("{}", row -> true);
            case 1, 2 -> new Choice("{'floor_number':" + bound % 4 + "}", row -> floor(row) == bound % 4);
            case 3 -> new Choice("{'floor_number':{'$in':[1,2]}}", row -> floor(row) == 1 || floor(row) == 2);
            default ->
                new Choice(
                        "{'$or':[{'id':{'$lt':" + bound + "}},{'floor_number':3}]}",
                        row -> id(row) < bound || floor(row) == 3);
        };
    }

    private static long id(List<?> row) {
        return ((Number) row.get(0)).longValue();
    }

    private static long floor(List<?> row) {
        return ((Number) row.get(1)).longValue();
    }

    // ---- The writer

    private static void write(TestEngine engine, Random random, int transactions, boolean epochs) {
        TreeSet<Integer> desks = new TreeSet<>();
        TreeSet<Integer> workstations = new TreeSet<>();
        List<Integer> unseen = new ArrayList<>();
        int failures = 0;
        int nextUnseen = FIRST_UNSEEN;
        for (int i = 0; i < transactions; i++) {
            if (random.nextInt(15) == 0) {
                int id = nextUnseen++;
                engine.source.commitUnseen(tx -> tx.insert(DESKS, id, id % 4, "unseen"));
                unseen.add(id);
            }
            if (random.nextInt(20) == 0) {
                engine.source.reveal();
                desks.addAll(unseen);
                unseen.clear();
            }
            int size = random.nextInt(60) == 0 ? 1500 : 1 + random.nextInt(4);
            boolean truncates = unseen.isEmpty() && random.nextInt(100) == 0;
            engine.source.commit(tx -> {
                if (truncates) {
                    tx.truncate(DESKS);
                    desks.clear();
                }
                for (int j = 0; j < size; j++) {
                    if (random.nextBoolean()) {
                        change(tx, DESKS, desks, random, "desk");
                    } else {
                        change(tx, WORKSTATIONS, workstations, random, "free");
                    }
                }
            });
            switch (random.nextInt(200)) {
                case 0, 1, 2 -> engine.source.progress();
                case 3, 4 -> {
                    if (failures++ < 3) {
                        engine.source.overlap(random.nextInt(5));
                        if (random.nextBoolean()) {
                            engine.source.interrupt();
                        } else {
                            engine.source.interruptAfter(random.nextInt(2000));
                        }
                    }
                }
                case 5, 6 -> engine.source.pauseAfter(random.nextInt(1000));
                case 7, 8, 9, 10 -> engine.source.resume();
                case 11 -> {
                    if (epochs && failures++ < 3) {
                        engine.source.resume();
                        engine.awaitCaptured();
                        engine.source.changeEpoch("e" + i);
                    }
                }
                default -> {
                    if (random.nextInt(10) == 0) {
                        java.util.concurrent.locks.LockSupport.parkNanos(3_000_000);
                    }
                }
            }
        }
    }

    private static void change(
            InMemoryTransaction tx, Relation relation, TreeSet<Integer> ids, Random random, String text) {
        int id = random.nextInt(100);
        if (!ids.contains(id)) {
            ids.add(id);
            tx.insert(relation, id, random.nextInt(4), text + random.nextInt(1000));
            return;
        }
        int other = random.nextInt(100);
        switch (random.nextInt(5)) {
            case 0 -> {
                ids.remove(id);
                tx.delete(relation, id);
            }
            case 1 -> {
                if (!ids.contains(other)) {
                    ids.remove(id);
                    ids.add(other);
                    tx.updateKey(relation, id, other, random.nextInt(4), text + "moved");
                }
            }
            case 2 -> {
                if (relation == WORKSTATIONS) {
                    tx.update(relation, id, random.nextInt(4), Row.ABSENT);
                }
            }
            default -> tx.update(relation, id, random.nextInt(4), text + random.nextInt(1000));
        }
    }
}
