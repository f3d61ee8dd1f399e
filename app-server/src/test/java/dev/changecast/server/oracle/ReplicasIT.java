package dev.changecast.server.oracle;

import dev.changecast.server.e2e.ServerLogs;
import dev.changecast.server.e2e.ServerProcess;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Two servers with a slot each share nothing but the database, and resume each other's clients. */
@ExtendWith(ServerLogs.class)
class ReplicasIT {
    @TempDir
    private static Path directory;

    @Test
    void clientsResumeAtAnyOfTwoServersWhileOneOfThemIsKilled() throws Exception {
        try (Bank bank = new Bank(directory)) {
            String yaml = Bank.YAML
                    .formatted(bank.postgres.url())
                    .replace("user: postgres,", "user: postgres, slot: second,");
            Random random = new Random(Seed.VALUE);
            try (ServerProcess second =
                    ServerProcess.start(directory.resolve("second"), yaml).awaitReady()) {
                List<URI> addresses = List.of(bank.address(), second.webSocket());
                Random choice = new Random(random.nextLong());
                try (BankRun run = new BankRun(bank, Seed.VALUE, () -> addresses.get(choice.nextInt(2)))) {
                    run.withClients(6)
                            .write()
                            .inject(Duration.ofSeconds(8), (during, faults) -> {
                                ServerProcess one = faults.nextBoolean() ? second : bank.server;
                                during.awaitCommits(50);
                                one.kill();
                                during.awaitCommits(50);
                                one.startAgain();
                                one.awaitReady();
                            })
                            .verify();
                }
            }
        }
    }
}
