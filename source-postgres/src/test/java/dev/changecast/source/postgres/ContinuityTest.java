package dev.changecast.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.StartPoint;
import dev.changecast.source.postgres.Continuity.Verdict;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** The log ends at 1000; its last commit ended at 900. */
class ContinuityTest {
    private static final LastCommit LAST = new LastCommit(900, 77);

    private static Continuity slotAt(long slot) {
        return new Continuity(slot, new StartPoint("e", Opening.checkpoint(1000, 1, LAST)));
    }

    private static ByteBuffer begin(long commit) {
        return ByteBuffer.allocate(21).put((byte) 'B').putLong(commit).flip();
    }

    private static ByteBuffer commit(long end, long micros) {
        return ByteBuffer.allocate(26)
                .put((byte) 'C')
                .put((byte) 0)
                .putLong(end - 10)
                .putLong(end)
                .putLong(micros)
                .flip();
    }

    @Test
    void aTokenKeepsTheLastCommit() {
        assertThat(LastCommit.of(LastCommit.token(3, LAST))).isEqualTo(LAST);
        assertThat(LastCommit.timeline(LastCommit.token(3, LAST))).isEqualTo(3);
        assertThat(LastCommit.of(LastCommit.token(3, null))).isNull();
        assertThat(LastCommit.of(null)).isNull();
        LastCommit early = new LastCommit(1, -5);
        assertThat(LastCommit.of(LastCommit.token(1, early))).isEqualTo(early);
    }

    @Test
    void thereIsNothingToCompareWhereTheSlotIsAtTheLogsEnd() {
        assertThat(slotAt(1000).verdict()).isEqualTo(Verdict.SAME);
        assertThat(new Continuity(5, null).verdict()).isEqualTo(Verdict.SAME);
        assertThat(new Continuity(5, new StartPoint("e", new Checkpoint(new Position(1000, 0), "1"))).verdict())
                .isEqualTo(Verdict.SAME);
    }

    @Test
    void theSameCommitsAreTheSameHistory() {
        Continuity continuity = slotAt(500);
        assertThat(continuity.verdict()).isEqualTo(Verdict.OPEN);
        assertThat(continuity.message(begin(590))).isEqualTo(Verdict.OPEN);
        assertThat(continuity.message(commit(600, 5))).isEqualTo(Verdict.OPEN);
        continuity.message(begin(890));
        assertThat(continuity.message(commit(900, 77))).isEqualTo(Verdict.OPEN);
        assertThat(continuity.message(begin(1000))).isEqualTo(Verdict.SAME);
    }

    @Test
    void aMessageBehindTheLogsEndSettlesItToo() {
        Continuity continuity = slotAt(500);
        continuity.message(commit(900, 77));
        assertThat(continuity.message(message(false, 1000))).isEqualTo(Verdict.OPEN);
        assertThat(continuity.message(message(true, 1100))).isEqualTo(Verdict.OPEN);
        assertThat(continuity.message(message(false, 1100))).isEqualTo(Verdict.SAME);
    }

    private static ByteBuffer message(boolean transactional, long lsn) {
        return ByteBuffer.allocate(20)
                .put((byte) 'M')
                .put((byte) (transactional ? 1 : 0))
                .putLong(lsn)
                .rewind();
    }

    @Test
    void aLookBeyondTheLogsEndSettlesItToo() {
        Continuity continuity = slotAt(500);
        continuity.message(begin(890));
        assertThat(continuity.reached(1001)).as("inside a transaction").isEqualTo(Verdict.OPEN);
        continuity.message(commit(900, 77));
        assertThat(continuity.reached(999)).isEqualTo(Verdict.OPEN);
        assertThat(continuity.reached(1000)).isEqualTo(Verdict.SAME);
    }

    @Test
    void aCommitOfAnotherTimeInItsPlaceIsAnotherHistory() {
        assertThat(slotAt(500).message(commit(900, 78))).isEqualTo(Verdict.OTHER);
    }

    @Test
    void aCommitThatTheLogDoesNotHaveIsAnotherHistory() {
        assertThat(slotAt(500).message(commit(901, 77))).isEqualTo(Verdict.OTHER);
        Continuity found = slotAt(500);
        found.message(commit(900, 77));
        assertThat(found.message(commit(950, 80))).isEqualTo(Verdict.OTHER);
        assertThat(slotAt(950).message(commit(960, 80)))
                .as("the last commit was confirmed, and this one should not be")
                .isEqualTo(Verdict.OTHER);
    }

    @Test
    void aLastCommitThatIsMissingIsAnotherHistory() {
        Continuity continuity = slotAt(500);
        continuity.message(commit(600, 5));
        assertThat(continuity.message(begin(1500))).isEqualTo(Verdict.OTHER);
        assertThat(slotAt(500).reached(1500)).isEqualTo(Verdict.OTHER);
    }

    @Test
    void whatTheSlotHasConfirmedNeedNotComeAgain() {
        assertThat(slotAt(950).reached(1500)).isEqualTo(Verdict.SAME);
        assertThat(slotAt(900).message(begin(1200))).isEqualTo(Verdict.SAME);
    }
}
