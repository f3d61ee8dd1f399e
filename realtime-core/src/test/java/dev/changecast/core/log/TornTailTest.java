package dev.changecast.core.log;

import static dev.changecast.core.log.Samples.ORDERS;
import static dev.changecast.core.log.Samples.USERS;
import static dev.changecast.core.log.Samples.at;
import static dev.changecast.core.log.Samples.read;
import static dev.changecast.core.log.Samples.text;
import static dev.changecast.core.log.Samples.write;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.changecast.api.source.Position;
import dev.changecast.core.History;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** The last file, cut off or damaged at every byte: what is left is what was complete before it, and the log goes on. */
class TornTailTest {
    private static final String FILE = "00000000000000000001.log";
    private static final History HISTORY = History.in(Path.of("unused"));

    /** What the log held when its file had this size. */
    private final TreeMap<Long, List<String>> bySize = new TreeMap<>();

    private final Logger recovery = (Logger) LoggerFactory.getLogger(Recovery.class);
    private byte[] whole = {};

    private static FeedLog open(Disk disk) throws IOException {
        return LogOpening.open("pg", "fake", disk, HISTORY, new Events(), Clock.systemUTC());
    }

    @BeforeEach
    void fill() throws IOException {
        recovery.setLevel(Level.WARN);
        FakeDisk disk = new FakeDisk();
        for (int major = 1; major <= 6; major++) {
            List<String> held;
            try (FeedLog log = open(disk)) {
                switch (major) {
                    case 1 -> {
                        log.restart("e1", at(0, 0));
                        write(log, major, USERS, "ann");
                    }
                    case 3 -> write(log, major, ORDERS, text(66_000), "pen");
                    case 4 -> log.progress(at(4, 0));
                    case 5 -> log.fence("f");
                    default -> write(log, major, ORDERS, "book");
                }
                held = read(log, Position.ZERO);
            }
            bySize.put((long) disk.content(FILE).length, held);
        }
        whole = disk.content(FILE);
        assertThat(disk.names()).containsExactly(FILE);
        assertThat(bySize.lastEntry().getValue()).hasSize(14);
    }

    @AfterEach
    void speakAgain() {
        recovery.setLevel(null);
    }

    private static void assertRecovers(byte[] file, List<String> expected, String how) throws IOException {
        FakeDisk disk = new FakeDisk();
        disk.put(FILE, file);
        try (FeedLog log = open(disk)) {
            assertThat(read(log, Position.ZERO)).as(how).isEqualTo(expected);
            write(log, 9, USERS, "eve");
        }
        try (FeedLog log = open(disk)) {
            List<String> more = new ArrayList<>(expected);
            more.addAll(List.of("begin tx9", "9-2 eve", "commit 9-3"));
            assertThat(read(log, Position.ZERO)).as(how).isEqualTo(more);
        }
    }

    /** All bytes, but of the large frame in the middle only some. */
    private List<Integer> places() {
        int second = (int) (long) new ArrayList<>(bySize.keySet()).get(1);
        List<Integer> places = new ArrayList<>();
        for (int at = (int) (long) bySize.firstKey(); at < whole.length; at++) {
            if (at < second + 600 || at > whole.length - 900 || at % 331 == 0) {
                places.add(at);
            }
        }
        return places;
    }

    @Test
    void aTornTailIsCutAtWhateverByteItTears() throws IOException {
        for (int size : places()) {
            assertRecovers(
                    Arrays.copyOf(whole, size), bySize.floorEntry((long) size).getValue(), "cut to " + size);
        }
    }

    @Test
    void zerosBehindTheTearAreCutToo() throws IOException {
        for (int size : places()) {
            if (size % 5 != 0) {
                continue;
            }
            byte[] file = Arrays.copyOf(Arrays.copyOf(whole, size), whole.length + 100);
            List<String> expected = bySize.floorEntry((long) lastNonZero(file)).getValue();
            assertRecovers(file, expected, "zeros from " + size);
        }
    }

    /** A frame whose last bytes happen to be zero is whole before all of it was written. */
    private int lastNonZero(byte[] file) {
        int same = 0;
        while (same < whole.length && file[same] == whole[same]) {
            same++;
        }
        return same;
    }

    @Test
    void aDamagedFrameIsCutWithAllThatFollows() throws IOException {
        for (int at : places()) {
            byte[] damaged = whole.clone();
            damaged[at] ^= (byte) (1 << at % 8);
            assertRecovers(damaged, bySize.floorEntry((long) at).getValue(), "flipped at " + at);
        }
    }

    @Test
    void aDamagedHeaderOfTheOnlyFileLeavesAnEmptyLog() throws IOException {
        recovery.setLevel(Level.OFF);
        FakeDisk empty = new FakeDisk();
        try (FeedLog log = open(empty)) {
            log.restart("e1", at(0, 0));
        }
        for (int at = 0; at < empty.content(FILE).length; at++) {
            byte[] damaged = whole.clone();
            damaged[at] ^= 4;
            FakeDisk disk = new FakeDisk();
            disk.put(FILE, damaged);
            try (FeedLog log = open(disk)) {
                assertThat(log.end()).as("flipped at " + at).isNull();
            }
            assertThat(disk.names()).isEmpty();
        }
    }
}
