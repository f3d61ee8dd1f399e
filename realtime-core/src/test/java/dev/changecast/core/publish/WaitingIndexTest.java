package dev.changecast.core.publish;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.Position;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which notifications wait for whom. */
class WaitingIndexTest {
    private static final long NOW = 1_000_000;

    private long number;

    private long add(WaitingIndex index, String user, int rank) {
        number++;
        index.add(user, number, new Position(number, 3), NOW + number, rank, NOW);
        return number;
    }

    private static List<Long> numbers(WaitingIndex index, String user) {
        return index.of(user, NOW).entries().stream()
                .map(WaitingIndex.Entry::number)
                .toList();
    }

    @Test
    void eachUserHasTheirOwnAndNoMoreThanTheBound() {
        WaitingIndex index = new WaitingIndex(3, 1000);
        for (int i = 0; i < 5; i++) {
            add(index, "ann", 1);
        }
        long bobs = add(index, "bob", 1);
        assertThat(numbers(index, "ann")).containsExactly(3L, 4L, 5L);
        assertThat(index.of("ann", NOW).dropped()).isEqualTo(2);
        assertThat(numbers(index, "bob")).containsExactly(bobs);
        assertThat(index.of("bob", NOW).dropped()).isZero();
        assertThat(index.of("carol", NOW).entries()).isEmpty();
        assertThat(index.size()).isEqualTo(4);
    }

    @Test
    void aNewOneOfTheLowestRankIsTheOneThatGoes() {
        WaitingIndex index = new WaitingIndex(2, 1000);
        add(index, "ann", 2);
        add(index, "ann", 2);
        add(index, "ann", 0);
        assertThat(numbers(index, "ann")).containsExactly(1L, 2L);
    }

    @Test
    void whatHasExpiredDoesNotTakeTheRoomOfOthersAndIsNotSaidToBeDropped() {
        WaitingIndex index = new WaitingIndex(2, 1000);
        index.add("ann", 1, new Position(1, 3), NOW - 1, 2, NOW - 10);
        index.add("ann", 2, new Position(2, 3), NOW + 1, 0, NOW - 10);
        index.add("ann", 3, new Position(3, 3), NOW + 1, 0, NOW);
        assertThat(numbers(index, "ann")).containsExactly(2L, 3L);
        assertThat(index.of("ann", NOW).dropped()).isZero();
        assertThat(index.removeExpired(NOW + 1)).isEqualTo(2);
        assertThat(index.size()).isZero();
        assertThat(index.users()).isZero();
    }

    @Test
    void ofTooManyInAllTheOldestOfTheLowestRankGoAndNoMoreThanALittleAtATime() {
        WaitingIndex index = new WaitingIndex(100, 100);
        for (int i = 0; i < 50; i++) {
            add(index, "high " + i, 2);
        }
        for (int i = 0; i < 50; i++) {
            add(index, "low " + i % 10, 0);
        }
        assertThat(index.makeRoom()).isZero();
        add(index, "another", 1);
        assertThat(index.makeRoom()).isEqualTo(3);
        assertThat(index.size()).isEqualTo(98);
        assertThat(numbers(index, "low 0")).doesNotContain(51L).contains(61L);
        assertThat(index.of("low 0", NOW).dropped()).isEqualTo(1);
        assertThat(numbers(index, "high 0")).hasSize(1);
        assertThat(numbers(index, "another")).hasSize(1);
    }

    @Test
    void aMessageToManyUsersLeavesThemAllTogether() {
        WaitingIndex index = new WaitingIndex(100, 100);
        for (int i = 0; i < 101; i++) {
            index.add("user " + i, 7, new Position(7, 3), NOW + 1, 1, NOW);
        }
        assertThat(index.makeRoom()).isEqualTo(101);
        assertThat(index.users()).isZero();
        assertThat(index.makeRoom()).isZero();
    }

    @Test
    void whatWasSentWaitsNoLongerAndWhoWasToldIsNotToldAgain() {
        WaitingIndex index = new WaitingIndex(2, 1000);
        add(index, "ann", 1);
        add(index, "ann", 1);
        add(index, "ann", 1);
        index.told("ann", 1);
        assertThat(index.of("ann", NOW).dropped()).isZero();
        assertThat(index.remove("ann", 2)).isTrue();
        assertThat(index.remove("ann", 2)).isFalse();
        assertThat(index.remove("bob", 3)).isFalse();
        assertThat(index.remove("ann", new Position(3, 3))).isEqualTo(3);
        assertThat(index.remove("ann", new Position(3, 3))).isEqualTo(-1);
        assertThat(index.size()).isZero();
        assertThat(index.users()).isZero();
    }

    @Test
    void halfAMillionForAHundredThousandUsersFitIntoLittleMemory() {
        System.gc();
        long before = used();
        WaitingIndex index = new WaitingIndex(100, 500_000);
        for (int i = 0; i < 600_000; i++) {
            add(index, "user-" + i % 100_000, 1);
            index.makeRoom();
        }
        assertThat(index.size()).isBetween(480_000, 500_000);
        assertThat(index.users()).isLessThanOrEqualTo(100_000);
        System.gc();
        long megabytes = (used() - before) >> 20;
        assertThat(megabytes).isLessThan(80);
        assertThat(index.size()).isPositive();
    }

    private static long used() {
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
