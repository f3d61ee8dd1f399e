package dev.changecast.server.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.testing.Eventually;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writers write and clients follow, while faults are injected; then it is quiet, and everybody has to have what the
 * database has. What has to hold all the time the clients watch: that positions rise, that nothing is applied twice, that
 * changes fit the rows, that nobody is reset; and more, that hangs on what is written.
 */
abstract class OracleRun implements AutoCloseable {
    private static final int WRITERS = 8;
    private static final Duration QUIET = Duration.ofSeconds(60);

    /** How long a fault lasts at most. */
    private static final Duration PACE = Duration.ofSeconds(3);

    final Random random;
    final long seed;

    /** Counts what all writers have committed. */
    final LongAdder committed = new LongAdder();

    private final Stage stage;
    private final Supplier<URI> addresses;
    private final List<FollowingClient> clients = new ArrayList<>();
    private final List<Followed> followed = new ArrayList<>();
    private final List<Followed> marks = new ArrayList<>();
    private final AtomicBoolean writing = new AtomicBoolean(true);
    private final ExecutorService threads = Executors.newFixedThreadPool(WRITERS, task -> new Thread(task, "writer"));
    private final List<Future<?>> writers = new ArrayList<>();

    /** A fault; called again and again while there is time. */
    @FunctionalInterface
    interface Fault {
        void inject(OracleRun run, Random random) throws Exception;
    }

    /** Writes while it may. */
    @FunctionalInterface
    interface Writing {
        void run(BooleanSupplier goesOn) throws Exception;
    }

    /** The rows that a subscription should have by now, by key. */
    @FunctionalInterface
    interface Expected extends Callable<Map<String, ObjectNode>> {}

    /** A subscription, and the rows that it should have. */
    record Followed(FollowingClient client, Replica replica, Expected rows) {}

    /** @param addresses asked for each connection of a client */
    OracleRun(Stage stage, long seed, Supplier<URI> addresses) {
        this.stage = stage;
        this.seed = seed;
        this.random = new Random(seed);
        this.addresses = addresses;
    }

    /** One of several that write at once. */
    abstract Writing writer(int number);

    /** Follows what {@link #writeMark} writes. */
    abstract Followed followMarks(FollowingClient client);

    /** Writes one row more, the last; returns its key as a {@link Replica} has it. */
    abstract String writeMark() throws Exception;

    /** Connects one more client that looks at everything. */
    abstract void newcomer(String name);

    Stage stage() {
        return stage;
    }

    List<FollowingClient> clients() {
        return clients;
    }

    FollowingClient client(String name) {
        FollowingClient client = new FollowingClient(name, stage.source(), addresses);
        clients.add(client);
        include(client);
        return client;
    }

    /** It has to see the last commit, too. */
    void include(FollowingClient client) {
        marks.add(followMarks(client));
    }

    /** @param command without its type */
    Followed follow(FollowingClient client, String command, Expected rows) {
        Followed added = new Followed(client, client.subscribe(command), rows);
        followed.add(added);
        return added;
    }

    /** What all accounts have that a client sees. */
    static int total(Replica accounts) {
        return accounts.rows().values().stream()
                .mapToInt(row -> row.path("balance").asInt())
                .sum();
    }

    IntSupplier frames(int least, int most) {
        Random own = new Random(random.nextLong());
        return () -> least + own.nextInt(most - least);
    }

    OracleRun write() {
        return write(Duration.ZERO);
    }

    /** @param pause what each writer does nothing for after each transaction */
    OracleRun write(Duration pause) {
        for (int i = 0; i < WRITERS; i++) {
            Writing writer = writer(i);
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
    OracleRun inject(Duration during, Fault fault) throws Exception {
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
        stage.database().heal();
        stage.clients().heal();
        clients.forEach(client -> client.dropAfter(() -> Integer.MAX_VALUE).drop());
        String mark = writeMark();
        for (Followed each : marks) {
            each.client.await(
                    "the last commit",
                    QUIET,
                    () -> each.client.isReady() && each.replica.rows().containsKey(mark));
        }
        for (Followed each : followed) {
            Map<String, ObjectNode> seen = each.client.rows(each.replica);
            assertThat(seen)
                    .as("%s: %s; %s", each.client, each.replica.command, Seed.told())
                    .isEqualTo(each.rows.call());
        }
        clients.forEach(FollowingClient::check);
        assertThat(committed.sum()).as("commits").isGreaterThan(WRITERS);
    }

    /** What happened, for the report of a run. */
    String summary() {
        int drops = clients.stream().mapToInt(FollowingClient::drops).sum();
        int connections =
                clients.stream().mapToInt(FollowingClient::connections).sum();
        return committed.sum() + " commits, " + clients.size() + " clients, " + drops + " dropped connections of "
                + connections;
    }

    @Override
    public void close() {
        writing.set(false);
        clients.forEach(FollowingClient::close);
        threads.shutdown();
    }
}
