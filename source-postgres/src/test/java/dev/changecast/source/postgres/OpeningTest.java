package dev.changecast.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.ResetReason;
import dev.changecast.api.source.StartPoint;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OpeningTest {
    private static final ServerIdentity FIRST = new ServerIdentity("7000", 5, 16400, 1, 1000, Map.of());

    private static String epoch(ServerIdentity server) {
        return Opening.decide(null, server, 0, true, false).epoch();
    }

    private static StartPoint at(long lsn, String timeline) {
        return new StartPoint(epoch(FIRST), new Checkpoint(new Position(lsn, 0), timeline));
    }

    private static ServerIdentity promoted(int timeline, long switchPoint) {
        return new ServerIdentity("7000", 5, 16400, timeline, 2000, Map.of(timeline - 1, switchPoint));
    }

    @Test
    void withoutALogItBeginsWhereTheSlotDoes() {
        Opening opening = Opening.decide(null, FIRST, 500, false, false);
        assertThat(opening.reset()).isNull();
        assertThat(opening.from()).isEqualTo(new Checkpoint(new Position(500, 0), "1"));
        assertThat(opening.epoch()).matches("[a-z0-9]{1,13}_1");
    }

    @Test
    void aLogAtOrAheadOfTheSlotGoesOn() {
        for (long slot : new long[] {400, 500}) {
            Opening opening = Opening.decide(at(500, "1"), FIRST, slot, false, false);
            assertThat(opening.reset()).isNull();
            assertThat(opening.epoch()).isEqualTo(epoch(FIRST));
            assertThat(opening.from().position()).isEqualTo(new Position(500, 0));
        }
    }

    @Test
    void aSlotAheadOfTheLogHasLostWhatLiesBetween() {
        Opening opening = Opening.decide(at(500, "1"), FIRST, 501, false, false);
        assertThat(opening.reset()).isEqualTo(ResetReason.SLOT_LOST);
        assertThat(opening.epoch()).isEqualTo(epoch(FIRST));
        assertThat(opening.from().position()).isEqualTo(new Position(501, 0));
    }

    @Test
    void aNewSlotHasLostEverythingBefore() {
        assertThat(Opening.decide(at(500, "1"), FIRST, 500, true, false).reset())
                .isEqualTo(ResetReason.SLOT_LOST);
    }

    @Test
    void anotherSystemDatabaseOrPublicationIsAnotherEpoch() {
        for (ServerIdentity other : new ServerIdentity[] {
            new ServerIdentity("7001", 5, 16400, 1, 1000, Map.of()),
            new ServerIdentity("7000", 6, 16400, 1, 1000, Map.of()),
            new ServerIdentity("7000", 5, 16401, 1, 1000, Map.of())
        }) {
            Opening opening = Opening.decide(at(500, "1"), other, 400, false, false);
            assertThat(opening.reset()).isEqualTo(ResetReason.EPOCH_CHANGED);
            assertThat(opening.epoch()).isNotEqualTo(epoch(FIRST)).isEqualTo(epoch(other));
        }
    }

    @Test
    void aNewTimelineKeepsTheEpochWhenItBranchedOffAtOrAfterAllThatWasDelivered() {
        Opening opening = Opening.decide(at(500, "1"), promoted(2, 500), 400, false, false);
        assertThat(opening.reset()).isNull();
        assertThat(opening.epoch()).isEqualTo(epoch(FIRST));
        assertThat(opening.from().token()).isEqualTo("2");
    }

    @Test
    void aNewTimelineThatBranchedOffBeforeIsANewEpoch() {
        Opening opening = Opening.decide(at(500, "1"), promoted(2, 499), 400, false, false);
        assertThat(opening.reset()).isEqualTo(ResetReason.EPOCH_CHANGED);
        assertThat(opening.epoch()).isEqualTo(epoch(promoted(2, 499))).endsWith("_2");
    }

    @Test
    void theTimelineOfTheLastDeliveryCountsNotThatOfTheEpoch() {
        // Went on in timeline 2 under the first epoch; timeline 3 branched off timeline 1.
        ServerIdentity sibling = new ServerIdentity("7000", 5, 16400, 3, 2000, Map.of(1, 900L));
        assertThat(Opening.decide(at(500, "2"), sibling, 400, false, false).reset())
                .isEqualTo(ResetReason.EPOCH_CHANGED);
    }

    @Test
    void aServerSetBackWithinItsTimelineIsANewEpoch() {
        Opening opening = Opening.decide(at(1001, "1"), FIRST, 400, false, false);
        assertThat(opening.reset()).isEqualTo(ResetReason.EPOCH_CHANGED);
        assertThat(opening.epoch()).isEqualTo(epoch(FIRST) + "_3e8").matches("[A-Za-z0-9_]{1,40}");
    }

    @Test
    void aHistoryFileTellsWhereTimelinesEnded() {
        assertThat(ReplicationConnection.parseHistory(
                        "1\t0/3000000\tno recovery target specified\n\n# a comment\n2\t1/0A\tbefore 2026-01-01\n"))
                .isEqualTo(Map.of(1, 0x3000000L, 2, 0x10000000AL));
    }
}
