package dev.changecast.core.log;

import static dev.changecast.core.log.Samples.ORDERS;
import static dev.changecast.core.log.Samples.TIME;
import static dev.changecast.core.log.Samples.USERS;
import static dev.changecast.core.log.Samples.at;
import static dev.changecast.core.log.Samples.read;
import static dev.changecast.core.log.Samples.text;
import static dev.changecast.core.log.Samples.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.StartPoint;
import dev.changecast.core.History;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What holds for every log, shown with one in memory; with files it is shown by the others. */
class FeedLogTest {
    private final Events events = new Events();
    private final FeedLog log = FeedLog.open("pg", History.inMemory(), events);

    @BeforeEach
    void begin() {
        log.restart("e1", at(10, 0));
    }

    @AfterEach
    void close() {
        log.close();
    }

    @Test
    void nothingIsThereBeforeTheFirstEpoch() {
        try (FeedLog fresh = FeedLog.open("pg", History.inMemory(), events)) {
            assertThat(fresh.end()).isNull();
            assertThat(fresh.epoch()).isEmpty();
            assertThatThrownBy(() -> write(fresh, 1, USERS, "ann"))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("no epoch yet");
        }
    }

    @Test
    void transactionsAreReadAsTheyWereWritten() {
        write(log, 11, USERS, "ann", "bob");
        write(log, 12, ORDERS, "book");

        assertThat(read(log, new Position(10, 0)))
                .containsExactly(
                        "begin tx11", "11-2 ann", "11-4 bob", "commit 11-5", "begin tx12", "12-2 book", "commit 12-3");
        assertThat(log.end()).isEqualTo(new StartPoint("e1", at(12, 3)));
        assertThat(log.head()).isEqualTo(new Position(12, 3));
        assertThat(log.floor()).isEqualTo(new Position(10, 0));
    }

    @Test
    void aSmallTransactionIsOneChunkThatTellsAllAboutIt() {
        log.begin("77", new Position(11, 0), TIME);
        log.change(2, USERS, Operation.UPDATE, Row.of(1, "ann", Row.ABSENT), Row.of(1, "anne", "long"));
        log.change(4, ORDERS, Operation.TRUNCATE, null, null);
        log.change(6, USERS, Operation.DELETE, null, Row.of(2, null, null));
        log.commit(new Checkpoint(new Position(12, 0), "token"));

        LogReader reader = log.reader(new Position(10, 0));
        Chunk chunk = reader.next(Interest.ALL);
        assertThat(chunk).isNotNull();
        assertThat(chunk.kind()).isEqualTo(Chunk.Kind.CHANGES);
        assertThat(chunk.tx()).isEqualTo("77");
        assertThat(chunk.major()).isEqualTo(11);
        assertThat(chunk.begin()).isEqualTo(new Position(11, 0));
        assertThat(chunk.committedAt()).isEqualTo(TIME);
        assertThat(chunk.first()).isTrue();
        assertThat(chunk.last()).isTrue();
        assertThat(chunk.changes()).isEqualTo(3);
        assertThat(chunk.start()).isEqualTo(new Position(10, 0));
        assertThat(chunk.end()).isEqualTo(new Position(12, 0));
        assertThat(chunk.checkpoint()).isEqualTo(new Checkpoint(new Position(12, 0), "token"));
        assertThat(chunk.relations()).containsExactly(USERS, ORDERS);
        List<String> seen = new ArrayList<>();
        chunk.forEach((minor, relation, operation, after, before) -> seen.add(minor + " " + relation.name() + " "
                + operation + " " + (after == null ? "-" : after.text(1) + after.isAbsent(2)) + " "
                + (before == null ? "-" : before.text(1) + before.text(2) + before.isNull(1))));
        assertThat(seen)
                .containsExactly(
                        "2 users UPDATE anntrue annelongfalse",
                        "4 orders TRUNCATE - -",
                        "6 users DELETE - nullnulltrue");
        assertThat(reader.next(Interest.ALL)).isNull();
        assertThat(reader.position()).isEqualTo(new Position(12, 0));
    }

    @Test
    void aLargeTransactionCanBeReadBeforeItIsComplete() {
        log.begin("9", new Position(11, 0), TIME);
        log.change(2, USERS, Operation.INSERT, Row.of(1, text(70_000), null), null);
        LogReader reader = log.reader(new Position(10, 0));
        assertThat(read(reader, Interest.ALL)).containsExactly("begin 9", "11-2 70000 characters");
        assertThat(log.head()).isEqualTo(new Position(11, 2));
        assertThat(log.end()).isEqualTo(new StartPoint("e1", at(10, 0)));

        log.change(4, USERS, Operation.INSERT, Row.of(2, "bob", null), null);
        log.commit(at(11, 5));
        Chunk last = reader.next(Interest.ALL);
        assertThat(last).isNotNull();
        assertThat(last.first()).isFalse();
        assertThat(last.ordinal()).isEqualTo(1);
        assertThat(Samples.describe(last)).containsExactly("11-4 bob", "commit 11-5");
        events.awaitDurable(at(11, 5));
        assertThat(events.durable()).doesNotContain(at(11, 2));
    }

    @Test
    void whatTheLogHoldsIsDropped() {
        write(log, 11, USERS, "ann", "bob");
        write(log, 11, USERS, "ann", "bob");
        log.progress(at(10, 7));
        log.progress(at(11, 5));
        write(log, 12, USERS, "eve");
        assertThat(read(log, new Position(10, 0)))
                .containsExactly(
                        "begin tx11", "11-2 ann", "11-4 bob", "commit 11-5", "begin tx12", "12-2 eve", "commit 12-3");
    }

    @Test
    void anAbandonedTransactionThatNobodyCouldReadIsForgotten() {
        log.begin("11", new Position(11, 0), TIME);
        log.change(2, USERS, Operation.INSERT, Row.of(1, "ann", null), null);
        log.abandon();
        write(log, 12, USERS, "bob");
        assertThat(read(log, new Position(10, 0))).containsExactly("begin tx12", "12-2 bob", "commit 12-3");
    }

    @Test
    void anAbandonedTransactionThatCouldBeReadGoesOnWhereItStopped() {
        write(log, 11, USERS, "zoe");
        LogReader reader = log.reader(new Position(11, 3));
        log.begin("tx12", new Position(12, 0), TIME);
        log.change(2, USERS, Operation.INSERT, Row.of(1, text(70_000), null), null);
        log.change(4, USERS, Operation.INSERT, Row.of(2, "lost", null), null);
        assertThat(read(reader, Interest.ALL)).containsExactly("begin tx12", "12-2 70000 characters");
        log.abandon();

        write(log, 11, USERS, "zoe");
        write(log, 12, USERS, text(70_000), "bob", "eve");
        assertThat(read(reader, Interest.ALL)).containsExactly("12-4 bob", "12-6 eve", "commit 12-7");
    }

    @Test
    void anAbandonedTransactionOfWhichOnlyTheEndIsMissingGetsIt() {
        log.begin("tx12", new Position(12, 0), TIME);
        log.change(2, USERS, Operation.INSERT, Row.of(1, text(70_000), null), null);
        log.abandon();
        write(log, 12, USERS, text(70_000));
        assertThat(read(log, new Position(10, 0)))
                .containsExactly("begin tx12", "12-2 70000 characters", "commit 12-3");
    }

    @Test
    void anotherTransactionCannotTakeThePlaceOfAnAbandonedOne() {
        log.begin("12", new Position(12, 0), TIME);
        log.change(2, USERS, Operation.INSERT, Row.of(1, text(70_000), null), null);
        log.abandon();
        assertThatThrownBy(() -> log.begin("13", new Position(13, 0), TIME))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("13-0")
                .hasMessageContaining("12-0");
        assertThatThrownBy(() -> log.progress(at(13, 0))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void wrongCallsAreRefusedWithThePresentValues() {
        assertThatThrownBy(() -> log.commit(at(11, 0))).hasMessage("no transaction has begun");
        log.begin("11", new Position(11, 0), TIME);
        assertThatThrownBy(() -> log.begin("12", new Position(12, 0), TIME)).hasMessageContaining("11-0");
        assertThatThrownBy(() -> log.progress(at(12, 0))).hasMessageContaining("11-0");
        log.change(4, USERS, Operation.INSERT, Row.of(1, "ann", null), null);
        assertThatThrownBy(() -> log.change(4, USERS, Operation.INSERT, Row.of(1, "ann", null), null))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> log.change(6, USERS, Operation.INSERT, Row.of(1), null))
                .hasMessageContaining("3 columns, not 1");
        assertThatThrownBy(() -> log.commit(at(11, 3))).hasMessageContaining("before its last change");
    }

    @Test
    void progressIsPassedOverAndMovesThePosition() {
        LogReader reader = log.reader(new Position(10, 0));
        log.progress(new Checkpoint(new Position(20, 0), "t"));
        assertThat(reader.next(Interest.ALL)).isNull();
        assertThat(reader.position()).isEqualTo(new Position(20, 0));
        assertThat(log.end()).isEqualTo(new StartPoint("e1", new Checkpoint(new Position(20, 0), "t")));
        log.progress(new Checkpoint(new Position(20, 0), "u"));
        events.awaitDurable(new Checkpoint(new Position(20, 0), "u"));
    }

    @Test
    void aTransactionWithoutChangesIsAProgress() {
        log.begin("11", new Position(11, 0), TIME);
        log.commit(at(12, 0));
        LogReader reader = log.reader(new Position(10, 0));
        assertThat(reader.next(Interest.ALL)).isNull();
        assertThat(reader.position()).isEqualTo(new Position(12, 0));
    }

    @Test
    void fencesKeepTheirPlaceAndAreShownToEverybody() {
        LogReader reader = log.reader(new Position(10, 0));
        log.begin("11", new Position(11, 0), TIME);
        log.change(2, USERS, Operation.INSERT, Row.of(1, "ann", null), null);
        log.fence("a");
        log.change(4, USERS, Operation.INSERT, Row.of(2, "bob", null), null);
        log.commit(at(11, 5));
        log.fence("b");
        assertThat(read(reader, Interest.ALL))
                .containsExactly("begin 11", "11-2 ann", "fence a", "11-4 bob", "commit 11-5", "fence b");
        assertThat(read(log.reader(new Position(10, 0)), relation -> false)).containsExactly("fence a", "fence b");
    }

    @Test
    void onlyWantedRelationsAreReturnedAndTheEndOfWhatWasBegun() {
        write(log, 11, ORDERS, "book");
        log.begin("12", new Position(12, 0), TIME);
        log.change(2, USERS, Operation.INSERT, Row.of(1, text(70_000), null), null);
        log.change(4, ORDERS, Operation.INSERT, Row.of(1, text(70_000), null), null);
        log.change(6, ORDERS, Operation.INSERT, Row.of(1, "pen", null), null);
        log.commit(at(12, 7));
        LogReader reader = log.reader(new Position(10, 0));
        assertThat(read(reader, USERS::equals))
                .containsExactly("begin 12", "12-2 70000 characters", "12-6 pen", "commit 12-7");
        assertThat(read(log.reader(new Position(10, 0)), relation -> false)).isEmpty();
    }

    @Test
    void whoGoesOnInsideATransactionIsToldItsEndWhenItSaysSo() {
        log.begin("12", new Position(12, 0), TIME);
        log.change(2, USERS, Operation.INSERT, Row.of(1, text(70_000), null), null);
        log.change(4, ORDERS, Operation.INSERT, Row.of(1, text(70_000), null), null);
        log.change(6, ORDERS, Operation.INSERT, Row.of(1, "pen", null), null);
        log.commit(at(12, 7));
        Chunk begun = log.reader(new Position(10, 0)).next(USERS::equals);
        assertThat(begun).isNotNull();
        assertThat(begun.last()).isFalse();
        assertThat(read(log.reader(begun.end()).insideTransaction(), USERS::equals))
                .containsExactly("12-6 pen", "commit 12-7");
        assertThat(read(log.reader(begun.end()), USERS::equals)).isEmpty();
    }

    @Test
    void aReaderBeyondTheHeadPassesOverWhatComesUpToThere() {
        LogReader reader = log.reader(new Position(12, 3));
        write(log, 11, USERS, "old");
        write(log, 12, USERS, "old");
        assertThat(read(reader, Interest.ALL)).isEmpty();
        assertThat(reader.position()).isEqualTo(new Position(12, 3));
        write(log, 13, USERS, "new");
        assertThat(read(reader, Interest.ALL)).containsExactly("begin tx13", "13-2 new", "commit 13-3");
    }

    @Test
    void aReaderBeginsBehindAnyPosition() {
        for (int major = 11; major < 1000; major++) {
            write(log, major, USERS, "n" + major);
        }
        for (int major = 11; major < 999; major++) {
            Chunk chunk = log.reader(new Position(major, 3)).next(Interest.ALL);
            assertThat(chunk).isNotNull();
            assertThat(chunk.major()).isEqualTo(major + 1);
        }
    }

    @Test
    void aRestartEvictsReadersAndForgets() {
        write(log, 11, USERS, "ann");
        LogReader reader = log.reader(new Position(10, 0));
        events.awaitDurable(at(11, 3));
        log.restart("e2", at(5, 0));
        assertThatThrownBy(() -> reader.next(Interest.ALL))
                .isInstanceOfSatisfying(
                        PositionEvicted.class, e -> assertThat(e.floor()).isEqualTo(new Position(5, 0)));
        assertThatThrownBy(() -> log.reader(new Position(4, 0))).isInstanceOf(PositionEvicted.class);
        assertThat(log.epoch()).isEqualTo("e2");
        assertThat(reader.epoch()).isEqualTo("e1");
        assertThat(log.reader(new Position(5, 0)).epoch()).isEqualTo("e2");
        events.awaitDurable(at(5, 0));
        write(log, 6, USERS, "bob");
        assertThat(read(log, new Position(5, 0))).containsExactly("begin tx6", "6-2 bob", "commit 6-3");
    }

    @Test
    void everyAppendedChunkIsTold() {
        int before = events.appendedCount();
        write(log, 11, USERS, "ann");
        log.fence("f");
        assertThat(events.appendedCount()).isEqualTo(before + 2);
    }

    @Test
    void aLogInMemoryIsBoundedAndItsFloorRises() {
        History history = History.inMemory().bytes(1024 * 1024);
        try (FeedLog small = FeedLog.open("live", history, events)) {
            small.restart("m1", at(0, 0));
            LogReader slow = small.reader(Position.ZERO);
            Checkpoint end = at(0, 0);
            for (int major = 1; major <= 3000; major++) {
                end = write(small, major, USERS, text(1000));
            }
            events.awaitDurable(end);
            write(small, 3001, USERS, "end");
            assertThat(small.floor().major()).isBetween(1900L, 2300L);
            assertThatThrownBy(() -> slow.next(Interest.ALL)).isInstanceOf(PositionEvicted.class);
            Chunk first = small.reader(small.floor()).next(Interest.ALL);
            assertThat(first).isNotNull();
            assertThat(first.major()).isEqualTo(small.floor().major() + 1);
        }
    }
}
