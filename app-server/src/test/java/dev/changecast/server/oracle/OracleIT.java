package dev.changecast.server.oracle;

import dev.changecast.server.e2e.ServerLogs;
import dev.changecast.server.e2e.TestPostgres;
import dev.changecast.testing.Eventually;
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

    private void run(Duration during, OracleRun.Fault fault) throws Exception {
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
        run(SHORT, Faults::killServer);
    }

    @Test
    void aReplicationConnectionThatTheDatabaseEndsIsResumed() throws Exception {
        run(SHORT, Faults::endConnections);
    }

    @Test
    @Tag(TestPostgres.OLDER_TOO)
    void aDatabaseThatCrashesIsResumed() throws Exception {
        run(SHORT, Faults::restartDatabase);
    }

    @Test
    void aNetworkThatCutsDelaysAndSwallowsWhatTheDatabaseSendsLosesNothing() throws Exception {
        run(SHORT, Faults::breakDatabaseNetwork);
    }

    @Test
    void aNetworkThatCutsDelaysAndSwallowsWhatClientsGetLosesNothing() throws Exception {
        run(SHORT, Faults::breakClientNetwork);
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
        List<OracleRun.Fault> faults = List.of(
                Faults::killServer,
                Faults::endConnections,
                Faults::endConnections,
                Faults::restartDatabase,
                Faults::breakDatabaseNetwork,
                Faults::breakClientNetwork,
                Faults::breakClientNetwork,
                OracleIT::stopServer,
                OracleIT::pauseClient,
                (run, random) -> run.awaitCommits(100));
        run(
                Duration.ofSeconds(Integer.getInteger("oracle.seconds", 10)),
                (run, random) -> faults.get(random.nextInt(faults.size())).inject(run, random));
    }

    private static void stopServer(OracleRun run, Random random) throws Exception {
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

    /** Longer than the database waits for its reader. */
    private static void pauseClient(OracleRun run, Random random) {
        Faults.pauseClient(run, random, WAL_SENDER_TIMEOUT.plusMillis(500));
    }
}
