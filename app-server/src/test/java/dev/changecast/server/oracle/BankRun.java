package dev.changecast.server.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.testing.Eventually;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writers write and clients follow, while faults are injected; then it is quiet, and everybody has to have what the
 * database has. That positions rise, that nothing is applied twice, that no writer's sequence has a gap, that the sum is
 * the same at every commit and that nobody is reset, the clients watch all the time.
 */
final class BankRun implements AutoCloseable {
    private static final int WRITERS = 8;
    private static final Duration QUIET = Duration.ofSeconds(60);

    /** How long a fault lasts at most. */
    private static final Duration PACE = Duration.ofSeconds(3);

    private final Bank bank;
    private final Supplier<URI> addresses;
    private final Random random;
    private final long seed;
    private final List<FollowingClient> clients = new ArrayList<>();
    private final List<Followed> followed = new ArrayList<>();
    private final LongAdder committed = new LongAdder();
    private final AtomicBoolean writing = new AtomicBoolean(true);
    private final ExecutorService threads = Executors.newFixedThreadPool(WRITERS, task -> new Thread(task, "writer"));
    private final List<Future<?>> writers = new ArrayList<>();

    /** A fault; called again and again while there is time. */
    @FunctionalInterface
    interface Fault {
        void inject(BankRun run, Random random) throws Exception;
    }

    /** A subscription, and the rows that it should have. */
    record Followed(
            FollowingClient client, Replica replica, String collection, String condition, List<String> columns) {}

    BankRun(Bank bank, long seed) {
        this(bank, seed, bank::address);
    }

    /** @param addresses asked for each connection of a client */
    BankRun(Bank bank, long seed, Supplier<URI> addresses) {
        this.addresses = addresses;
        this.bank = bank;
        this.seed = seed;
        this.random = new Random(seed);
    }

    Bank bank() {
        return bank;
    }

    List<FollowingClient> clients() {
        return clients;
    }

    /** Clients with random filters that drop their connections at random, and some that look at everything. */
    BankRun withClients(int withFilters) {
        everything("everything").dropAfter(frames(400, 3000));
        everything("everything that drops often").dropAfter(frames(1, 120));
        for (int i = 0; i < withFilters; i++) {
            FollowingClient client = client("client " + i).dropAfter(frames(1, 40 << random.nextInt(5)));
            for (int j = 1 + random.nextInt(3); j > 0; j--) {
                item(client);
            }
            RandomFilter parts = RandomFilter.next(random, BankSchema.PART_COLUMNS);
            follow(client, "part", parts.json(), parts.sql(), List.of(), "");
            if (random.nextBoolean()) {
                sum(client);
            }
        }
        clients.forEach(FollowingClient::connect);
        return this;
    }

    /**
     * Clients of which each drops its first connection one message later than the one before, and its second one, on which
     * it resumes, anywhere.
     */
    BankRun withDropsAtEachMessage(int most) {
        for (int i = 1; i <= most; i++) {
            FollowingClient client = client("drop " + i);
            sum(client);
            follow(client, "item", "{\"id\":{\"$lt\":20}}", "id < 20", List.of(), "");
            follow(client, "part", "{\"grp\":1}", "grp = 1", List.of(), "");
            Iterator<Integer> frames =
                    List.of(i, 1 + i * 7 % 23, 1 + i * 5 % 17).iterator();
            client.dropAfter(() -> frames.hasNext() ? frames.next() : Integer.MAX_VALUE);
        }
        clients.forEach(FollowingClient::connect);
        return this;
    }

    private void item(FollowingClient client) {
        RandomFilter filter = RandomFilter.next(random, BankSchema.ITEM_COLUMNS);
        List<String> columns = random.nextInt(3) == 0 ? List.of("state", "rank", "large") : List.of();
        String options = columns.isEmpty() ? "" : ",\"columns\":[\"state\",\"rank\",\"large\"]";
        options += random.nextInt(4) == 0 ? ",\"conflate\":true" : "";
        options +=
                random.nextInt(4) == 0 ? ",\"batch\":{\"max\":" + (1 + random.nextInt(50)) + ",\"delay_ms\":50}" : "";
        follow(client, "item", filter.json(), filter.sql(), columns, options);
    }

    FollowingClient everything(String name) {
        FollowingClient client = client(name);
        sum(client);
        follow(client, "journal", "{}", "true", List.of(), "").replica().onChange(BankRun::checkSequence);
        follow(client, "item", "{}", "true", List.of(), "");
        follow(client, "part", "{}", "true", List.of(), "");
        return client;
    }

    private FollowingClient client(String name) {
        FollowingClient client = new FollowingClient(name, addresses);
        clients.add(client);
        follow(client, "mark", "{}", "true", List.of(), "");
        return client;
    }

    private void sum(FollowingClient client) {
        Replica accounts =
                follow(client, "account", "{}", "true", List.of(), "").replica();
        Replica vaults = follow(client, "vault", "{}", "true", List.of(), "").replica();
        client.atCommit(at -> {
            int sum = sum(accounts) + sum(vaults);
            if (sum != BankSchema.SUM) {
                throw new AssertionError("the sum is " + sum + " at a commit: half a transaction was shown");
            }
        });
    }

    private static int sum(Replica replica) {
        return replica.rows().values().stream()
                .mapToInt(row -> row.path("balance").asInt())
                .sum();
    }

    private static void checkSequence(Replica journal, JsonNode change) {
        int writer = change.path("data").path("writer").asInt();
        int sequence = change.path("data").path("seq").asInt();
        if (sequence > 1 && !journal.rows().containsKey(writer + "/" + (sequence - 1) + "/")) {
            throw new AssertionError("writer " + writer + " has a gap before " + sequence);
        }
    }

    Followed follow(
            FollowingClient client,
            String collection,
            String filter,
            String condition,
            List<String> columns,
            String options) {
        Replica replica =
                client.subscribe("{\"collection\":\"" + collection + "\",\"filter\":" + filter + options + "}");
        replica.onChange((rows, change) -> {
            if (change.path("data").path("kind").asString("").equals("never")) {
                throw new AssertionError("what was rolled back appears");
            }
        });
        Followed added = new Followed(client, replica, collection, condition, columns);
        followed.add(added);
        return added;
    }

    private IntSupplier frames(int least, int most) {
        Random own = new Random(random.nextLong());
        return () -> least + own.nextInt(most - least);
    }

    BankRun write() {
        return write(Duration.ZERO);
    }

    /** @param pause what each writer does nothing for after each transaction */
    BankRun write(Duration pause) {
        for (int i = 0; i < WRITERS; i++) {
            BankWriter writer = new BankWriter(bank.postgres, i, seed, committed);
            writers.add(threads.submit(() -> {
                writer.run(() -> {
                    LockSupport.parkNanos(pause.toNanos());
                    return writing.get();
                });
                return null;
            }));
        }
        return this;
    }

    /** Waits until so many more transactions were committed, or for seconds: a fault can hold writers up, too. */
    void awaitCommits(int more) {
        long target = committed.sum() + more;
        long began = System.nanoTime();
        Eventually.await(
                more + " commits",
                QUIET,
                () -> committed.sum() >= target || System.nanoTime() - began > PACE.toNanos() || failed());
    }

    private boolean failed() {
        clients.forEach(FollowingClient::check);
        return writers.stream().anyMatch(Future::isDone);
    }

    /** Waits until so much time has passed, while others go on. */
    static void awaitTime(Duration time) {
        long began = System.nanoTime();
        Eventually.await("time", time.plusSeconds(10), () -> System.nanoTime() - began >= time.toNanos());
    }

    /** Injects the fault again and again. */
    BankRun inject(Duration during, Fault fault) throws Exception {
        long began = System.nanoTime();
        while (System.nanoTime() - began < during.toNanos()) {
            fault.inject(this, random);
            failed();
        }
        return this;
    }

    /** Ends the writing and all faults, waits until everybody has seen the last commit, and compares. */
    void verify() throws Exception {
        writing.set(false);
        for (Future<?> writer : writers) {
            writer.get();
        }
        bank.database.heal();
        bank.clients.heal();
        clients.forEach(client -> client.dropAfter(() -> Integer.MAX_VALUE).drop());
        String mark = bank.postgres
                        .query("INSERT INTO mark DEFAULT VALUES RETURNING id")
                        .get(0) + "/";
        for (Followed each : followed) {
            if (each.collection.equals("mark")) {
                each.client.await(
                        "the last commit",
                        QUIET,
                        () -> each.client.isReady() && each.replica.rows().containsKey(mark));
            }
        }
        for (Followed each : followed) {
            Map<String, ObjectNode> expected =
                    BankSchema.rows(bank.postgres, each.collection, each.condition, each.columns);
            Map<String, ObjectNode> seen = each.client.rows(each.replica);
            assertThat(seen)
                    .as("%s: %s %s; %s", each.client, each.replica.command, each.condition, Seed.told())
                    .isEqualTo(expected);
        }
        clients.forEach(FollowingClient::check);
        assertThat(committed.sum()).as("commits").isGreaterThan(WRITERS);
    }

    /** What happened, for the report of a run. */
    String summary() {
        int drops = clients.stream().mapToInt(FollowingClient::drops).sum();
        return committed.sum() + " commits, " + clients.size() + " clients, " + drops + " dropped connections";
    }

    @Override
    public void close() {
        writing.set(false);
        clients.forEach(FollowingClient::close);
        threads.shutdown();
    }
}
