package dev.changecast.core.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.core.History;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/**
 * One writer, several readers, everything drawn by a seed: transactions of all sizes, runs of the source that end inside
 * one, closing, power cuts. A plain list says what each reader must have seen.
 */
class RandomLogTest {
    private static final int MIB = 1024 * 1024;
    private static final int READERS = 4;
    private static final History HISTORY =
            History.in(Path.of("unused")).bytes(24 * MIB).memoryBytes(MIB);

    private final Logger recovery = (Logger) LoggerFactory.getLogger(Recovery.class);
    private final ExecutorService threads = Executors.newFixedThreadPool(READERS);
    private final AtomicInteger evicted = new AtomicInteger();
    private final AtomicInteger checked = new AtomicInteger();
    private volatile boolean writing;

    @BeforeEach
    void beQuiet() {
        recovery.setLevel(Level.WARN);
    }

    @AfterEach
    void close() {
        recovery.setLevel(null);
        threads.shutdownNow();
    }

    private static FeedLog open(Disk disk, Events events) throws IOException {
        return LogOpening.open("pg", "fake", disk, HISTORY, events, Clock.systemUTC());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void everyReaderSeesWhatItsPositionsSay(long seed) throws Exception {
        Random random = new Random(seed);
        Script script = new Script(random, 800);
        FakeDisk disk = new FakeDisk();
        try (FeedLog log = open(disk, new Events())) {
            log.restart("e1", Samples.at(0, 0));
        }
        int done = 0;
        int runs = 0;
        while (done < script.items().size()) {
            Events events = new Events();
            FakeDisk left = disk;
            boolean powerCut = random.nextInt(3) > 0;
            List<Checkpoint> durable;
            Position head;
            try (FeedLog log = open(disk, events)) {
                done = write(script, log, done, random);
                durable = events.durable();
                if (powerCut) {
                    left = disk.afterPowerCut(random);
                }
                head = log.end().checkpoint().position();
            }
            disk = left;
            try (FeedLog log = open(disk, new Events())) {
                Position end = log.end().checkpoint().position();
                assertThat(log.epoch()).isEqualTo("e1");
                assertThat(log.head()).isEqualTo(end);
                assertThat(end).isLessThanOrEqualTo(head);
                if (!powerCut) {
                    assertThat(end).isEqualTo(head);
                }
                if (!durable.isEmpty()) {
                    assertThat(end)
                            .isGreaterThanOrEqualTo(
                                    durable.get(durable.size() - 1).position());
                }
                readAndCheck(script, log, log.floor(), Interest.ALL, random);
                done = script.firstAfter(end);
            }
            runs++;
        }
        assertThat(runs).isGreaterThan(4);
        // How many there are beside the writer is a matter of the machine's pace.
        assertThat(checked.get()).as("readers that saw something").isGreaterThan(10);
    }

    /** One run of the log, with readers beside it; returns up to where it came. */
    private int write(Script script, FeedLog log, int done, Random random) throws Exception {
        int until = Math.min(script.items().size(), done + 20 + random.nextInt(150));
        writing = true;
        List<Future<?>> readers = new ArrayList<>();
        for (int i = 0; i < READERS; i++) {
            Random own = new Random(random.nextLong());
            readers.add(threads.submit(() -> {
                readAtRandom(script, log, own);
                return null;
            }));
        }
        try {
            int next = Math.max(0, done - random.nextInt(10));
            while (next < until) {
                assertThat(log.awaitRoom(Events.LONG)).isTrue();
                Script.Item item = script.items().get(next);
                if (random.nextInt(20) == 0 && !item.isProgress()) {
                    item.give(log, random.nextInt(item.entries().size() + 1), random);
                    log.abandon();
                    next = Math.max(0, script.firstAfter(log.end().checkpoint().position()) - random.nextInt(5));
                } else {
                    item.give(log, Integer.MAX_VALUE, random);
                    next++;
                }
            }
            Script.Item item = script.items().get(Math.min(until, script.items().size() - 1));
            if (random.nextBoolean() && !item.isProgress()) {
                item.give(log, item.entries().size(), random);
            }
            return until;
        } finally {
            writing = false;
            for (Future<?> reader : readers) {
                reader.get();
            }
        }
    }

    private void readAtRandom(Script script, FeedLog log, Random random) {
        while (writing) {
            Set<Relation> wanted = new HashSet<>();
            for (Relation relation : Script.RELATIONS) {
                if (random.nextInt(3) == 0) {
                    wanted.add(relation);
                }
            }
            Position start = log.floor();
            if (random.nextInt(3) > 0) {
                int last = script.firstAfter(log.head());
                Script.Item item = script.items()
                        .get(random.nextInt(Math.min(last + 5, script.items().size())));
                start = item.end().position();
            }
            readAndCheck(script, log, start, random.nextBoolean() ? Interest.ALL : wanted::contains, random);
        }
    }

    private void readAndCheck(Script script, FeedLog log, Position start, Interest interest, Random random) {
        List<String> seen = new ArrayList<>();
        LogReader reader;
        try {
            reader = log.reader(start);
        } catch (PositionEvicted e) {
            assertThat(e.floor()).isGreaterThan(start);
            return;
        }
        try {
            int patience = random.nextInt(50);
            int chunks = random.nextBoolean() ? Integer.MAX_VALUE : random.nextInt(300);
            while (patience > 0 && chunks-- > 0) {
                Chunk chunk = reader.next(interest);
                if (chunk == null) {
                    patience = writing ? patience - 1 : 0;
                    Thread.yield();
                } else {
                    see(chunk, interest, seen);
                    if (random.nextInt(20) == 0) {
                        Thread.yield();
                    }
                }
            }
        } catch (PositionEvicted e) {
            assertThat(e.floor()).isGreaterThan(start);
            evicted.incrementAndGet();
        }
        assertThat(seen)
                .as("from " + start + " to " + reader.position())
                .isEqualTo(script.expected(start, reader.position(), interest));
        if (!seen.isEmpty()) {
            checked.incrementAndGet();
        }
    }

    private static void see(Chunk chunk, Interest interest, List<String> seen) {
        if (chunk.kind() != Chunk.Kind.CHANGES) {
            return;
        }
        long major = chunk.major();
        chunk.forEach((minor, relation, operation, after, before) -> {
            if (interest.wants(relation)) {
                String text = after == null ? "" : after.text(1);
                seen.add(new Position(major, minor) + " " + relation.name() + " "
                        + String.valueOf(text).hashCode());
            }
        });
        if (chunk.last()) {
            seen.add("commit " + chunk.end());
        }
    }
}
