package dev.changecast.source.mongo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.ResetReason;
import dev.changecast.api.source.StartPoint;
import org.bson.BsonDocument;
import org.bson.BsonTimestamp;
import org.junit.jupiter.api.Test;

/** Where a run begins, by what the log holds and what the server says before it has seen a token. */
class ResumeTest {
    private static final String HISTORY = "m0123456789ab";
    private static final long PRESENT = new BsonTimestamp(1_800_000_000, 5).getValue();
    private static final BsonDocument EVENT = BsonDocument.parse("{_data: '8200000000000000010001'}");
    private static final BsonDocument LATER = BsonDocument.parse("{_data: '8200000000000000020000'}");

    private static StartPoint start(String epoch, long major, ResumePoint point) {
        return new StartPoint(epoch, new Checkpoint(new Position(major, 0), point.text()));
    }

    private static ResumePoint tokens() {
        return ResumePoint.since(new BsonTimestamp(1)).afterEvent(EVENT).reached(LATER);
    }

    @Test
    void aPointSurvivesItsText() {
        for (ResumePoint point : new ResumePoint[] {
            ResumePoint.since(new BsonTimestamp(7, 3)),
            ResumePoint.since(new BsonTimestamp(7, 3)).reached(LATER),
            ResumePoint.since(new BsonTimestamp(7, 3)).afterEvent(EVENT),
            tokens()
        }) {
            assertThat(ResumePoint.parse(point.text())).contains(point);
        }
    }

    @Test
    void whatIsNoPointIsNone() {
        for (String text : new String[] {null, "", "x", "{}", "{\"event\": 1}", "{\"since\": \"now\"}", "[1]"}) {
            assertThat(ResumePoint.parse(text)).isEmpty();
        }
    }

    @Test
    void aTokenTellsItsTime() {
        assertThat(ClusterTime.ofToken(BsonDocument.parse("{_data: '8265A1B2C3000000072B0429'}")))
                .hasValue(0x65A1B2C300000007L);
        assertThat(ClusterTime.ofToken(BsonDocument.parse("{_data: '81'}"))).isEmpty();
        assertThat(ClusterTime.ofToken(BsonDocument.parse("{_data: '82ZZ000000000000000000'}")))
                .isEmpty();
        assertThat(ClusterTime.ofToken(new BsonDocument())).isEmpty();
        assertThat(ClusterTime.name(0x65A1B2C300000007L)).isEqualTo("1705095875.7");
    }

    @Test
    void aFirstRunBeginsBehindThePresent() {
        Opening opening = Opening.decide(null, HISTORY, PRESENT, null);
        assertThat(opening.reset()).isNull();
        assertThat(opening.epoch()).isEqualTo(HISTORY);
        assertThat(opening.skipped()).isEqualTo(PRESENT);
        assertThat(opening.from().position()).isEqualTo(new Position(PRESENT + 1, 0));
    }

    @Test
    void theSameHistoryGoesOn() {
        StartPoint start = start(HISTORY, PRESENT - 10, tokens());
        Opening opening = Opening.decide(start, HISTORY, PRESENT, null);
        assertThat(opening.reset()).isNull();
        assertThat(opening.from()).isEqualTo(start.checkpoint());
        assertThat(opening.point()).isEqualTo(tokens());
    }

    @Test
    void anotherHistoryASetBackClockAndAStrangeTokenAreOtherEpochs() {
        assertThat(Opening.decide(start("m9", PRESENT - 10, tokens()), HISTORY, PRESENT, null))
                .satisfies(opening -> assertThat(opening.reset()).isEqualTo(ResetReason.EPOCH_CHANGED))
                .satisfies(opening -> assertThat(opening.epoch()).isEqualTo(HISTORY));
        Opening setBack = Opening.decide(start(HISTORY, PRESENT + 2, tokens()), HISTORY, PRESENT, null);
        assertThat(setBack.reset()).isEqualTo(ResetReason.EPOCH_CHANGED);
        assertThat(setBack.epoch()).startsWith(HISTORY + "_g").hasSizeLessThanOrEqualTo(25);
        StartPoint strange = new StartPoint(HISTORY, Checkpoint.at(new Position(5, 0)));
        assertThat(Opening.decide(strange, HISTORY, PRESENT, null).reset()).isEqualTo(ResetReason.EPOCH_CHANGED);
    }

    @Test
    void aHistoryThatOnceDivergedGoesOnUnderItsName() {
        String diverged = HISTORY + "_gabc123";
        Opening opening = Opening.decide(start(diverged, PRESENT - 10, tokens()), HISTORY, PRESENT, null);
        assertThat(opening.reset()).isNull();
        assertThat(opening.epoch()).isEqualTo(diverged);
    }

    @Test
    void whatWasLostKeepsItsEpoch() {
        Opening opening =
                Opening.decide(start(HISTORY, PRESENT - 10, tokens()), HISTORY, PRESENT, ResetReason.SLOT_LOST);
        assertThat(opening.reset()).isEqualTo(ResetReason.SLOT_LOST);
        assertThat(opening.epoch()).isEqualTo(HISTORY);
    }
}
