package dev.changecast.source.redis;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.Position;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class QueueTokenTest {
    @Test
    void itIsReadAsItWasWritten() {
        QueueToken token = new QueueToken();
        token.setLast("feed:a", EntryId.parse("7-0"));
        token.setLast("feed:b", EntryId.ZERO);
        token.addClaimed("feed:a", EntryId.parse("5-3"));
        token.addClaimed("feed:a", EntryId.parse("6-0"));
        token.confirmed("feed:a", EntryId.parse("6-0"));
        QueueToken read = QueueToken.parse(token.toString());
        assertThat(read.last("feed:a")).isEqualTo(EntryId.parse("7-0"));
        assertThat(read.last("feed:b")).isEqualTo(EntryId.ZERO);
        assertThat(read.last("feed:c")).isNull();
        assertThat(read.hasClaimed("feed:a", EntryId.parse("5-3"))).isTrue();
        assertThat(read.hasClaimed("feed:a", EntryId.parse("6-0"))).isFalse();
        assertThat(read).hasToString(token.toString());
        assertThat(QueueToken.parse(null)).hasToString("");
        assertThat(QueueToken.parse("").hasClaimed()).isFalse();
    }

    @Test
    void positionsOfOurOwnNeverGoBackWhateverTheClockDoes() {
        Clock clock = Clock.fixed(Instant.ofEpochMilli(1000), ZoneOffset.UTC);
        OwnPositions positions = new OwnPositions(clock, new Position(5000, 7));
        Position before = positions.last();
        for (int i = 0; i < 3; i++) {
            Position next = positions.next();
            assertThat(next).isGreaterThan(before);
            assertThat(next.minor()).isGreaterThanOrEqualTo(before.minor() + 1);
            assertThat(positions.last()).isEqualTo(new Position(next.major(), next.minor() + 1));
            before = positions.last();
        }
        assertThat(new OwnPositions(clock, Position.ZERO).next()).isEqualTo(new Position(1000, 2));
    }
}
