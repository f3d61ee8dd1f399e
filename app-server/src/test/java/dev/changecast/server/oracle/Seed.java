package dev.changecast.server.oracle;

import java.util.concurrent.ThreadLocalRandom;

/** What everything random of this run comes from. */
final class Seed {
    static final long VALUE =
            Long.getLong("oracle.seed", ThreadLocalRandom.current().nextInt(1, 1_000_000));

    private Seed() {}

    /** For the description of a failure. */
    static String told() {
        return "run it again with -Doracle.seed=" + VALUE;
    }
}
