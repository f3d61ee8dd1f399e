package dev.changecast.core;

import static dev.changecast.core.TestEngine.DESKS;
import static dev.changecast.core.TestEngine.follow;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.core.Limits.PerUserPolicy;
import dev.changecast.testing.Eventually;
import dev.changecast.testing.LoopbackClient;
import dev.changecast.testing.Message;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A user who opens one more window than allowed. */
class ReplacedConnectionTest {
    @Test
    void theOldestConnectionGivesWayOnceItHasBeenThereForAWhile() {
        Limits limits = new Limits(100, 100, 2, 10, 512 * 1024, 1 << 20, 1000, 60_000, Set.of())
                .perUserPolicy(PerUserPolicy.REPLACE_OLDEST);
        try (TestEngine engine = TestEngine.start(limits)) {
            LoopbackClient oldest = engine.connect("ada");
            oldest.await("welcome");
            LoopbackClient younger = engine.connect("ada");
            follow(younger, "desks");
            LoopbackClient tooEarly = engine.connect("ada");
            Message refused = tooEarly.await("error");
            assertThat(refused.text("message")).contains("2 connections").contains("less than 10 s");
            assertThat(tooEarly.awaitCloseCode()).isEqualTo(4429);
            LoopbackClient newest = Eventually.awaitValue("a place", Duration.ofSeconds(30), () -> {
                LoopbackClient next = engine.connect("ada");
                return next.await("an answer", message -> true).is("welcome") ? next : null;
            });
            assertThat(oldest.awaitCloseCode()).isEqualTo(4409);
            follow(newest, "desks");
            engine.source.commit(tx -> tx.insert(DESKS, 1, 1, "both that are left get it"));
            assertThat(newest.awaitChange().number("data.id")).isEqualTo(1);
            assertThat(younger.awaitChange().number("data.id")).isEqualTo(1);
            Eventually.await("two sessions", () -> engine.changecast.sessions() == 2);
        }
    }
}
