package dev.changecast.bench;

import java.nio.file.Path;
import java.util.List;

/**
 * How much is measured.
 *
 * @param home the checkout
 * @param work where servers keep their files; emptied
 * @param quick whether it only has to be seen to work
 * @param runs how often each figure is measured
 * @param only names of the servers to measure; empty for all
 * @param profile whether to look at what the server does, too
 */
record Settings(Path home, Path work, boolean quick, int runs, List<String> only, boolean profile) {
    boolean wants(String server) {
        return only.isEmpty() || only.contains(server);
    }

    /** One of two values. */
    int count(int full, int quickly) {
        return quick ? quickly : full;
    }

    double seconds(double full, double quickly) {
        return quick ? quickly : full;
    }
}
