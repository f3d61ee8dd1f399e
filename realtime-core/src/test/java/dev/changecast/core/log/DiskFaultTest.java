package dev.changecast.core.log;

import static dev.changecast.core.log.Samples.USERS;
import static dev.changecast.core.log.Samples.at;
import static dev.changecast.core.log.Samples.read;
import static dev.changecast.core.log.Samples.text;
import static dev.changecast.core.log.Samples.write;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.StartPoint;
import dev.changecast.core.History;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A disk that fails stops nothing but the confirmations. */
class DiskFaultTest {
    private static final History HISTORY =
            History.in(Path.of("unused")).bytes(64 * 1024 * 1024).memoryBytes(1024 * 1024);

    private final FakeDisk disk = new FakeDisk();
    private final Events events = new Events();

    private FeedLog open(Disk on) throws IOException {
        return LogOpening.open("pg", "/data/pg", on, HISTORY, events, Clock.systemUTC());
    }

    @Test
    void onAFullDiskTheLogWaitsAndReadersGoOn() throws Exception {
        try (FeedLog log = open(disk)) {
            log.restart("e1", at(0, 0));
            events.awaitDurable(write(log, 1, USERS, "ann"));
            disk.capacity(disk.used() + 40_000);
            Checkpoint end = at(1, 3);
            int major = 1;
            while (log.awaitRoom(Duration.ZERO)) {
                major++;
                end = write(log, major, USERS, text(60_000));
            }
            assertThat(major).isBetween(16 * 1024 * 1024 / 60_100, 40 * 1024 * 1024 / 60_000);
            events.await("blocked", told -> !told.blocked().isEmpty());
            assertThat(events.blocked().get(0))
                    .contains("log of pg in /data/pg cannot be written: No space left on device")
                    .contains("bytes wait; free space");
            assertThat(log.awaitRoom(Duration.ofMillis(10))).isFalse();
            assertThat(events.durable()).doesNotContain(end);
            assertThat(read(log, new Position(1, 3))).hasSize(3 * (major - 1));
            assertThat(log.end()).isEqualTo(new StartPoint("e1", end));

            disk.capacity(Long.MAX_VALUE);
            events.awaitDurable(end);
            assertThat(log.awaitRoom(Events.LONG)).isTrue();
            events.await("unblocked", told -> told.unblockedCount() == 1);
        }
        try (FeedLog log = open(disk.afterPowerCut(new Random(1)))) {
            assertThat(read(log, Position.ZERO))
                    .hasSizeGreaterThan(3 * 250)
                    .last()
                    .isEqualTo("commit " + log.head());
            assertThat(events.durable()).last().isEqualTo(Checkpoint.at(log.head()));
        }
    }

    @Test
    void onAFullDiskWhatIsDurableStaysSo() throws Exception {
        FakeDisk left;
        try (FeedLog log = open(disk)) {
            log.restart("e1", at(0, 0));
            events.awaitDurable(write(log, 1, USERS, "ann"));
            disk.capacity(disk.used() + 100);
            write(log, 2, USERS, text(300_000));
            events.await("blocked", told -> !told.blocked().isEmpty());
            left = disk.afterPowerCut(new Random(1));
        }
        try (FeedLog log = open(left)) {
            assertThat(log.end()).isEqualTo(new StartPoint("e1", at(1, 3)));
        }
    }

    @Test
    void shortWritesAreContinued() throws Exception {
        disk.longestWrite(7);
        List<String> written;
        try (FeedLog log = open(disk)) {
            log.restart("e1", at(0, 0));
            write(log, 1, USERS, text(5000), "bob");
            written = read(log, Position.ZERO);
        }
        try (FeedLog log = open(disk)) {
            assertThat(read(log, Position.ZERO)).isEqualTo(written).hasSize(4);
        }
    }

    @Test
    void afterAFailedForceTheFramesAreWrittenAnewElsewhere() throws Exception {
        try (FeedLog log = open(disk)) {
            log.restart("e1", at(0, 0));
            events.awaitDurable(write(log, 1, USERS, "ann"));
            disk.failForces(2);
            write(log, 2, USERS, "bob");
            events.await("blocked", told -> !told.blocked().isEmpty());
            Checkpoint end = write(log, 3, USERS, "eve");
            assertThat(events.durable()).containsExactly(at(0, 0), at(1, 3));
            events.awaitDurable(end);
            assertThat(disk.failedForces()).isEqualTo(2);
            assertThat(disk.names()).contains("00000000000000000001.log", "00000000000000000002.log");
        }
        try (FeedLog log = open(disk.afterPowerCut(new Random(1)))) {
            assertThat(read(log, Position.ZERO))
                    .containsExactly(
                            "begin tx1",
                            "1-2 ann",
                            "commit 1-3",
                            "begin tx2",
                            "2-2 bob",
                            "commit 2-3",
                            "begin tx3",
                            "3-2 eve",
                            "commit 3-3");
        }
    }

    @Test
    void aFailedForceOfTheFirstFramesReplacesTheirSegment() throws Exception {
        try (FeedLog log = open(disk)) {
            log.restart("e1", at(0, 0));
            events.awaitDurable(at(0, 0));
            disk.failForces(1);
            events.awaitDurable(write(log, 1, USERS, "ann"));
            assertThat(disk.names()).containsExactly("00000000000000000001.log");
        }
        try (FeedLog log = open(disk.afterPowerCut(new Random(1)))) {
            assertThat(read(log, Position.ZERO)).containsExactly("begin tx1", "1-2 ann", "commit 1-3");
        }
    }

    @Test
    void aRestartOnAFullDiskIsCarriedOutLater() throws Exception {
        try (FeedLog log = open(disk)) {
            log.restart("e1", at(50, 0));
            events.awaitDurable(write(log, 51, USERS, "ann"));
            disk.capacity(disk.used());
            log.restart("e2", at(1, 0));
            Checkpoint end = write(log, 2, USERS, "bob");
            events.await("blocked", told -> !told.blocked().isEmpty());
            try (FeedLog old = open(disk.afterPowerCut(new Random(1)))) {
                assertThat(old.epoch()).isEqualTo("e1");
            }
            assertThat(read(log, new Position(1, 0))).containsExactly("begin tx2", "2-2 bob", "commit 2-3");
            disk.capacity(Long.MAX_VALUE);
            events.awaitDurable(end);
        }
        try (FeedLog log = open(disk)) {
            assertThat(log.epoch()).isEqualTo("e2");
            assertThat(read(log, new Position(1, 0))).containsExactly("begin tx2", "2-2 bob", "commit 2-3");
        }
    }
}
