package com.example.spool;

import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.ChangeSource;
import dev.changecast.api.source.CheckResult;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Column;
import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Replay;
import dev.changecast.api.source.ResetReason;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.StartPoint;
import dev.changecast.api.source.ValueType;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Text files with numbers for names ({@code 1.txt}, {@code 2.txt}, ...), which another program renames into a directory in
 * that order. Each file is a transaction, each of its lines a new row. A file is deleted once the engine holds it durably,
 * so only one engine can use a directory. Who begins to count anew says so with another word in the file {@code epoch}.
 */
public final class SpoolDirectorySource implements ChangeSource {
    // quote relation
    static final Relation LINES = new Relation(
            "",
            "lines",
            List.of(
                    new Column("file", "int8", ValueType.INTEGER),
                    new Column("line", "int4", ValueType.INTEGER),
                    new Column("text", "text", ValueType.TEXT)),
            List.of(0, 1),
            OldRow.FULL, // there are only inserts, so no change lacks its old row, and any column can be filtered
            null);
    // end

    private static final Duration ROOM_WAIT = Duration.ofMillis(250);
    private static final long LOOK_MILLIS = 100;
    private static final int LOOKS_PER_HEARTBEAT = 10;
    private static final int ROWS_PER_ROOM = 256;

    private final Path directory;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final AtomicLong durable = new AtomicLong();
    private long deleted;

    /** @param directory may be made later */
    public SpoolDirectorySource(Path directory) {
        this.directory = directory;
    }

    @Override
    public Replay replay() {
        return Replay.FROM_POSITION;
    }

    // quote run
    @Override
    public void run(@Nullable StartPoint start, ChangeSink sink) throws Exception {
        if (closing.getCount() == 0) {
            return;
        }
        durable.set(0);
        deleted = 0;
        Position reached = open(start, sink);
        int idle = 0;
        while (closing.getCount() > 0) {
            deleteDurable();
            Path next = file(reached.major() + 1);
            if (Files.exists(next)) {
                reached = give(reached.major() + 1, next, sink);
                idle = 0;
            } else {
                requireNoGap(reached.major());
                if (++idle % LOOKS_PER_HEARTBEAT == 0) {
                    // Nothing new, but alive: only a position that moves shows that to readiness checks.
                    reached = new Position(reached.major(), reached.minor() + 1);
                    sink.progress(Checkpoint.at(reached));
                }
                closing.await(LOOK_MILLIS, TimeUnit.MILLISECONDS);
            }
        }
    }
    // end

    // quote open
    private Position open(@Nullable StartPoint start, ChangeSink sink) throws IOException {
        String epoch = epoch();
        boolean sameHistory = start != null && start.epoch().equals(epoch);
        long given = sameHistory ? start.checkpoint().position().major() : 0;
        List<Long> waiting = numbersAfter(given);
        Checkpoint beforeThem = Checkpoint.at(new Position(waiting.isEmpty() ? given : waiting.get(0) - 1, 0));
        if (start == null) {
            sink.opened(epoch, beforeThem);
        } else if (!sameHistory) {
            sink.reset(ResetReason.EPOCH_CHANGED, epoch, beforeThem);
        } else if (beforeThem.position().major() > given) {
            sink.reset(ResetReason.SLOT_LOST, epoch, beforeThem);
        } else {
            sink.opened(epoch, start.checkpoint());
            return start.checkpoint().position();
        }
        return beforeThem.position();
    }
    // end

    // quote give
    private Position give(long number, Path file, ChangeSink sink) throws IOException, InterruptedException {
        awaitRoom(sink);
        sink.begin(
                Long.toString(number),
                new Position(number, 0),
                Files.getLastModifiedTime(file).toInstant());
        long line = 0;
        try (BufferedReader reader = Files.newBufferedReader(file)) {
            for (String text = reader.readLine(); text != null; text = reader.readLine()) {
                if (++line % ROWS_PER_ROOM == 0) {
                    awaitRoom(sink);
                }
                sink.change(2 * line, LINES, Operation.INSERT, Row.of(number, line, text), null);
            }
        }
        Position end = new Position(number, 2 * line + 2);
        sink.commit(Checkpoint.at(end));
        return end;
    }
    // end

    private void awaitRoom(ChangeSink sink) throws IOException, InterruptedException {
        while (!sink.awaitRoom(ROOM_WAIT)) {
            if (closing.getCount() == 0) {
                throw new IOException("the source is closed");
            }
        }
    }

    /** Fails the run; the next one finds the gap too and tells it as a reset. */
    private void requireNoGap(long given) throws IOException {
        List<Long> later = numbersAfter(given);
        if (!later.isEmpty() && later.get(0) > given + 1) {
            throw new IOException(file(given + 1) + " is missing, though there is " + file(later.get(0)));
        }
    }

    // quote acknowledge
    /** Another thread's call, which must not block: the files are deleted by the thread that reads them. */
    @Override
    public void acknowledge(Checkpoint checkpoint) {
        durable.accumulateAndGet(checkpoint.position().major(), Math::max);
    }
    // end

    private void deleteDurable() throws IOException {
        long upTo = durable.get();
        if (upTo > deleted) {
            for (long number : numbersAfter(deleted)) {
                if (number <= upTo) {
                    Files.delete(file(number));
                }
            }
            deleted = upTo;
        }
    }

    private Path file(long number) {
        return directory.resolve(number + ".txt");
    }

    /** In order. */
    private List<Long> numbersAfter(long given) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.matches("[1-9][0-9]{0,17}\\.txt"))
                    .map(name -> Long.valueOf(name.substring(0, name.length() - ".txt".length())))
                    .filter(number -> number > given)
                    .sorted()
                    .toList();
        }
    }

    private String epoch() throws IOException {
        Path file = directory.resolve("epoch");
        return Files.exists(file) ? Files.readString(file).strip() : "first";
    }

    @Override
    public CheckResult check() {
        return Files.isDirectory(directory) && Files.isReadable(directory) && Files.isWritable(directory)
                ? CheckResult.OK
                : CheckResult.failed(directory + " is no directory that this process may read and write: make it, or"
                        + " name another");
    }

    @Override
    public List<Relation> relations() {
        return List.of(LINES);
    }

    @Override
    public void close() {
        closing.countDown();
    }

    @Override
    public String toString() {
        return "spool directory " + directory;
    }
}
