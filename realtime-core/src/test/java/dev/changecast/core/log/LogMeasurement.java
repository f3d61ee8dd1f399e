package dev.changecast.core.log;

import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.ValueWriter;
import dev.changecast.core.History;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Measures; run by hand with {@code -Dtest=LogMeasurement -Dmeasure=true}. Prints, asserts nothing. */
@EnabledIfSystemProperty(named = "measure", matches = "true")
class LogMeasurement {
    private static final int ROWS = 4_000_000;
    private static final Relation RELATION = Samples.USERS;

    @Test
    void measure() throws Exception {
        Path root = Files.createTempDirectory("measure");
        try {
            for (int rows : new int[] {100, 1, 100, 1, 100_000}) {
                write("memory", History.inMemory(), rows);
                write("files", History.in(root.resolve("t" + System.nanoTime())), rows);
            }
        } finally {
            try (Stream<Path> files = Files.walk(root)) {
                files.sorted(Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
        }
    }

    private static void write(String where, History history, int rowsPerTransaction) throws InterruptedException {
        Events events = new Events();
        Bytes row = new Bytes();
        try (FeedLog log = FeedLog.open("m", history, events)) {
            log.restart("e1", Samples.at(0, 0));
            long started = System.nanoTime();
            long full = 0;
            Checkpoint end = Samples.at(0, 0);
            Instant now = Instant.now();
            for (int written = 0, major = 1; written < ROWS; major++) {
                log.begin("12345", new Position(major, 0), now);
                long minor = 0;
                for (int i = 0; i < rowsPerTransaction; i++) {
                    if (i % 200 == 0) {
                        full += room(log);
                    }
                    minor += 2;
                    log.change(minor, RELATION, Operation.UPDATE, row, null);
                }
                written += rowsPerTransaction;
                end = Samples.at(major, minor);
                log.commit(end);
            }
            double appended = seconds(started);
            events.awaitDurable(end);
            double durable = seconds(started);
            System.out.printf(
                    "%s, %d rows per transaction: %.2f M rows/s appended (%.2f s without room), %.2f M rows/s durable%n",
                    where, rowsPerTransaction, ROWS / appended / 1e6, full / 1e9, ROWS / durable / 1e6);
            catchUp(where + " catching up, looking at one value", log, true);
            catchUp(where + " catching up, not looking", log, false);
        }
    }

    private static long room(FeedLog log) throws InterruptedException {
        long started = System.nanoTime();
        while (!log.awaitRoom(Duration.ofSeconds(1))) {
            Thread.onSpinWait();
        }
        return System.nanoTime() - started;
    }

    private static void catchUp(String what, FeedLog log, boolean look) {
        long started = System.nanoTime();
        LogReader reader = log.reader(log.floor());
        long[] seen = new long[2];
        Chunk chunk = reader.next(Interest.ALL);
        while (chunk != null) {
            chunk.forEach((minor, relation, operation, after, before) -> {
                seen[0]++;
                if (look && after != null && after.isNull(2)) {
                    seen[1]++;
                }
            });
            chunk = reader.next(Interest.ALL);
        }
        System.out.printf("    %s: %d rows, %.2f M rows/s%n", what, seen[0], seen[0] / seconds(started) / 1e6);
    }

    private static double seconds(long since) {
        return (System.nanoTime() - since) / 1e9;
    }

    /** Like a row of pgoutput: a view of a buffer. */
    private static final class Bytes implements Row {
        private final byte[] bytes = "4711someone@example.comoccupied".getBytes(StandardCharsets.US_ASCII);

        @Override
        public int size() {
            return 3;
        }

        @Override
        public void write(int column, ValueWriter to) {
            switch (column) {
                case 0 -> to.literal(bytes, 0, 4);
                case 1 -> to.text(bytes, 4, 19);
                default -> to.text(bytes, 23, 8);
            }
        }
    }
}
