package dev.changecast.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class ClockDifferenceTest {
    private static final Instant ASKED = Instant.parse("2026-01-02T03:04:05Z");
    private static final Instant ANSWERED = ASKED.plusSeconds(3);

    @Test
    void aSlowAnswerIsNoDifference() {
        assertThat(ClockDifference.warning(ASKED, ASKED, ANSWERED)).isNull();
        assertThat(ClockDifference.warning(ASKED, ANSWERED.plusSeconds(4), ANSWERED))
                .isNull();
        assertThat(ClockDifference.warning(ASKED, ASKED.minusSeconds(5), ANSWERED))
                .isNull();
    }

    @Test
    void aClockThatIsFarAwayIsTold() {
        assertThat(ClockDifference.warning(ASKED, ASKED.minusSeconds(60), ANSWERED))
                .startsWith("the database's clock is 60 s behind this machine's");
        assertThat(ClockDifference.warning(ASKED, ANSWERED.plusSeconds(3600), ANSWERED))
                .startsWith("the database's clock is 3600 s ahead of this machine's");
    }
}
