package dev.changecast.core.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BackoffTest {
    @Test
    void theWaitDoublesWithJitterUpToItsBound() {
        for (int round = 0; round < 200; round++) {
            Backoff backoff = new Backoff(Duration.ofMillis(500), Duration.ofSeconds(30));
            for (int failure = 0; failure < 100; failure++) {
                long bound = Math.min(30_000, 500L << Math.min(failure, 10));
                assertThat(backoff.next().toMillis()).isBetween(bound / 10, bound);
            }
            backoff.reset();
            assertThat(backoff.next().toMillis()).isBetween(50L, 500L);
        }
    }

    @Test
    void twoThatFailedTogetherDoNotComeBackTogether() {
        Backoff one = new Backoff(Duration.ofSeconds(30), Duration.ofSeconds(30));
        assertThat(java.util.stream.Stream.generate(one::next)
                        .limit(20)
                        .distinct()
                        .count())
                .isGreaterThan(10);
    }
}
