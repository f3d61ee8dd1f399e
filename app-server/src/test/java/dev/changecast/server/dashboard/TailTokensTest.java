package dev.changecast.server.dashboard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.transport.Handshake;
import dev.changecast.core.Authentication;
import dev.changecast.core.Authenticator;
import dev.changecast.core.Identity;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Tokens for operators who listen. */
class TailTokensTest {
    private static final Identity OPERATOR = new Identity(null, Set.of("admin"), Map.of());

    private Instant now = Instant.parse("2026-01-02T03:04:05Z");
    private final TailTokens tokens = new TailTokens(Authenticator.anonymous(), () -> now);

    private static Handshake with(String token) {
        return new Handshake(
                "sse", "/events", "127.0.0.1", Map.of("Authorization", List.of("Bearer " + token)), Map.of(), null);
    }

    @Test
    void aTokenOpensSessionsForHalfAMinuteAndTheyEndAfterAnHour() {
        String token = tokens.give(OPERATOR);
        // The gate asks, and then the session.
        for (int i = 0; i < 2; i++) {
            assertThat(tokens.examine(with(token))).isInstanceOfSatisfying(Authentication.Accepted.class, accepted -> {
                assertThat(accepted.identity()).isEqualTo(OPERATOR);
                assertThat(accepted.expiresAt()).isEqualTo(now.plus(Duration.ofHours(1)));
            });
        }
        assertThat(tokens.examine(token)).isInstanceOf(Authentication.Accepted.class);
        now = now.plusSeconds(31);
        assertThat(tokens.examine(with(token))).isInstanceOf(Authentication.Refused.class);
        assertThat(tokens.examine(token)).isInstanceOf(Authentication.Refused.class);
    }

    @Test
    void oneThatWasNotGivenIsRefusedEvenWhereEverybodyMayComeWithoutOne() {
        tokens.give(OPERATOR);
        assertThat(tokens.examine(with("changecast-tail-guess"))).isInstanceOf(Authentication.Refused.class);
        assertThat(tokens.examine(with("another"))).isEqualTo(Authentication.accepted(Identity.anonymous()));
        assertThat(tokens.examine("another")).isInstanceOf(Authentication.Awaited.class);
    }

    @Test
    void soManyAreKeptAndNoMore() {
        String first = tokens.give(OPERATOR);
        String second = tokens.give(OPERATOR);
        for (int i = 0; i < 999; i++) {
            tokens.give(OPERATOR);
        }
        assertThat(tokens.examine(first)).isInstanceOf(Authentication.Refused.class);
        assertThat(tokens.examine(second)).isInstanceOf(Authentication.Accepted.class);
    }
}
