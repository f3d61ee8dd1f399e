package dev.changecast.core.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.changecast.core.Distribution;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class HistogramTest {
    @Test
    void aTimeIsCountedInTheFirstRangeThatReachesToIt() {
        Histogram histogram = Histogram.ofStays();
        histogram.add(TimeUnit.SECONDS.toNanos(1));
        histogram.add(TimeUnit.SECONDS.toNanos(1) + 1);
        histogram.add(TimeUnit.DAYS.toNanos(100));

        Distribution present = histogram.present();

        assertThat(present.count(0)).isEqualTo(1);
        assertThat(present.count(1)).isEqualTo(1);
        assertThat(present.count(present.ranges() - 1)).isEqualTo(1);
        assertThat(present.count()).isEqualTo(3);
        assertThat(present.sum()).isCloseTo(2 + 100 * 86400.0, within(0.001));
    }

    @Test
    void whatSeemsToHaveTakenLessThanNothingTookNothing() {
        Histogram histogram = Histogram.ofLatencies();
        histogram.add(-5);

        assertThat(histogram.present().count(0)).isEqualTo(1);
        assertThat(histogram.present().sum()).isZero();
    }

    @Test
    void everyRangeCanBeReached() {
        Distribution ranges = Histogram.ofLatencies().present();
        Histogram histogram = Histogram.ofLatencies();
        for (int i = 0; i + 1 < ranges.ranges(); i++) {
            histogram.add(Math.round(ranges.bound(i) * 1e9));
        }
        histogram.add(TimeUnit.HOURS.toNanos(1));

        for (int i = 0; i < ranges.ranges(); i++) {
            assertThat(histogram.present().count(i)).as("range %d", i).isEqualTo(1);
        }
    }
}
