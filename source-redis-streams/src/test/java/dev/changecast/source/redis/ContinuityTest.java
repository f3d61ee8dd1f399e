package dev.changecast.source.redis;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ContinuityTest {
    private static final boolean THERE = true;
    private static final boolean GONE = false;

    /** As Redis 6.2 tells it. */
    private static StreamState older(long length, long first, long last) {
        return new StreamState(true, length, id(last), first == 0 ? null : id(first), -1, null);
    }

    /** As Redis 7 tells it. */
    private static StreamState newer(long length, long first, long last, long added, long deleted) {
        return new StreamState(
                true,
                length,
                id(last),
                first == 0 ? null : id(first),
                added,
                deleted == 0 ? EntryId.ZERO : id(deleted));
    }

    private static EntryId id(long milliseconds) {
        return new EntryId(milliseconds, 0);
    }

    private static Continuity afterReconnect(long last, long ordinal, StreamState state, boolean there) {
        return Continuity.of(
                new Continuity.Read(last == 0 ? EntryId.ZERO : id(last), ordinal, false, false), state, there);
    }

    private static Continuity live(long last, long ordinal, boolean atEnd, StreamState state, boolean there) {
        return Continuity.of(new Continuity.Read(id(last), ordinal, true, atEnd), state, there);
    }

    @Test
    void nothingIsMissingWhileTheEntryThatWasReadLastIsThere() {
        assertThat(afterReconnect(5, -1, older(9, 1, 9), THERE)).isEqualTo(Continuity.WHOLE);
        assertThat(afterReconnect(5, 5, newer(9, 1, 9, 9, 0), THERE)).isEqualTo(Continuity.WHOLE);
        assertThat(afterReconnect(5, 5, newer(8, 1, 9, 9, 3), THERE)).isEqualTo(Continuity.WHOLE);
    }

    @Test
    void nothingIsMissingWhenNothingFollowed() {
        assertThat(afterReconnect(5, -1, older(0, 0, 5), GONE)).isEqualTo(Continuity.WHOLE);
        assertThat(afterReconnect(0, -1, StreamState.MISSING, GONE)).isEqualTo(Continuity.WHOLE);
    }

    @Test
    void aStreamThatEndsEarlierIsAnotherOne() {
        assertThat(afterReconnect(5, -1, older(3, 1, 4), GONE)).isEqualTo(Continuity.REPLACED);
        assertThat(afterReconnect(5, 5, StreamState.MISSING, GONE)).isEqualTo(Continuity.REPLACED);
        assertThat(live(5, 5, true, StreamState.MISSING, GONE)).isEqualTo(Continuity.REPLACED);
    }

    @Test
    void redis7TellsHowFarTrimmingWent() {
        assertThat(afterReconnect(5, 5, newer(4, 6, 9, 9, 0), GONE)).isEqualTo(Continuity.WHOLE);
        assertThat(afterReconnect(5, 5, newer(3, 7, 9, 9, 0), GONE)).isEqualTo(Continuity.REMOVED);
        assertThat(afterReconnect(5, 5, newer(0, 0, 9, 9, 0), GONE)).isEqualTo(Continuity.REMOVED);
        assertThat(live(5, 5, false, newer(3, 7, 9, 9, 0), GONE)).isEqualTo(Continuity.REMOVED);
    }

    @Test
    void whereRedisDoesNotTellSomethingMayBeMissing() {
        assertThat(afterReconnect(5, -1, older(3, 7, 9), GONE)).isEqualTo(Continuity.REMOVED);
        assertThat(live(5, -1, false, older(3, 7, 9), GONE)).isEqualTo(Continuity.REMOVED);
        assertThat(live(5, -1, true, older(3, 7, 9), GONE)).isEqualTo(Continuity.WHOLE);
    }

    @Test
    void nothingLiesBetweenAnEntryAndTheNextId() {
        StreamState state = new StreamState(true, 3, id(9), new EntryId(5, 1), -1, null);
        assertThat(afterReconnect(5, -1, state, GONE)).isEqualTo(Continuity.WHOLE);
    }

    @Test
    void anEntryThatWasDeletedIsToldFromOneThatAReplicaNeverHad() {
        assertThat(afterReconnect(5, 5, newer(8, 1, 9, 9, 5), GONE)).isEqualTo(Continuity.WHOLE);
        assertThat(afterReconnect(5, 5, newer(8, 1, 9, 9, 0), GONE)).isEqualTo(Continuity.REPLACED);
        assertThat(afterReconnect(5, -1, older(8, 1, 9), GONE)).isEqualTo(Continuity.REPLACED);
        assertThat(live(5, -1, false, older(8, 1, 9), GONE)).isEqualTo(Continuity.WHOLE);
    }

    @Test
    void whatWasDeletedBeforeItWasReadIsMissing() {
        assertThat(afterReconnect(5, 5, newer(8, 1, 9, 9, 7), THERE)).isEqualTo(Continuity.REMOVED);
        assertThat(afterReconnect(5, 5, newer(7, 1, 9, 9, 7), GONE)).isEqualTo(Continuity.REMOVED);
        assertThat(live(5, 5, false, newer(7, 1, 9, 9, 7), GONE)).isEqualTo(Continuity.REMOVED);
    }

    @Test
    void aStreamThatCountsLessThanWasReadIsAnotherOne() {
        assertThat(afterReconnect(5, 5, newer(2, 8, 9, 2, 0), GONE)).isEqualTo(Continuity.REPLACED);
    }

    private static @Nullable EntryId none() {
        return null;
    }

    @Test
    void aStreamThatWasNotThereIsReadFromItsBeginning() {
        assertThat(afterReconnect(0, 0, newer(3, 1, 3, 3, 0), GONE)).isEqualTo(Continuity.WHOLE);
        assertThat(afterReconnect(0, 0, newer(2, 2, 3, 3, 0), GONE)).isEqualTo(Continuity.REMOVED);
        assertThat(afterReconnect(0, -1, new StreamState(true, 0, id(3), none(), -1, null), GONE))
                .isEqualTo(Continuity.WHOLE);
    }
}
