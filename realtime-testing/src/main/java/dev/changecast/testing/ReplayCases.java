package dev.changecast.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Replay;
import dev.changecast.api.source.StartPoint;
import dev.changecast.testing.RecordingSink.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** What a source gives after a restart, after a failure, and when its origin is no longer what it was. */
abstract class ReplayCases extends LifeCases {
    private static final int LARGE = 3_000;

    // ---- Beginning

    @Test
    void aFirstRunBeginsWhereItSays() throws Exception {
        commit(Write.insert(1, "before anybody came"));
        SourceRun<ChangeSource> running = run(null);
        assertThat(opening(running).kind()).isEqualTo("opened");
        commit(Write.insert(2, "after"));
        awaitRow(running, 2);
        if (can(Capability.KEEPS_UNREAD)) {
            assertThat(keys(running)).containsExactly(1L, 2L);
        } else {
            assertThat(keys(running)).containsExactly(2L);
        }
    }

    // ---- Going on

    @Test
    void afterARestartItGoesOnBehindWhatTheLogHolds() throws Exception {
        SourceRun<ChangeSource> first = run(null);
        commit(Write.insert(1, "one"));
        awaitRow(first, 1);
        awaitAllConfirmed();
        first.close();
        StartPoint end = first.end();
        commit(Write.insert(2, "while nobody captured"));
        SourceRun<ChangeSource> second = run(end);
        if (replays(Replay.NONE) && opening(second).is("reset")) {
            return;
        }
        commit(Write.insert(3, "three"));
        awaitRow(second, 3);
        assertGoesOn(second, end);
        assertThat(keys(changesBehind(second, end.checkpoint().position()))).containsExactly(2L, 3L);
    }

    /** Otherwise what the origin keeps until it has heard would rightly come again. */
    private void awaitAllConfirmed() {
        if (replays(Replay.REDELIVERY)) {
            awaitUnconfirmed(0);
        }
    }

    private void awaitUnconfirmed(int count) {
        Eventually.await("so many unconfirmed: " + count, at().patience(), () -> unconfirmed() == count);
    }

    private int unconfirmed() {
        try {
            return at().unconfirmed();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static void assertGoesOn(SourceRun<ChangeSource> running, StartPoint start) {
        Event opening = opening(running);
        assertThat(opening.kind()).isEqualTo("opened");
        assertThat(running.sink().epoch()).isEqualTo(start.epoch());
        assertThat(Objects.requireNonNull(opening.position()))
                .as("opened at or before the start point")
                .isLessThanOrEqualTo(start.checkpoint().position());
    }

    @Test
    void fromEachCheckpointTheSameChangesComeAtTheSamePositions() throws Exception {
        if (!replays(Replay.FROM_POSITION)) {
            return; // The cases of redelivery say what holds instead.
        }
        SourceRun<ChangeSource> first = runUnacknowledged(null);
        StartPoint beginning = first.end();
        commitEverything();
        awaitRow(first, 9);
        first.close();
        List<Checkpoint> checkpoints = new ArrayList<>(List.of(beginning.checkpoint()));
        checkpoints.addAll(commits(first));
        for (Checkpoint checkpoint : checkpoints) {
            StartPoint start = new StartPoint(beginning.epoch(), checkpoint);
            List<String> expected = at(changesBehind(first, checkpoint.position()));
            SourceRun<ChangeSource> again = runUnacknowledged(start);
            assertGoesOn(again, start);
            if (!expected.isEmpty()) {
                awaitRow(again, 9);
            }
            again.close();
            assertThat(at(changesBehind(again, checkpoint.position())))
                    .as("from " + checkpoint)
                    .isEqualTo(expected);
        }
        StartPoint end = new StartPoint(beginning.epoch(), checkpoints.get(checkpoints.size() - 1));
        SourceRun<ChangeSource> last = run(end);
        commit(Write.insert(10, "ten"));
        awaitRow(last, 10);
        assertThat(keys(changesBehind(last, end.checkpoint().position()))).containsExactly(10L);
    }

    /** Changes with their positions, as text. */
    private List<String> at(List<Event> changes) {
        return changes.stream()
                .map(change -> change.position() + " "
                        + (can(Capability.ROWS_AS_THEY_WERE) || !change.is("update")
                                ? change.toString()
                                : change.kind()
                                        + Objects.requireNonNull(after(change)).key()))
                .toList();
    }

    @Test
    void anIdleStreamsProgressIsAPlaceToGoOnFrom() throws Exception {
        if (replays(Replay.NONE)) {
            return;
        }
        SourceRun<ChangeSource> first = run(null);
        commit(Write.insert(1, "one"));
        Position row = Objects.requireNonNull(awaitRow(first, 1).position());
        first.sink()
                .await(
                        event -> event.is("progress")
                                && Objects.requireNonNull(event.position()).isAfter(row),
                        at().patience());
        awaitAllConfirmed();
        first.close();
        StartPoint end = first.end();
        SourceRun<ChangeSource> second = run(end);
        commit(Write.insert(2, "two"));
        awaitRow(second, 2);
        assertGoesOn(second, end);
        assertThat(keys(changesBehind(second, end.checkpoint().position()))).containsExactly(2L);
    }

    // ---- After failures

    @Test
    void aRunThatFailedInTheMiddleIsRunAgainAndGivesTheTransactionWhole() throws Exception {
        ChangeSource source = source();
        SourceRun<ChangeSource> first = running(source, null, true);
        first.sink().failAt(event -> event.isChange() && writes(event, can(Capability.TRANSACTIONS) ? 2 : 1));
        at().commit(inserts(1, 3));
        assertThat(first.failure(at().patience())).isNotNull();
        assertThat(commits(first)).isEmpty();
        // Progress may have been said and acknowledged in between: what lies before it need not be given again.
        StartPoint start = first.end();
        SourceRun<ChangeSource> second = running(source, start, true);
        if (replays(Replay.NONE)) {
            commit(Write.insert(4, "four"));
            awaitRow(second, 4);
            return;
        }
        awaitRow(second, 3);
        assertGoesOn(second, start);
        assertThat(keys(second)).containsExactly(1L, 2L, 3L);
        assertThat(commits(second)).hasSize(can(Capability.TRANSACTIONS) ? 1 : 3);
        if (replays(Replay.FROM_POSITION)) {
            assertThat(at(second.sink().changes()))
                    .startsWith(at(first.sink().changes()).toArray(new String[0]));
        }
    }

    @Test
    void aBrokenConnectionLosesNothing() throws Exception {
        if (!can(Capability.BREAKS)) {
            assertThatThrownBy(() -> at().breakConnection()).isInstanceOf(UnsupportedOperationException.class);
            return;
        }
        ChangeSource source = source();
        SourceRun<ChangeSource> running = running(source, null, true);
        commit(Write.insert(1, "one"));
        awaitRow(running, 1);
        awaitAllConfirmed();
        List<Long> keys = new ArrayList<>();
        // The first break finds it idle, the second one in the middle of much.
        for (int round = 0; round < 2; round++) {
            long from = round == 0 ? 2 : 10;
            long to = round == 0 ? 2 : LARGE;
            if (round == 1) {
                running.sink().hold(event -> event.isChange() && writes(event, from + 1));
                at().commit(inserts(from, to));
                SourceRun<ChangeSource> held = running;
                running.sink().await(event -> event.isChange() && writes(event, from + 1), at().patience());
                at().breakConnection();
                held.sink().hold(event -> false);
            } else {
                at().breakConnection();
                at().commit(inserts(from, to));
            }
            running = untilGiven(source, running, to, keys);
        }
        keys.addAll(keys(running));
        if (replays(Replay.FROM_POSITION) || replays(Replay.NONE) || can(Capability.RECOGNISES_GIVEN)) {
            assertThat(keys).doesNotHaveDuplicates();
        }
        if (!replays(Replay.NONE)) {
            List<Long> all = new ArrayList<>(List.of(1L, 2L));
            all.addAll(LongStream.rangeClosed(10, LARGE).boxed().toList());
            assertThat(keys.stream().distinct().sorted()).isEqualTo(all);
        }
    }

    /**
     * Runs the source again while it fails, as the engine does, until this row is given; collects what failed runs gave.
     * Returns the run that is under way.
     */
    private SourceRun<ChangeSource> untilGiven(
            ChangeSource source, SourceRun<ChangeSource> present, long key, List<Long> collected) {
        SourceRun<ChangeSource> running = present;
        for (int tries = 0; tries < 5; tries++) {
            SourceRun<ChangeSource> tried = running;
            Eventually.await(
                    "row " + key + " or the end of the run",
                    at().patience(),
                    () -> tried.hasEnded() || keys(committed(tried)).contains(key));
            if (!tried.hasEnded()) {
                return tried;
            }
            assertThat(tried.failure(at().patience())).isNotNull();
            List<Long> given = keys(committed(tried));
            collected.addAll(given);
            running = running(source, tried.end(), true);
            if (given.contains(key)) {
                return running;
            }
        }
        throw new AssertionError("the source fails again and again");
    }

    /** What the log would keep: the changes of a transaction without an end come again. */
    private static List<Event> committed(SourceRun<ChangeSource> running) {
        List<Event> events = running.sink().events();
        int end = events.size();
        while (end > 0 && !events.get(end - 1).is("commit")) {
            end--;
        }
        return events.subList(0, end).stream().filter(Event::isChange).toList();
    }

    // ---- Redelivery

    @Test
    void whatWasNotAcknowledgedComesAgainAndWhatWasDoesNot() throws Exception {
        if (!replays(Replay.REDELIVERY)) {
            assertThatThrownBy(() -> at().unconfirmed()).isInstanceOf(UnsupportedOperationException.class);
            return;
        }
        SourceRun<ChangeSource> first = runUnacknowledged(null);
        for (long key = 1; key <= 3; key++) {
            commit(Write.insert(key, "row " + key));
        }
        awaitRow(first, 3);
        assertThat(unconfirmed())
                .as("nothing is confirmed before it is acknowledged")
                .isEqualTo(3);
        Checkpoint durable = commits(first).get(0);
        first.source().acknowledge(durable);
        awaitUnconfirmed(2);
        first.close();
        StartPoint start = new StartPoint(first.sink().epoch(), durable);
        SourceRun<ChangeSource> second = runUnacknowledged(start);
        awaitRow(second, 2);
        awaitRow(second, 3);
        assertGoesOn(second, start);
        assertThat(keys(second)).containsExactlyInAnyOrder(2L, 3L);
        assertThat(second.sink().changes())
                .allMatch(event -> Objects.requireNonNull(event.position()).isAfter(durable.position()));
        // Cumulative: one for both.
        second.source().acknowledge(second.end().checkpoint());
        awaitUnconfirmed(0);
    }

    @Test
    void whatTheLogHoldsButWasNotAcknowledged() throws Exception {
        if (!replays(Replay.REDELIVERY)) {
            return;
        }
        SourceRun<ChangeSource> first = runUnacknowledged(null);
        commit(Write.insert(1, "one"));
        awaitRow(first, 1);
        first.close();
        SourceRun<ChangeSource> second = run(first.end());
        commit(Write.insert(2, "two"));
        awaitRow(second, 2);
        if (can(Capability.RECOGNISES_GIVEN)) {
            assertThat(keys(second)).containsExactly(2L);
        } else {
            awaitRow(second, 1);
        }
        awaitUnconfirmed(0);
    }

    @Test
    void positionsAssignedHereNeverGoBack() throws Exception {
        if (!replays(Replay.REDELIVERY)) {
            return;
        }
        SourceRun<ChangeSource> first = run(null);
        commit(Write.insert(1, "one"));
        awaitRow(first, 1);
        awaitUnconfirmed(0);
        first.close();
        // The clock was ahead when the log was written.
        Checkpoint last = first.end().checkpoint();
        Position ahead = new Position(last.position().major() + 10_000_000_000L, 7);
        StartPoint start = new StartPoint(first.sink().epoch(), new Checkpoint(ahead, last.token()));
        SourceRun<ChangeSource> second = run(start);
        commit(Write.insert(2, "two"));
        assertThat(Objects.requireNonNull(awaitRow(second, 2).position())).isGreaterThan(ahead);
        assertGoesOn(second, start);
    }

    // ---- Another history

    @Test
    void anotherEpochIsAReset() throws Exception {
        SourceRun<ChangeSource> first = run(null);
        commit(Write.insert(1, "one"));
        awaitRow(first, 1);
        awaitAllConfirmed();
        first.close();
        assertResets(new StartPoint("ofanother", first.end().checkpoint()), "EPOCH_CHANGED");
    }

    @Test
    void aStartPointAheadOfTheOriginIsAReset() throws Exception {
        if (!can(Capability.KNOWS_ITS_END) || replays(Replay.REDELIVERY)) {
            return;
        }
        SourceRun<ChangeSource> first = run(null);
        commit(Write.insert(1, "one"));
        awaitRow(first, 1);
        first.close();
        Checkpoint last = first.end().checkpoint();
        Position ahead = new Position(last.position().major() + 1_000_000_000_000L, 0);
        SourceRun<ChangeSource> second = run(new StartPoint(first.sink().epoch(), new Checkpoint(ahead, last.token())));
        assertThat(opening(second).kind()).isEqualTo("reset");
        assertStreams(second);
    }

    @Test
    void lostHistoryIsAReset() throws Exception {
        if (!can(Capability.LOSES_HISTORY)) {
            assertThatThrownBy(() -> at().loseHistory()).isInstanceOf(UnsupportedOperationException.class);
            return;
        }
        SourceRun<ChangeSource> first = run(null);
        commit(Write.insert(1, "one"));
        awaitRow(first, 1);
        awaitAllConfirmed();
        first.close();
        commit(Write.insert(2, "nobody will see"));
        at().loseHistory();
        assertResets(first.end(), "SLOT_LOST");
    }

    @Test
    void anotherOriginInItsPlaceIsAReset() throws Exception {
        if (!can(Capability.REPLACES_HISTORY)) {
            assertThatThrownBy(() -> at().replaceHistory()).isInstanceOf(UnsupportedOperationException.class);
            return;
        }
        SourceRun<ChangeSource> first = run(null);
        commit(Write.insert(1, "one"));
        awaitRow(first, 1);
        awaitAllConfirmed();
        first.close();
        at().replaceHistory();
        SourceRun<ChangeSource> second = assertResets(first.end(), "EPOCH_CHANGED");
        assertThat(second.sink().epoch()).isNotEqualTo(first.sink().epoch());
    }

    private SourceRun<ChangeSource> assertResets(StartPoint start, String reason) throws Exception {
        SourceRun<ChangeSource> running = run(start);
        Event opening = opening(running);
        assertThat(opening.kind()).as("it cannot go on, and says so").isEqualTo("reset");
        assertThat(opening.text()).isEqualTo(reason);
        assertStreams(running);
        return running;
    }

    private void assertStreams(SourceRun<ChangeSource> running) throws Exception {
        commit(Write.insert(7, "seven"));
        awaitRow(running, 7);
    }
}
