package dev.changecast.server.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What was seen is kept as long as it fits. */
class SamplesTest {
    private final Samples samples = new Samples(List.of("a", "b"), 3);

    private void add(int... times) {
        for (int time : times) {
            samples.add(time, new double[] {time * 10, time == 2 ? Double.NaN : 0.5});
        }
    }

    @Test
    void atFirstThereIsNothing() {
        assertThat(samples.json(0)).isEqualTo("{\"next\":0,\"series\":[\"a\",\"b\"],\"times\":[],\"values\":[[],[]]}");
        assertThat(samples.values("a")).isEmpty();
    }

    @Test
    void theOldestMakeRoomForTheNewest() {
        add(1, 2, 3, 4);
        assertThat(samples.json(0))
                .isEqualTo("{\"next\":4,\"series\":[\"a\",\"b\"],\"times\":[2,3,4],"
                        + "\"values\":[[20,30,40],[null,0.5,0.5]]}");
        assertThat(samples.values("a")).containsExactly(20, 30, 40);
        assertThat(samples.values("b")).containsExactly(0.5, 0.5);
    }

    @Test
    void whoHasSeenSomeGetsOnlyTheRest() {
        add(1, 2, 3);
        assertThat(samples.json(2)).contains("\"times\":[3],\"values\":[[30],[0.5]]");
        assertThat(samples.json(3)).contains("\"times\":[],\"values\":[[],[]]");
        assertThat(samples.json(900)).contains("\"times\":[1,2,3]");
    }

    @Test
    void aSampleHasOneValueForEachSeries() {
        assertThatThrownBy(() -> samples.add(1, new double[] {1})).hasMessage("there are 2 series, and 1 values");
    }
}
