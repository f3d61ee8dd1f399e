package dev.changecast.core.log;

import static dev.changecast.core.log.Samples.USERS;
import static dev.changecast.core.log.Samples.at;
import static dev.changecast.core.log.Samples.read;
import static dev.changecast.core.log.Samples.write;
import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.Position;
import dev.changecast.api.source.StartPoint;
import dev.changecast.core.History;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is written ahead makes small appends cheap, and is seen by nobody. */
class HeadroomTest {
    private static final History HISTORY =
            History.in(Path.of("unused")).bytes(64 * 1024 * 1024).memoryBytes(1024 * 1024);

    private final FakeDisk disk = new FakeDisk();
    private final Events events = new Events();

    private FeedLog open(Disk on) throws IOException {
        return open(on, events);
    }

    private static FeedLog open(Disk on, Events events) throws IOException {
        return LogOpening.open("pg", "/data/pg", on, HISTORY, events, Clock.systemUTC());
    }

    @Test
    void smallAppendsDoNotLengthenTheFile() throws Exception {
        try (FeedLog log = open(disk)) {
            log.restart("e1", at(0, 0));
            events.awaitDurable(write(log, 1, USERS, "ann"));
            long used = disk.used();
            for (int major = 2; major <= 100; major++) {
                events.awaitDurable(write(log, major, USERS, "bob"));
            }
            assertThat(disk.used()).isEqualTo(used);
        }
    }

    @Test
    void onlySmallAppendsPrepareIt() throws Exception {
        Headroom headroom = new Headroom();
        try (Disk.DiskFile file = disk.create("file")) {
            headroom.prepare(file, 0, 20_000);
            assertThat(file.size()).isZero();
            headroom.prepare(file, 20_000, 20_100);
            assertThat(file.size()).isEqualTo(20_100 + 256 * 1024);
            headroom.prepare(file, 20_100, 20_200);
            assertThat(file.size()).isEqualTo(20_100 + 256 * 1024);
        }
    }

    @Test
    void aLogThatIsClosedGivesItBack() throws Exception {
        try (FeedLog log = open(disk)) {
            log.restart("e1", at(0, 0));
            events.awaitDurable(write(log, 1, USERS, "ann"));
            assertThat(disk.used()).isGreaterThan(256 * 1024);
        }
        assertThat(disk.used()).isLessThan(2000);
    }

    @Test
    void afterAPowerCutTheLogEndsWithItsLastFrame() throws Exception {
        for (int seed = 0; seed < 20; seed++) {
            FakeDisk fresh = new FakeDisk();
            Events events = new Events();
            FakeDisk left;
            try (FeedLog log = open(fresh, events)) {
                log.restart("e1", at(0, 0));
                for (int major = 1; major <= 10; major++) {
                    events.awaitDurable(write(log, major, USERS, "ann"));
                }
                left = fresh.afterPowerCut(new Random(seed));
            }
            try (FeedLog log = open(left, events)) {
                assertThat(log.end()).isEqualTo(new StartPoint("e1", at(10, 3)));
                events.awaitDurable(write(log, 11, USERS, "bob"));
                assertThat(read(log, Position.ZERO)).hasSize(33).last().isEqualTo("commit 11-3");
            }
        }
    }

    @Test
    void aDiskWithoutRoomForItTakesTheFramesAllTheSame() throws Exception {
        try (FeedLog log = open(disk)) {
            log.restart("e1", at(0, 0));
            disk.capacity(disk.used() + 5000);
            for (int major = 1; major <= 10; major++) {
                events.awaitDurable(write(log, major, USERS, "ann"));
            }
            assertThat(read(log, Position.ZERO)).hasSize(30);
        }
    }
}
