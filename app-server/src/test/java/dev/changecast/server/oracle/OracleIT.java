package dev.changecast.server.oracle;

import dev.changecast.server.e2e.ServerLogs;
import dev.changecast.server.e2e.TestPostgres;
import dev.changecast.server.e2e.TestPostgres.Stop;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.FaultProxy.Direction;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Under every fault, and under all of them mixed, each client ends with the rows of the same SELECT, and on the way there
 * sees no gap, no repeat, no half transaction and no reset.
 */
@ExtendWith(ServerLogs.class)
class OracleIT {
    private static final Logger LOG = LoggerFactory.getLogger(OracleIT.class);
    private static final Duration SHORT = Duration.ofSeconds(5);
    private static final Duration WAL_SENDER_TIMEOUT = Duration.ofSeconds(3);

    @TempDir
    private static Path directory;

    private static Bank bank;
    private long seed;

    @BeforeAll
    static void start() throws Exception {
        bank = new Bank(directory);
    }

    @AfterAll
    static void stop() throws Exception {
        bank.close();
    }

    /** Each test has a seed of its own, the same whichever others run. */
    @BeforeEach
    void seed(TestInfo test) {
        seed = Seed.VALUE + test.getDisplayName().hashCode() % 1000;
    }

    private void run(Duration during, BankRun.Fault fault) throws Exception {
        try (BankRun run = new BankRun(bank, seed)) {
            run.withClients(6).write().inject(during, fault).verify();
            LOG.info("{}; {}", run.summary(), Seed.told());
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "\n  " + Seed.told(), e);
        }
    }

    @Test
    @Tag(TestPostgres.OLDER_TOO)
    void clientsThatDropTheirConnectionsMissNothing() throws Exception {
        run(SHORT, (run, random) -> run.awaitCommits(50));
    }

    @Test
    void aConnectionCanEndAfterEachMessage() throws Exception {
        try (BankRun run = new BankRun(bank, seed)) {
            run.write()
                    .withDropsAtEachMessage(60)
                    .inject(SHORT, (during, random) -> during.awaitCommits(50))
                    .verify();
        }
    }

    @Test
    void aServerThatIsKilledGoesOnWhereItWas() throws Exception {
        run(SHORT, OracleIT::killServer);
    }

    @Test
    void aReplicationConnectionThatTheDatabaseEndsIsResumed() throws Exception {
        run(SHORT, OracleIT::endWalSender);
    }

    @Test
    @Tag(TestPostgres.OLDER_TOO)
    void aDatabaseThatCrashesIsResumed() throws Exception {
        run(SHORT, OracleIT::crashDatabase);
    }

    @Test
    void aNetworkThatCutsDelaysAndSwallowsWhatTheDatabaseSendsLosesNothing() throws Exception {
        run(SHORT, OracleIT::breakDatabaseNetwork);
    }

    @Test
    void aNetworkThatCutsDelaysAndSwallowsWhatClientsGetLosesNothing() throws Exception {
        run(SHORT, OracleIT::breakClientNetwork);
    }

    @Test
    void aServerThatStandsStillUntilTheDatabaseGivesItUpGoesOn() throws Exception {
        run(SHORT, OracleIT::stopServer);
    }

    @Test
    void aClientThatDoesNotReadForLongGetsEverythingLater() throws Exception {
        run(SHORT, OracleIT::pauseClient);
    }

    @Test
    @Tag(TestPostgres.OLDER_TOO)
    void faultsMixedAtRandomLoseNothing() throws Exception {
        List<BankRun.Fault> faults = List.of(
                OracleIT::killServer,
                OracleIT::endWalSender,
                OracleIT::endWalSender,
                OracleIT::crashDatabase,
                OracleIT::breakDatabaseNetwork,
                OracleIT::breakClientNetwork,
                OracleIT::breakClientNetwork,
                OracleIT::stopServer,
                OracleIT::pauseClient,
                (run, random) -> run.awaitCommits(100));
        run(
                Duration.ofSeconds(Integer.getInteger("oracle.seconds", 10)),
                (run, random) -> faults.get(random.nextInt(faults.size())).inject(run, random));
    }

    private static void killServer(BankRun run, Random random) {
        run.awaitCommits(random.nextInt(60));
        bank.server.kill();
        run.awaitCommits(random.nextInt(60));
        bank.server.startAgain();
        // At times it is killed again while it comes up or while clients get their rows.
        if (random.nextInt(3) > 0) {
            bank.server.awaitReady();
        } else {
            run.awaitCommits(random.nextInt(60));
        }
    }

    private static void endWalSender(BankRun run, Random random) {
        run.awaitCommits(random.nextInt(40));
        bank.postgres.query("SELECT pg_terminate_backend(pid)::text FROM pg_stat_replication");
        BankRun.awaitTime(Duration.ofMillis(random.nextInt(1000)));
    }

    private static void crashDatabase(BankRun run, Random random) {
        run.awaitCommits(random.nextInt(60));
        bank.postgres.stop(Stop.IMMEDIATE, Duration.ofSeconds(20));
        bank.postgres.startAgain();
    }

    private static void breakDatabaseNetwork(BankRun run, Random random) {
        switch (random.nextInt(4)) {
            case 0 -> bank.database.cut();
            case 1 -> bank.database.delay(Direction.TO_CLIENT, Duration.ofMillis(random.nextInt(100)));
            case 2 -> bank.database.blackHole(random.nextBoolean() ? Direction.TO_CLIENT : Direction.TO_SERVER);
            default -> {
                bank.database.refuse(true);
                bank.database.cut();
            }
        }
        run.awaitCommits(random.nextInt(200));
        bank.database.heal();
        run.awaitCommits(random.nextInt(60));
    }

    private static void breakClientNetwork(BankRun run, Random random) {
        switch (random.nextInt(4)) {
            case 0 -> bank.clients.cut();
            case 1 -> bank.clients.delay(Direction.TO_CLIENT, Duration.ofMillis(random.nextInt(50)));
            case 2 -> bank.clients.blackHole(random.nextBoolean() ? Direction.TO_CLIENT : Direction.TO_SERVER);
            default -> bank.clients.throttle(Direction.TO_CLIENT, 20_000 + random.nextInt(100_000));
        }
        run.awaitCommits(random.nextInt(200));
        bank.clients.heal();
        run.awaitCommits(random.nextInt(60));
    }

    private static void stopServer(BankRun run, Random random) throws Exception {
        run.awaitCommits(random.nextInt(60));
        bank.server.signal("STOP");
        try {
            Eventually.await(
                    "the database to give its reader up",
                    WAL_SENDER_TIMEOUT.multipliedBy(5),
                    () -> bank.postgres
                            .query("SELECT 1 FROM pg_stat_replication WHERE state IN ('streaming', 'catchup')")
                            .isEmpty());
        } finally {
            bank.server.signal("CONT");
        }
        run.awaitCommits(random.nextInt(60));
    }

    private static void pauseClient(BankRun run, Random random) {
        FollowingClient client = run.clients().get(random.nextInt(run.clients().size()));
        client.pauseReading();
        BankRun.awaitTime(WAL_SENDER_TIMEOUT.plusMillis(500));
        client.resumeReading();
    }
}
