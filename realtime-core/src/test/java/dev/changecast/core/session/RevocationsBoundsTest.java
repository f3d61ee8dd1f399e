package dev.changecast.core.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.core.Authentication;
import dev.changecast.core.Authentication.Accepted;
import dev.changecast.core.Identity;
import dev.changecast.core.Revocation;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** The deny list is bounded, and forgets only what has expired. */
class RevocationsBoundsTest {
    private static final Instant NOON = Instant.parse("2026-01-02T12:00:00Z");

    private final AtomicReference<Instant> now = new AtomicReference<>(NOON);
    private final Revocations revocations = new Revocations(now::get, 3);

    private static Accepted token(String id, String user, Instant issuedAt) {
        return new Accepted(Identity.of(user), new Authentication.Token(id, issuedAt, null));
    }

    private static Revocation until(String tokenId, Instant until) {
        return Revocation.ofToken(tokenId).until(until);
    }

    @Test
    void aRevocationIsForgottenWhenItsTokensHaveExpired() {
        revocations.add(until("a", NOON.plusSeconds(10)));
        assertThat(revocations.cover(token("a", "ada", NOON))).isTrue();
        assertThat(revocations.cover(token("b", "ada", NOON))).isFalse();
        now.set(NOON.plusSeconds(10));
        assertThat(revocations.cover(token("a", "ada", NOON))).isFalse();
    }

    @Test
    void whenThereIsNoRoomANewOneIsRefusedAndNoneForgotten() {
        revocations.add(until("a", NOON.plusSeconds(10)));
        revocations.add(until("b", NOON.plusSeconds(20)));
        revocations.add(Revocation.ofUser("ada").until(NOON.plusSeconds(30)));
        assertThatExceptionOfType(ChangecastException.class)
                .isThrownBy(() -> revocations.add(until("c", NOON.plusSeconds(40))))
                .matches(refusal -> refusal.code() == ErrorCode.TOO_MANY)
                .withMessageContaining("3");
        // One that is there already can be widened.
        revocations.add(until("a", NOON.plusSeconds(40)));
        now.set(NOON.plusSeconds(25));
        revocations.add(until("c", NOON.plusSeconds(40)));
        assertThat(revocations.size()).isEqualTo(3);
        assertThat(revocations.cover(token("a", "grace", NOON))).isTrue();
        assertThat(revocations.cover(token("b", "grace", NOON))).isFalse();
    }

    @Test
    void aLaterRevocationNeverNarrowsAnEarlierOne() {
        revocations.add(Revocation.ofUser("ada").before(NOON).until(NOON.plusSeconds(60)));
        revocations.add(Revocation.ofUser("ada").before(NOON.minusSeconds(60)).until(NOON.plusSeconds(30)));
        now.set(NOON.plusSeconds(45));
        assertThat(revocations.cover(token("a", "ada", NOON.minusSeconds(1)))).isTrue();
        assertThat(revocations.cover(token("a", "ada", NOON))).isFalse();
        assertThat(revocations.cover(token("a", "grace", NOON.minusSeconds(1)))).isFalse();
    }
}
