package dev.changecast.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.Relation;
import dev.changecast.testing.RecordingSink.Event;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** What a stream gives while nothing goes wrong. */
abstract class StreamCases extends SourceCases {
    private static final int LARGE = 1_500;

    @Test
    void whatIsCommittedIsGivenAsItWasWritten() throws Exception {
        SourceRun<ChangeSource> running = run(null);
        List<String> expected = new ArrayList<>();
        List<String> told = new ArrayList<>();
        for (List<Write> transaction : everything()) {
            int before = running.sink().changes().size();
            at().commit(transaction);
            transaction.forEach(write -> expected.add(expected(write)));
            // One after the other, so that who tells a row as it is by now tells what was written.
            Eventually.await(
                    "what was committed: " + transaction,
                    at().patience(),
                    () -> running.sink().changes().size() >= before + transaction.size());
        }
        for (Event event : running.sink().changes()) {
            told.add(before(event) == null && event.is("delete") ? "delete" : told(event));
        }
        assertThat(told).isEqualTo(expected);
        assertThat(opening(running).kind()).isEqualTo("opened");
    }

    private String expected(Write write) {
        return switch (write.kind()) {
            case INSERT -> "insert " + write.key() + " " + write.text();
            case UPDATE -> "update " + write.key() + " " + write.text();
            case MOVE -> "update " + write.to() + " " + write.text();
            case DELETE -> "delete " + write.key();
            case TRUNCATE -> "truncate";
            case MESSAGE -> "message " + write.text();
        };
    }

    @Test
    void whatIsNotDeclaredIsRefusedOrAbsent() {
        Map.of(
                        Capability.UPDATES, Write.update(1, "x"),
                        Capability.DELETES, Write.delete(1),
                        Capability.KEY_CHANGES, Write.move(1, 2, "x"),
                        Capability.TRUNCATES, Write.truncate(),
                        Capability.MESSAGES, Write.message("{}"))
                .forEach((capability, write) -> {
                    if (!can(capability)) {
                        assertThatThrownBy(() -> commit(write))
                                .as(write.toString())
                                .isInstanceOf(UnsupportedOperationException.class);
                    }
                });
        ChangeSource source = source();
        assertThat(source.replay()).isEqualTo(at().replay());
        assertThat(source.carriesMessages()).isEqualTo(can(Capability.MESSAGES));
        assertThat(source.snapshots().isPresent()).isEqualTo(can(Capability.SNAPSHOTS));
    }

    @Test
    void whatIsCommittedTogetherIsOneTransaction() throws Exception {
        SourceRun<ChangeSource> running = run(null);
        at().commit(inserts(1, 3));
        awaitRow(running, 3);
        assertThat(commits(running)).hasSize(can(Capability.TRANSACTIONS) ? 1 : 3);
    }

    @Test
    void whatIsRolledBackIsNotGiven() throws Exception {
        if (!can(Capability.ROLLBACKS)) {
            assertThatThrownBy(() -> at().rollBack(inserts(1, 1))).isInstanceOf(UnsupportedOperationException.class);
            return;
        }
        SourceRun<ChangeSource> running = run(null);
        commit(Write.insert(1, "kept"));
        at().rollBack(inserts(2, 3));
        commit(Write.insert(4, "kept"));
        awaitRow(running, 4);
        assertThat(keys(running)).containsExactly(1L, 4L);
    }

    @Test
    void manyTransactionsComeInOrderOnceEach() throws Exception {
        SourceRun<ChangeSource> running = run(null);
        for (long key = 1; key <= 100; key++) {
            commit(Write.insert(key, "row " + key));
        }
        awaitRow(running, 100);
        assertThat(keys(running))
                .isEqualTo(LongStream.rangeClosed(1, 100).boxed().toList());
        assertThat(commits(running)).hasSize(100);
    }

    @Test
    void aLargeTransactionComesWhole() throws Exception {
        SourceRun<ChangeSource> running = run(null);
        at().commit(inserts(1, LARGE));
        awaitRow(running, LARGE);
        assertThat(keys(running))
                .isEqualTo(LongStream.rangeClosed(1, LARGE).boxed().toList());
        assertThat(commits(running)).hasSize(can(Capability.TRANSACTIONS) ? 1 : LARGE);
        List<Event> changes = running.sink().changes();
        assertThat(changes.stream().map(Event::relation).distinct()).hasSize(1);
        Relation relation = Objects.requireNonNull(changes.get(0).relation());
        assertThat(changes)
                .as("the relation is made once per shape and not once per change")
                .allMatch(change -> change.relation() == relation);
    }

    @Test
    void aSinkWithoutRoomForLongLosesNothing() throws Exception {
        SourceRun<ChangeSource> running = run(null);
        commit(Write.insert(1, "one"));
        awaitRow(running, 1);
        running.sink().open(false);
        int asked = running.sink().roomAsked();
        at().commit(inserts(2, LARGE));
        Eventually.await(
                "room to be asked for", at().patience(), () -> running.sink().roomAsked() >= asked + 2);
        long until = System.nanoTime() + at().withoutRoom().toNanos();
        while (System.nanoTime() < until) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            assertThat(running.hasEnded()).isFalse();
        }
        assertThat(keys(running)).containsExactly(1L);
        running.sink().open(true);
        awaitRow(running, LARGE);
        assertThat(keys(running))
                .isEqualTo(LongStream.rangeClosed(1, LARGE).boxed().toList());
        assertThat(running.hasEnded()).isFalse();
    }

    @Test
    void anIdleStreamSaysHowFarItIs() {
        SourceRun<ChangeSource> running = run(null);
        for (int i = 0; i < 3; i++) {
            var reached = running.end().checkpoint().position();
            running.sink()
                    .await(
                            event -> event.is("progress")
                                    && Objects.requireNonNull(event.position()).isAfter(reached),
                            at().patience());
        }
        assertThat(running.sink().changes()).isEmpty();
    }

    @Test
    void theRelationsAreThoseOfTheChanges() throws Exception {
        SourceRun<ChangeSource> running = run(null);
        commit(Write.insert(1, "one"));
        Relation given = Objects.requireNonNull(awaitRow(running, 1).relation());
        assertThat(given.qualifiedName()).isEqualTo(at().relation());
        assertThat(given.key()).as("the key's columns").isNotEmpty();
        assertThat(running.source().relations()).contains(given);
        assertThat(running.source().relations())
                .extracting(Relation::qualifiedName)
                .doesNotHaveDuplicates();
    }

    /** New rows with these keys. */
    static List<Write> inserts(long from, long to) {
        return LongStream.rangeClosed(from, to)
                .mapToObj(key -> Write.insert(key, "row " + key + " " + "x".repeat(500)))
                .toList();
    }
}
