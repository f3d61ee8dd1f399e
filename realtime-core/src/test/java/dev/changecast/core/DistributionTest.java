package dev.changecast.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class DistributionTest {
    private static final double[] BOUNDS = {0.01, 0.1, 1};

    @Test
    void aQuantileLiesInTheRangeThatHoldsIt() {
        Distribution times = new Distribution(BOUNDS, new long[] {50, 40, 10, 0}, 9);

        assertThat(times.count()).isEqualTo(100);
        assertThat(times.quantile(0.25)).isCloseTo(0.005, within(1e-9));
        assertThat(times.quantile(0.5)).isCloseTo(0.01, within(1e-9));
        assertThat(times.quantile(0.7)).isCloseTo(0.055, within(1e-9));
        assertThat(times.quantile(1)).isCloseTo(1, within(1e-9));
    }

    @Test
    void whatIsBeyondTheLastBoundIsToldAsThatBound() {
        Distribution times = new Distribution(BOUNDS, new long[] {0, 0, 0, 3}, 100);

        assertThat(times.quantile(0.5)).isEqualTo(1);
        assertThat(times.bound(3)).isInfinite();
        assertThat(times.ranges()).isEqualTo(4);
    }

    @Test
    void ofNothingThereIsNoQuantile() {
        assertThat(new Distribution(BOUNDS, new long[4], 0).quantile(0.5)).isNaN();
    }

    @Test
    void twoLooksTellOfTheTimeBetween() {
        Distribution before = new Distribution(BOUNDS, new long[] {50, 40, 10, 0}, 9);
        Distribution after = new Distribution(BOUNDS, new long[] {50, 42, 10, 1}, 12);

        Distribution between = after.since(before);

        assertThat(between.count()).isEqualTo(3);
        assertThat(between.count(1)).isEqualTo(2);
        assertThat(between.sum()).isCloseTo(3, within(1e-9));
    }

    @Test
    void differentThingsAreNotSubtracted() {
        Distribution one = new Distribution(BOUNDS, new long[4], 0);
        Distribution other = new Distribution(new double[] {1}, new long[2], 0);

        assertThatThrownBy(() -> one.since(other)).hasMessageContaining("different things");
        assertThatThrownBy(() -> new Distribution(BOUNDS, new long[3], 0))
                .hasMessageContaining("one count more than bounds");
    }
}
