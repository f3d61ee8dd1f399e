package dev.changecast.server.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.server.e2e.ServerLogs;
import dev.changecast.server.e2e.ServerProcess;
import dev.changecast.server.e2e.TestPostgres;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.FaultProxy;
import dev.changecast.testing.FaultProxy.Direction;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Where the order in which a database shows commits is not the order in which it logs them. */
@ExtendWith(ServerLogs.class)
class HandOverIT {
    private static final Duration WITHIN = Duration.ofSeconds(60);

    /** What is answered until the server has looked for new tables. */
    private static final int UNKNOWN = 4002;

    @TempDir
    private static Path directory;

    private static Bank bank;

    @BeforeAll
    static void start() throws Exception {
        bank = new Bank(directory);
    }

    @AfterAll
    static void stop() throws Exception {
        bank.close();
    }

    @Test
    void aCommitThatIsLoggedAndNotYetVisibleIsNeitherLostNorRepeated() throws Exception {
        bank.postgres.execute("INSERT INTO part VALUES (1, 1, 'before', 'x')");
        CompletableFuture<Void> waiting;
        try (FollowingClient early = new FollowingClient("early", bank.address())) {
            Replica live = early.subscribe("{\"collection\":\"part\"}");
            early.connect().awaitReady(WITHIN);
            synchronousStandby("nobody");
            try (FollowingClient late = new FollowingClient("late", bank.address());
                    FollowingClient last = new FollowingClient("last", bank.address())) {
                waiting = CompletableFuture.runAsync(() -> bank.postgres.execute(
                        "INSERT INTO part VALUES (1, 2, 'logged', 'x'); UPDATE part SET note = 'changed' WHERE id = 1;"
                                + " DELETE FROM part WHERE id = 1"));
                early.await(
                        "the commit in the log",
                        WITHIN,
                        () -> live.rows().keySet().equals(Set.of("1/2/")));
                assertThat(bank.postgres.query("SELECT id::text FROM part"))
                        .as("what is visible")
                        .containsExactly("1");
                // Its rows are those of before the commit, which was logged before it subscribed.
                Replica rows = late.subscribe("{\"collection\":\"part\"}");
                late.connect().awaitReady(WITHIN);
                late.await("the commit", WITHIN, () -> rows.rows().keySet().equals(Set.of("1/2/")));
                assertThat(waiting).as("the commit still waits").isNotDone();
                synchronousStandby("");
                waiting.get(WITHIN.toSeconds(), TimeUnit.SECONDS);
                Replica after = last.subscribe("{\"collection\":\"part\"}");
                last.connect().awaitReady(WITHIN);
                assertThat(last.rows(after)).isEqualTo(BankSchema.rows(bank.postgres, "part", "true", List.of()));
                late.check();
                early.check();
            }
        } finally {
            synchronousStandby("");
        }
    }

    private static void synchronousStandby(String name) {
        bank.postgres.execute("ALTER SYSTEM SET synchronous_standby_names = '" + name + "'");
        bank.postgres.query("SELECT pg_reload_conf()::text");
        Eventually.await(
                "the setting",
                WITHIN,
                () -> bank.postgres.query("SHOW synchronous_standby_names").equals(List.of(name)));
        // The checkpointer is who makes committing sessions wait, and it takes the setting when it wakes.
        bank.postgres.execute("CHECKPOINT");
    }

    @Test
    void clientsThatComeWhileManyCommitsInterleaveGetEachChangeOnce() throws Exception {
        // Each comes at another moment of the same storm; a change that its rows have and that is told again does not
        // fit.
        try (BankRun run = new BankRun(bank, Seed.VALUE)) {
            run.write();
            for (int i = 0; i < 25; i++) {
                run.awaitCommits(5);
                run.everything("comer " + i).connect();
            }
            run.verify();
        }
    }

    @Test
    void aServerThatIsKilledAmongTheRowsOfASnapshotGivesThemAnew() throws Exception {
        bank.postgres.execute("INSERT INTO journal SELECT 99, n FROM generate_series(1, 30000) n");
        try (BankRun run = new BankRun(bank, Seed.VALUE);
                FollowingClient client = new FollowingClient("client", bank.address())) {
            run.write(Duration.ofMillis(50));
            bank.clients.throttle(Direction.TO_CLIENT, 128 * 1024);
            Replica rows = client.subscribe("{\"collection\":\"journal\",\"filter\":{\"seq\":{\"$gt\":5}}}");
            client.connect();
            for (int kill = 1; kill <= 3; kill++) {
                int begun = kill;
                client.await(
                        "some of the rows",
                        WITHIN,
                        () -> rows.starts() >= begun && rows.rows().size() > 1000);
                bank.server.kill();
                assertThat(rows.isReady()).as("all rows had come already").isFalse();
                bank.server.startAgain();
            }
            bank.clients.heal();
            client.awaitReady(WITHIN);
            run.include(client);
            run.verify();
            assertThat(client.rows(rows)).isEqualTo(BankSchema.rows(bank.postgres, "journal", "seq > 5", List.of()));
        } finally {
            bank.clients.heal();
            bank.postgres.execute("DELETE FROM journal WHERE writer = 99");
        }
    }

    @Test
    void aTransactionOfAMillionRowsReachesWhoWantsAFewAndWhoWantsAllWithABoundedHeap() throws Exception {
        int rows = Integer.getInteger("oracle.rows", 1_000_000);
        bank.postgres.execute(
                "CREATE TABLE many (id int PRIMARY KEY, n int)", "CREATE TABLE beside (id serial PRIMARY KEY)");
        // A new table is captured from the next heartbeat on.
        Eventually.await(
                "the new tables to be captured",
                WITHIN,
                () -> bank.postgres
                        .query("SELECT count(*)::text FROM pg_publication_tables WHERE tablename IN ('many', 'beside')")
                        .equals(List.of("2")));
        try (CountingClient all = CountingClient.connect(bank.server.webSocket());
                FollowingClient few = new FollowingClient("few", bank.address()).retryAfter(UNKNOWN)) {
            Replica some = few.subscribe("{\"collection\":\"many\",\"filter\":{\"id\":{\"$lte\":10}}}");
            Replica others = few.subscribe("{\"collection\":\"beside\"}");
            few.connect().awaitReady(WITHIN);
            all.subscribe("many");
            CompletableFuture<Void> large = CompletableFuture.runAsync(() ->
                    bank.postgres.execute("INSERT INTO many SELECT n, n FROM generate_series(1, " + rows + ") n"));
            int beside = 0;
            while (!large.isDone()) {
                bank.postgres.execute("INSERT INTO beside DEFAULT VALUES");
                beside++;
            }
            large.get();
            bank.postgres.execute("INSERT INTO beside DEFAULT VALUES");
            int expected = beside + 1;
            few.await(
                    "its rows",
                    WITHIN.multipliedBy(3),
                    () -> some.rows().size() == 10 && others.rows().size() == expected);
            all.awaitChanges(rows, WITHIN.multipliedBy(4));
            assertThat(all.commits()).as("commits of the large transaction").isEqualTo(1);
            assertThat(bank.server.isAlive()).isTrue();
            assertThat(bank.server.logged()).doesNotContain("OutOfMemoryError");
        } finally {
            bank.postgres.execute("DROP TABLE many", "DROP TABLE beside");
        }
    }

    @Test
    void aTransactionLargerThanTheLogReachesWhoKeepsUpAndResetsWhoDoesNot() throws Exception {
        String yaml = """
                history: { directory: history, bytes: 1MiB, memory: 1MiB }
                limits: { heartbeat: 1s }
                sources:
                  pg: { type: postgres, url: "%s", user: postgres, slot: small, tables: [public.*], heartbeat: 500ms }
                routes:
                  - { from: pg/public.*, read: everyone }
                """;
        int rows = 20_000;
        try (FaultProxy database = FaultProxy.to(bank.postgres.port());
                ServerProcess small = ServerProcess.start(
                                directory.resolve("small"),
                                yaml.formatted(
                                        "jdbc:postgresql://127.0.0.1:" + database.port() + "/" + TestPostgres.DATABASE))
                        .awaitReady();
                FollowingClient stays = new FollowingClient("stays", small.webSocket());
                FollowingClient away =
                        new FollowingClient("away", small.webSocket()).explain("window_passed"::equals)) {
            Replica followed = stays.subscribe("{\"collection\":\"part\",\"filter\":{\"grp\":8}}");
            stays.connect().awaitReady(WITHIN);
            Replica whole = away.subscribe("{\"collection\":\"part\",\"filter\":{\"grp\":8}}");
            away.connect().awaitReady(WITHIN);
            away.pause();
            // So slowly that the log holds what came in the last seconds: who keeps up has to be no faster than that.
            database.throttle(Direction.TO_CLIENT, 512 * 1024);
            bank.postgres.execute("INSERT INTO part SELECT 8, n, 'large', repeat(md5(n::text), 4) FROM"
                    + " generate_series(1, " + rows + ") n");
            stays.await("its rows", WITHIN, () -> followed.rows().size() == rows);
            database.heal();
            away.unpause();
            away.await("all rows", WITHIN, () -> away.isReady() && whole.rows().size() == rows);
            assertThat(away.resets()).containsOnlyKeys("window_passed");
            assertThat(stays.resets()).isEmpty();
            stays.check();
        }
    }
}
