package dev.changecast.source.postgres;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** How far the database's clock is from this machine's. Nothing depends on it but what people read off times. */
final class ClockDifference {
    static final String QUERY = "SELECT clock_timestamp()";

    private static final Duration MUCH = Duration.ofSeconds(5);

    private ClockDifference() {}

    /**
     * What is to be said of it; null when nothing is.
     *
     * @param asked when the database was asked, and {@code answered} when its answer was here, by this machine's clock
     * @param there what it answered
     */
    static @Nullable String warning(Instant asked, Instant there, Instant answered) {
        boolean behind = there.isBefore(asked.minus(MUCH));
        if (!behind && !there.isAfter(answered.plus(MUCH))) {
            return null;
        }
        Duration apart = behind ? Duration.between(there, asked) : Duration.between(answered, there);
        return "the database's clock is " + apart.toSeconds() + " s " + (behind ? "behind" : "ahead of")
                + " this machine's: the times of changes, and how long they took, will look wrong; set the clocks";
    }
}
