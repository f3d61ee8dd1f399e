package dev.changecast.server.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.server.e2e.ServerLogs;
import dev.changecast.server.e2e.TestPostgres;
import dev.changecast.server.e2e.TestPostgres.Stop;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The stream tells 32 bits of a transaction's id, and those begin anew after four billion. */
@ExtendWith(ServerLogs.class)
class WrapIT {
    private static final long WRAP = 1L << 32;
    private static final long START = WRAP - 500;

    @TempDir
    private Path directory;

    @Test
    void clientsThatComeWhileTransactionIdsWrapGetEachChangeOnce() throws Exception {
        try (Bank bank = new Bank(directory, Map.of("autovacuum", "off"), this::setCounter);
                BankRun run = new BankRun(bank, Seed.VALUE)) {
            assertThat(present(bank.postgres)).as("the next transaction").isBetween(START, WRAP - 1);
            run.write();
            while (present(bank.postgres) < WRAP + 400) {
                run.awaitCommits(5);
                run.everything("comer at " + present(bank.postgres)).connect();
            }
            assertThat(run.clients()).hasSizeGreaterThan(5);
            run.verify();
        }
    }

    private static long present(TestPostgres postgres) {
        return Long.parseLong(postgres.query("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
                .get(0));
    }

    private void setCounter(TestPostgres postgres) throws Exception {
        for (String database : List.of("template1", "postgres", TestPostgres.DATABASE)) {
            String url = "jdbc:postgresql://127.0.0.1:" + postgres.port() + "/" + database;
            try (Connection connection = DriverManager.getConnection(url, "postgres", "");
                    Statement statement = connection.createStatement()) {
                statement.execute("VACUUM FREEZE");
            }
        }
        long present = present(postgres);
        // The record of the shutdown then lies whole on one page.
        postgres.query("SELECT pg_switch_wal()::text");
        postgres.stop(Stop.FAST, Duration.ofSeconds(30));
        TransactionCounter.set(directory.resolve("postgres/data"), present, START);
        postgres.startAgain();
    }
}
