package dev.changecast.server.oracle;

import dev.changecast.server.e2e.ServerProcess;
import dev.changecast.testing.FaultProxy;
import dev.changecast.testing.FaultProxy.Direction;
import java.time.Duration;
import java.util.Random;

/** What goes wrong whatever the database is. Each is over when it returns, or soon after. */
final class Faults {
    private Faults() {}

    static void none(OracleRun run, Random random) {
        run.awaitCommits(random.nextInt(100));
    }

    static void killServer(OracleRun run, Random random) {
        ServerProcess server = run.stage().server();
        run.awaitCommits(random.nextInt(60));
        server.kill();
        run.awaitCommits(random.nextInt(60));
        server.startAgain();
        // At times it is killed again while it comes up or while clients get their rows.
        if (random.nextInt(3) > 0) {
            server.awaitReady();
        } else {
            run.awaitCommits(random.nextInt(60));
        }
    }

    static void endConnections(OracleRun run, Random random) throws Exception {
        run.awaitCommits(random.nextInt(40));
        run.stage().endConnections();
        OracleRun.awaitTime(Duration.ofMillis(random.nextInt(1000)));
    }

    static void restartDatabase(OracleRun run, Random random) throws Exception {
        run.awaitCommits(random.nextInt(60));
        run.stage().restartDatabase();
    }

    static void breakDatabaseNetwork(OracleRun run, Random random) {
        FaultProxy database = run.stage().database();
        switch (random.nextInt(4)) {
            case 0 -> database.cut();
            case 1 -> database.delay(Direction.TO_CLIENT, Duration.ofMillis(random.nextInt(100)));
            case 2 -> database.blackHole(random.nextBoolean() ? Direction.TO_CLIENT : Direction.TO_SERVER);
            default -> {
                database.refuse(true);
                database.cut();
            }
        }
        run.awaitCommits(random.nextInt(200));
        database.heal();
        run.awaitCommits(random.nextInt(60));
    }

    static void breakClientNetwork(OracleRun run, Random random) {
        FaultProxy clients = run.stage().clients();
        switch (random.nextInt(4)) {
            case 0 -> clients.cut();
            case 1 -> clients.delay(Direction.TO_CLIENT, Duration.ofMillis(random.nextInt(50)));
            case 2 -> clients.blackHole(random.nextBoolean() ? Direction.TO_CLIENT : Direction.TO_SERVER);
            default -> clients.throttle(Direction.TO_CLIENT, 20_000 + random.nextInt(100_000));
        }
        run.awaitCommits(random.nextInt(200));
        clients.heal();
        run.awaitCommits(random.nextInt(60));
    }

    static void pauseClient(OracleRun run, Random random, Duration pause) {
        FollowingClient client = run.clients().get(random.nextInt(run.clients().size()));
        client.pauseReading();
        OracleRun.awaitTime(pause);
        client.resumeReading();
    }

    /** Somebody comes, and gets rows and what is written meanwhile. */
    static void newcomer(OracleRun run, Random random) {
        run.newcomer("newcomer " + run.clients().size());
        run.awaitCommits(random.nextInt(40));
    }
}
