package dev.changecast.core.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.core.Limits;
import dev.changecast.core.Limits.Rate;
import dev.changecast.core.session.CommandPace.Verdict;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class CommandPaceTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final Limits LIMITS = Limits.DEFAULT.input(new Rate(10, 20), 4 * 1024 * 1024);

    private final CommandPace pace = new CommandPace(LIMITS, 0);

    @Test
    void soManyAtOnceAndThenSoManyPerSecond() {
        for (int i = 0; i < 20; i++) {
            assertThat(pace.judge(10, 0)).isEqualTo(Verdict.TAKE);
        }
        assertThat(pace.judge(10, 0)).isEqualTo(Verdict.TOO_OFTEN);
        assertThat(pace.why(Verdict.TOO_OFTEN))
                .contains("10 commands per second")
                .contains("20 at once");
        for (int i = 0; i < 10; i++) {
            assertThat(pace.judge(10, SECOND)).isEqualTo(Verdict.TAKE);
        }
        assertThat(pace.judge(10, SECOND)).isEqualTo(Verdict.TOO_OFTEN);
    }

    @Test
    void whoGoesOnWhenRefusedSoOftenIsSentAway() {
        for (int i = 0; i < 40; i++) {
            assertThat(pace.judge(10, 0)).isNotEqualTo(Verdict.END);
        }
        assertThat(pace.judge(10, 0)).isEqualTo(Verdict.END);
    }

    @Test
    void whoRestsStartsAfresh() {
        long now = 0;
        for (int round = 0; round < 10; round++) {
            for (int i = 0; i < 35; i++) {
                assertThat(pace.judge(10, now)).isNotEqualTo(Verdict.END);
            }
            now += 3 * SECOND;
        }
    }

    @Test
    void largeMessagesCountByTheirSize() {
        for (int i = 0; i < 8; i++) {
            assertThat(pace.judge(512 * 1024, 0)).isEqualTo(Verdict.TAKE);
        }
        assertThat(pace.judge(512 * 1024, 0)).isEqualTo(Verdict.TOO_MUCH);
        assertThat(pace.judge(512 * 1024, SECOND / 4)).isEqualTo(Verdict.TAKE);
    }

    @Test
    void aClockThatStandsStillGivesNothingAndAFullBucketGivesEvenMoreThanItHolds() {
        TokenBucket bucket = new TokenBucket(1, 5, 100);
        assertThat(bucket.take(50, 100)).isTrue();
        assertThat(bucket.take(1, 50)).isFalse();
        assertThat(bucket.take(1, 100 + 40 * SECOND)).isFalse();
        assertThat(bucket.take(1, 100 + 46 * SECOND)).isTrue();
    }
}
