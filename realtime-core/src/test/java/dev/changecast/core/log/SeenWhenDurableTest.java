package dev.changecast.core.log;

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
import dev.changecast.core.History;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A log whose readers see only what cannot be lost any more. */
class SeenWhenDurableTest {
    private static final History HISTORY =
            History.in(Path.of("unused")).bytes(64 * 1024 * 1024).memoryBytes(1024 * 1024);

    private final FakeDisk disk = new FakeDisk();
    private final Events events = new Events();

    @Test
    void whatIsNotDurableIsNotSeenAndIsSeenOnceItIs() throws Exception {
        try (FeedLog log = LogOpening.open("live", "fake", disk, HISTORY, true, events, Clock.systemUTC())) {
            log.restart("e1", at(0, 0));
            Checkpoint first = write(log, 1, USERS, "ann");
            events.awaitDurable(first);
            int told = events.appendedCount();
            disk.capacity(disk.used());
            Checkpoint second = write(log, 2, USERS, text(300_000));
            events.await("blocked", each -> !each.blocked().isEmpty());

            assertThat(log.head()).isEqualTo(first.position());
            assertThat(read(log, Position.ZERO)).last().isEqualTo("commit 1-3");
            LogReader behind = log.reader(first.position());
            assertThat(behind.next(Interest.ALL)).isNull();
            assertThat(log.end()).extracting(end -> end.checkpoint()).isEqualTo(second);
            assertThat(events.appendedCount()).isEqualTo(told);
            assertThat(disk.afterPowerCut(new Random(1)).used()).isGreaterThan(0);

            disk.capacity(Long.MAX_VALUE);
            events.awaitDurable(second);
            assertThat(log.head()).isEqualTo(second.position());
            assertThat(behind.next(Interest.ALL)).extracting(Chunk::end).isEqualTo(second.position());
            assertThat(events.appendedCount()).isGreaterThan(told);
        }
    }

    @Test
    void inMemoryEverythingIsSeen() {
        try (FeedLog log = FeedLog.open("live", History.inMemory(), true, events)) {
            log.restart("e1", at(0, 0));
            Checkpoint end = write(log, 1, USERS, "ann");
            events.awaitDurable(end);
            assertThat(log.head()).isEqualTo(end.position());
            assertThat(read(log, Position.ZERO)).last().isEqualTo("commit 1-3");
        }
    }

    @Test
    void aChangeThatIsAloneInItsTransactionIsOneChunkHoweverLargeItIs() {
        try (FeedLog log = FeedLog.open("live", History.inMemory(), true, events)) {
            log.restart("e1", at(0, 0));
            events.awaitDurable(write(log, 1, USERS, text(500_000)));
            Chunk chunk = log.reader(Position.ZERO).next(Interest.ALL);
            assertThat(chunk).isNotNull();
            assertThat(chunk.first() && chunk.last()).isTrue();
            assertThat(chunk.changes()).isEqualTo(1);
        }
    }

    @Test
    void aTransactionOfSeveralChunksIsSeenWithItsCommitAndLeavesNothingWhenItIsBrokenOff() throws Exception {
        try (FeedLog log = LogOpening.open("live", "fake", disk, HISTORY, true, events, Clock.systemUTC())) {
            log.restart("e1", at(0, 0));
            begin(log, 1, 3);
            assertThat(log.isTorn()).isFalse();
            log.abandon();
            assertThat(log.isTorn()).isFalse();
            // It comes again under other positions.
            begin(log, 2, 3);
            assertThat(log.head()).isEqualTo(new Position(0, 0));
            log.commit(at(2, 7));
            events.awaitDurable(at(2, 7));
            events.awaitDurable(write(log, 3, USERS, "bob"));
            assertThat(read(log, Position.ZERO))
                    .containsExactly(
                            "begin tx2",
                            "2-2 70000 characters",
                            "2-4 70000 characters",
                            "2-6 70000 characters",
                            "commit 2-7",
                            "begin tx3",
                            "3-2 bob",
                            "commit 3-3");
        }
        try (FeedLog again = LogOpening.open("live", "fake", disk, HISTORY, true, events, Clock.systemUTC())) {
            assertThat(read(again, Position.ZERO)).hasSize(8);
        }
    }

    @Test
    void ofATransactionThatIsTooLargeToWaitForItsCommitAPartStaysAndOnlyARestartHelps() throws Exception {
        try (FeedLog log = LogOpening.open("live", "fake", disk, HISTORY, true, events, Clock.systemUTC())) {
            log.restart("e1", at(0, 0));
            Checkpoint before = write(log, 1, USERS, "ann");
            begin(log, 2, 300);
            log.abandon();
            assertThat(log.isTorn()).isTrue();
            assertThatThrownBy(() -> begin(log, 3, 1)).isInstanceOf(IllegalStateException.class);
            log.restart("e1", before);
            assertThat(log.isTorn()).isFalse();
            events.awaitDurable(write(log, 3, USERS, "bob"));
            assertThat(log.gapEnd()).isEqualTo(before.position());
            assertThat(read(log, before.position())).containsExactly("begin tx3", "3-2 bob", "commit 3-3");
        }
    }

    /** A transaction of so many large changes, without its commit. */
    private static void begin(FeedLog log, long major, int changes) {
        log.begin("tx" + major, new Position(major, 0), Samples.TIME);
        for (int i = 1; i <= changes; i++) {
            log.change(2L * i, USERS, Operation.INSERT, Row.of(i, text(70_000), null), null);
        }
    }
}
