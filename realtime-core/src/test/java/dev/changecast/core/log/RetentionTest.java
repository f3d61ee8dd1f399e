package dev.changecast.core.log;

import static dev.changecast.core.log.Samples.USERS;
import static dev.changecast.core.log.Samples.at;
import static dev.changecast.core.log.Samples.read;
import static dev.changecast.core.log.Samples.text;
import static dev.changecast.core.log.Samples.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Position;
import dev.changecast.core.History;
import dev.changecast.testing.Eventually;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What is too much or too old goes, whole segments at a time. */
class RetentionTest {
    private static final History HISTORY =
            History.in(Path.of("unused")).bytes(4 * 1024 * 1024).memoryBytes(1024 * 1024);

    private final FakeDisk disk = new FakeDisk();
    private final Events events = new Events();
    private final SettableClock clock = new SettableClock();

    private FeedLog open() throws IOException {
        return LogOpening.open("pg", "fake", disk, HISTORY, events, clock);
    }

    @Test
    void theOldestSegmentsAreDeletedWhenTheLogIsTooLarge() throws Exception {
        try (FeedLog log = open()) {
            log.restart("e1", at(0, 0));
            LogReader slow = log.reader(Position.ZERO);
            for (int major = 1; major <= 300; major++) {
                events.awaitDurable(write(log, major, USERS, text(40_000)));
            }
            write(log, 301, USERS, "end");
            assertThat(disk.used()).isBetween(3L * 1024 * 1024, 6L * 1024 * 1024);
            assertThat(log.floor().major()).isBetween(150L, 230L);
            assertThatThrownBy(() -> slow.next(Interest.ALL)).isInstanceOf(PositionEvicted.class);
            assertThatThrownBy(() -> log.reader(new Position(3, 3))).isInstanceOf(PositionEvicted.class);
            assertThat(read(log, log.floor()))
                    .hasSize(3 * (301 - (int) log.floor().major()));
        }
    }

    @Test
    void afterARestartItStillKnowsWhereItEndedSomeTimeAgo() throws Exception {
        Duration minutes = Duration.ofMinutes(10);
        try (FeedLog log = open()) {
            log.restart("e1", at(0, 0));
            for (int major = 1; major <= 60; major++) {
                events.awaitDurable(write(log, major, USERS, text(40_000)));
                clock.add(Duration.ofMinutes(1));
            }
        }
        try (FeedLog log = open()) {
            long then = log.headBefore(minutes).major();
            assertThat(then)
                    .as("ten transactions back, and up to a segment more")
                    .isBetween(15L, 50L);
            clock.add(Duration.ofHours(2));
            assertThat(log.headBefore(minutes).major()).isBetween(then, 60L);
            clock.add(Duration.ofHours(-5));
            assertThat(log.headBefore(minutes)).as("nothing is that old").isEqualTo(log.floor());
        }
    }

    @Test
    void readersWhoComeLateReadFromDisk() throws Exception {
        try (FeedLog log = open()) {
            log.restart("e1", at(0, 0));
            for (int major = 1; major <= 80; major++) {
                write(log, major, major % 10 == 0 ? Samples.ORDERS : USERS, text(40_000));
            }
            events.awaitDurable(at(80, 3));
            assertThat(read(log, Position.ZERO)).hasSize(240);
            assertThat(read(log.reader(new Position(15, 3)), Samples.ORDERS::equals))
                    .hasSize(21);
        }
        try (FeedLog log = open()) {
            assertThat(read(log, new Position(40, 3))).hasSize(120);
            LogReader nobody = log.reader(Position.ZERO);
            assertThat(nobody.next(relation -> false)).isNull();
            assertThat(nobody.position()).isEqualTo(new Position(80, 3));
        }
    }

    @Test
    void whatIsTooOldIsDeletedThoughItIsLittle() throws Exception {
        try (FeedLog log = open()) {
            log.restart("e1", at(0, 0));
            Checkpoint end = at(0, 0);
            for (int hour = 1; hour <= 48; hour++) {
                clock.add(Duration.ofHours(1));
                end = write(log, hour, USERS, "n");
                events.awaitDurable(end);
            }
            assertThat(log.floor().major()).isBetween(20L, 24L);
            assertThat(read(log, log.floor()))
                    .hasSize(3 * (48 - (int) log.floor().major()));
        }
        try (FeedLog log = open()) {
            assertThat(log.floor().major()).isBetween(20L, 24L);
        }
    }

    @Test
    void aClockThatIsSetMakesNothingOlder() throws Exception {
        AtomicLong nanos = new AtomicLong();
        SteadyClock steady = SteadyClock.from(clock, nanos::get);
        try (FeedLog log = LogOpening.open("pg", "fake", disk, HISTORY, events, steady)) {
            log.restart("e1", at(0, 0));
            for (int hour = 1; hour <= 10; hour++) {
                events.awaitDurable(write(log, hour, USERS, "n"));
                clock.add(Duration.ofDays(hour % 2 == 0 ? -2 : 2));
                nanos.addAndGet(Duration.ofHours(2).toNanos());
            }
            assertThat(log.floor().major()).isZero();
            nanos.addAndGet(Duration.ofHours(10).toNanos());
            events.awaitDurable(write(log, 11, USERS, "n"));
            write(log, 12, USERS, "n");
            Eventually.await("the oldest to go", () -> log.floor().major() > 0);
        }
    }

    @Test
    void inMemoryToo() throws Exception {
        History history = History.inMemory();
        try (FeedLog log = LogOpening.open("live", history, false, events, clock)) {
            log.restart("e1", at(0, 0));
            for (int hour = 1; hour <= 48; hour++) {
                clock.add(Duration.ofHours(1));
                events.awaitDurable(write(log, hour, USERS, "n"));
            }
            write(log, 49, USERS, "n");
            assertThat(log.floor().major()).isBetween(20L, 24L);
        }
    }

    private static final class SettableClock extends Clock {
        private volatile Instant now = Instant.parse("2026-01-01T00:00:00Z");

        void add(Duration time) {
            now = now.plus(time);
        }

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }
}
