package dev.changecast.core.publish;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.Position;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What waits for one user. */
class MailboxTest {
    private final Mailbox mailbox = new Mailbox();

    private void add(long number, int rank) {
        mailbox.add(number, new Position(number * 10, 3), 1000 + number, rank);
    }

    private List<Long> numbers() {
        List<Long> numbers = new ArrayList<>();
        mailbox.forEach((number, position, expires) -> {
            assertThat(position).isEqualTo(new Position(number * 10, 3));
            assertThat(expires).isEqualTo(1000 + number);
            numbers.add(number);
        });
        return numbers;
    }

    @Test
    void theOldestOfTheLowestRankGoesFirst() {
        add(1, 2);
        add(2, 1);
        add(3, 0);
        add(4, 0);
        add(5, 1);
        mailbox.dropOne();
        assertThat(numbers()).containsExactly(1L, 2L, 4L, 5L);
        mailbox.dropOne();
        mailbox.dropOne();
        assertThat(numbers()).containsExactly(1L, 5L);
        mailbox.dropOne();
        assertThat(numbers()).containsExactly(1L);
        assertThat(mailbox.dropped()).isEqualTo(4);
        mailbox.told(3);
        assertThat(mailbox.dropped()).isEqualTo(1);
    }

    @Test
    void entriesAreTakenOutByTheirNumberOrTheirPosition() {
        for (int i = 1; i <= 10; i++) {
            add(i, 1);
        }
        assertThat(mailbox.removeNumber(4)).isTrue();
        assertThat(mailbox.removeNumber(4)).isFalse();
        assertThat(mailbox.removePosition(new Position(70, 3))).isEqualTo(7);
        assertThat(mailbox.removePosition(new Position(70, 3))).isEqualTo(-1);
        assertThat(numbers()).containsExactly(1L, 2L, 3L, 5L, 6L, 8L, 9L, 10L);
    }

    @Test
    void whatHasExpiredOrLeftTheDiskGoesWithoutTheRest() {
        for (int i = 1; i <= 6; i++) {
            add(i, 1);
        }
        assertThat(mailbox.removeExpired(1002)).isEqualTo(2);
        assertThat(mailbox.removeNumbersUpTo(4)).isEqualTo(2);
        assertThat(numbers()).containsExactly(5L, 6L);
        assertThat(mailbox.dropped()).isZero();
    }
}
