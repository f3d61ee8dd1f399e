package dev.changecast.core;

import static dev.changecast.core.TestEngine.json;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.ErrorCode;
import dev.changecast.core.Limits.Rate;
import dev.changecast.testing.LoopbackClient;
import org.junit.jupiter.api.Test;

/** What operators see of clients that are refused something. */
class RefusalsTest {
    @Test
    void whatNobodyWasRefusedIsNotThere() {
        try (TestEngine engine = TestEngine.start()) {
            LoopbackClient client = engine.connect();
            client.await("welcome");
            client.send("{\"type\":\"ping\"}");
            client.await("pong");
            client.drop();

            assertThat(engine.changecast.refusals().errors()).isEmpty();
            assertThat(engine.changecast.refusals().closes()).isEmpty();
        }
    }

    @Test
    void errorsAreCountedByWhatTheyAre() {
        try (TestEngine engine = TestEngine.start()) {
            LoopbackClient client = engine.connect();
            client.await("welcome");
            client.send(json("{'type':'subscribe','collection':'nothing'}"));
            client.await("error");
            client.send(json("{'type':'dance'}"));
            client.send(json("{'type':'sing'}"));
            client.send("{\"type\":\"ping\"}");
            client.await("pong");

            Refusals refusals = engine.changecast.refusals();
            assertThat(refusals.of(ErrorCode.UNKNOWN_COLLECTION)).isEqualTo(1);
            assertThat(refusals.of(ErrorCode.UNKNOWN_TYPE)).isEqualTo(2);
            assertThat(refusals.of(ErrorCode.BAD_FILTER)).isZero();
            assertThat(refusals.closes()).isEmpty();
        }
    }

    @Test
    void closesAreCountedByTheirCodes() {
        try (TestEngine engine = TestEngine.start(TestEngine.LIMITS.input(new Rate(1, 5), 1 << 20))) {
            LoopbackClient hasty = engine.connect();
            hasty.await("welcome");
            for (int i = 0; i < 200; i++) {
                hasty.send("{\"type\":\"ping\"}");
            }
            assertThat(hasty.awaitCloseCode()).isEqualTo(4429);

            Refusals refusals = engine.changecast.refusals();
            assertThat(refusals.closedWith(4429)).isEqualTo(1);
            assertThat(refusals.of(ErrorCode.RATE_LIMITED)).isPositive();
        }
    }

    @Test
    void whoNeverBecameASessionIsCountedToo() {
        try (TestEngine engine = TestEngine.start()) {
            LoopbackClient page =
                    engine.client().header("Origin", "https://evil.example").connect();
            assertThat(page.awaitCloseCode()).isEqualTo(4403);
            assertThat(engine.changecast.refusals().closedWith(4403)).isEqualTo(1);
            assertThat(engine.changecast.refusals().of(ErrorCode.FORBIDDEN)).isEqualTo(1);
        }
    }
}
