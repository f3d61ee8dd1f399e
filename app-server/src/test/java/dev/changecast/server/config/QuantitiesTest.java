package dev.changecast.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class QuantitiesTest {
    @Test
    void durationsHaveAUnit() {
        assertThat(Quantities.duration("250ms")).contains(Duration.ofMillis(250));
        assertThat(Quantities.duration("7d")).contains(Duration.ofDays(7));
        assertThat(Quantities.duration("30")).isEmpty();
        assertThat(Quantities.duration("-1s")).isEmpty();
        assertThat(Quantities.duration("999999999999999999d")).isEmpty();
    }

    @Test
    void sizesAreBinary() {
        assertThat(Quantities.bytes("512")).contains(512L);
        assertThat(Quantities.bytes("1GiB")).contains(1L << 30);
        assertThat(Quantities.bytes("1GB")).isEmpty();
        assertThat(Quantities.bytes("999999999999TiB")).isEmpty();
    }
}
