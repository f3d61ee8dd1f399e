package dev.changecast.server.oracle;

import dev.changecast.server.e2e.ServerLogs;
import dev.changecast.testing.Eventually;
import java.net.URI;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The oracle over the other sources: faults mixed at random, in server, network and database, while clients come and go,
 * each time over another transport. In the end everybody has what the database has; on the way there is no gap, no repeat
 * and no reset, and where there are transactions no half one.
 */
@ExtendWith(ServerLogs.class)
class OtherSourcesOracleIT {
    private static final Logger LOG = LoggerFactory.getLogger(OtherSourcesOracleIT.class);
    private static final Duration DURING = Duration.ofSeconds(Integer.getInteger("oracle.seconds", 8));
    private static final Duration WITHIN = Duration.ofSeconds(30);

    private static final List<OracleRun.Fault> FAULTS = List.of(
            Faults::none,
            Faults::killServer,
            Faults::killServer,
            Faults::endConnections,
            Faults::restartDatabase,
            Faults::breakDatabaseNetwork,
            Faults::breakClientNetwork,
            Faults::newcomer,
            Faults::newcomer,
            (run, random) -> Faults.pauseClient(run, random, Duration.ofSeconds(1)));

    @TempDir
    private Path directory;

    /** WebSocket, or polls. */
    private static Supplier<URI> either(Stage stage, long seed) {
        Random random = new Random(seed);
        return () -> random.nextBoolean() ? stage.address() : stage.polls();
    }

    private static void run(OracleRun run, OracleRun.Fault... more) throws Exception {
        List<OracleRun.Fault> faults = new ArrayList<>(FAULTS);
        faults.addAll(List.of(more));
        try (run) {
            // Each of them once, and then any.
            List<OracleRun.Fault> first = new ArrayList<>(faults);
            Collections.shuffle(first, run.random);
            run.write()
                    .inject(DURING, (during, random) -> {
                        OracleRun.Fault next =
                                first.isEmpty() ? faults.get(random.nextInt(faults.size())) : first.remove(0);
                        next.inject(during, random);
                    })
                    .verify();
            LOG.info("{}; {}", run.summary(), Seed.told());
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "\n  " + Seed.told(), e);
        }
    }

    private static void run(Ledger ledger) throws Exception {
        run(new LedgerRun(ledger, Seed.VALUE, either(ledger, Seed.VALUE)).withClients(6));
    }

    @Test
    void capturedByTriggersNothingIsLost() throws Exception {
        try (Bank bank = Bank.withTriggers(directory)) {
            run(
                    new BankRun(bank, Seed.VALUE, either(bank, Seed.VALUE)).withClients(6),
                    (run, random) -> longTransaction(bank, run, random));
        }
    }

    /** One that writes first, while many others begin, write and end, and ends last. */
    private static void longTransaction(Bank bank, OracleRun run, Random random) throws SQLException {
        try (Connection connection = bank.postgres.connect();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute(
                    "INSERT INTO journal SELECT 90, coalesce(max(seq), 0) + 1 FROM journal WHERE writer = 90");
            run.awaitCommits(50 + random.nextInt(100));
            statement.execute("INSERT INTO journal SELECT 90, max(seq) + 1 FROM journal WHERE writer = 90");
            connection.commit();
        }
    }

    @Test
    void ofAStreamThatFansOutNothingIsLost() throws Exception {
        try (RedisLedger redis = new RedisLedger(directory, "fan_out", "ledger")) {
            run(redis);
        }
    }

    @Test
    void ofSeveralStreamsThatAreReadTogetherNothingIsLost() throws Exception {
        try (RedisLedger redis = new RedisLedger(directory, "fan_out", "{ledger}:a", "{ledger}:b")) {
            run(redis);
        }
    }

    @Test
    void ofAWorkQueueNothingIsLostAndEverythingIsConfirmed() throws Exception {
        try (RedisLedger redis = new RedisLedger(directory, "work_queue", "ledger")) {
            run(redis);
            Eventually.await("all to be confirmed", WITHIN, () -> redis.unconfirmed("changecast") == 0);
        }
    }

    @Test
    void ofAReplicaSetNothingIsLost() throws Exception {
        try (MongoLedger mongo = new MongoLedger(directory)) {
            run(mongo);
        }
    }
}
