package dev.changecast.core.log;

import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Column;
import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.ValueType;
import dev.changecast.bench.BytesRow;
import dev.changecast.core.History;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;

/** What a row costs the log: written until it is durable, and read again. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FeedLogBenchmark {
    private static final int ROWS = 100_000;
    private static final int ROWS_PER_ROOM = 200;
    private static final Relation RELATION = new Relation(
            "public",
            "users",
            List.of(
                    new Column("id", "int4", ValueType.INTEGER),
                    new Column("name", "text", ValueType.TEXT),
                    new Column("note", "text", ValueType.TEXT)),
            List.of(0),
            OldRow.FULL,
            null);

    /** Where it is kept. */
    public enum Place {
        FILES,
        MEMORY
    }

    @Param
    public Place place = Place.FILES;

    @Param({"1", "100"})
    public int rowsPerTransaction;

    private final Row row = new BytesRow("4711", "someone@example.com", "occupied");
    private final Durable durable = new Durable();
    private Path directory = Path.of("");
    private FeedLog log;
    private int major;

    @Setup
    public void open() throws IOException, InterruptedException {
        directory = Files.createTempDirectory("changecast-log-benchmark");
        log = FeedLog.open("bench", place == Place.FILES ? History.in(directory) : History.inMemory(), durable);
        log.restart("e1", Checkpoint.at(Position.ZERO));
        major = 0;
        write();
    }

    @TearDown
    public void close() throws IOException {
        log.close();
        List<Path> files;
        try (Stream<Path> found = Files.walk(directory)) {
            files = found.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : files) {
            Files.delete(file);
        }
    }

    @Benchmark
    @OperationsPerInvocation(ROWS)
    public void write() throws InterruptedException {
        Checkpoint end = Checkpoint.at(Position.ZERO);
        Instant now = Instant.EPOCH;
        for (int written = 0; written < ROWS; written += rowsPerTransaction) {
            major++;
            log.begin("12345", new Position(major, 0), now);
            for (int i = 1; i <= rowsPerTransaction; i++) {
                if ((written + i) % ROWS_PER_ROOM == 0) {
                    while (!log.awaitRoom(Duration.ofSeconds(1))) {
                        Thread.onSpinWait();
                    }
                }
                log.change(2L * i, RELATION, Operation.UPDATE, row, null);
            }
            end = Checkpoint.at(new Position(major, 2L * rowsPerTransaction));
            log.commit(end);
        }
        durable.await(end);
    }

    @Benchmark
    @OperationsPerInvocation(ROWS)
    public void read(Blackhole seen) {
        LogReader reader = log.reader(log.floor());
        int[] rows = {0};
        for (Chunk chunk = reader.next(Interest.ALL); chunk != null; chunk = reader.next(Interest.ALL)) {
            chunk.forEach((minor, relation, operation, after, before) -> {
                rows[0]++;
                seen.consume(after != null && after.isNull(2));
            });
        }
        if (rows[0] != ROWS) {
            throw new IllegalStateException(rows[0] + " rows were read");
        }
    }

    private static final class Durable implements LogEvents {
        private final Semaphore told = new Semaphore(0);
        private volatile Position reached = Position.ZERO;

        void await(Checkpoint end) throws InterruptedException {
            while (reached.isBefore(end.position())) {
                told.acquire();
                told.drainPermits();
            }
        }

        @Override
        public void appended() {}

        @Override
        public void durable(Checkpoint checkpoint) {
            reached = checkpoint.position();
            told.release();
        }

        @Override
        public void blocked(String why) {
            throw new IllegalStateException(why);
        }

        @Override
        public void unblocked() {}
    }
}
