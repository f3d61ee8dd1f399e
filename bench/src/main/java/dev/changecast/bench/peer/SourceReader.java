package dev.changecast.bench.peer;

import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.ResetReason;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.ValueWriter;
import dev.changecast.source.postgres.PostgresSource;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * This project's source without an engine around it: reads a slot, writes every value once, and prints a line for
 * each so many rows. Arguments: URL, slot, rows.
 */
public final class SourceReader {
    private SourceReader() {}

    /** Starts it on a slot; it prints {@code rows: } and how many it has read for each so many. */
    public static ServerProcess start(Path directory, Postgres postgres, String slot, int rows) throws IOException {
        return ServerProcess.start(
                "the source alone",
                directory,
                Map.of(),
                List.of(
                        Contestants.java().toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        SourceReader.class.getName(),
                        postgres.url(),
                        slot,
                        Integer.toString(rows)));
    }

    public static void main(String[] arguments) {
        Counting sink = new Counting(Integer.parseInt(arguments[2]));
        try (PostgresSource source = PostgresSource.builder()
                .replication(arguments[0], Postgres.USER, "")
                .slot(arguments[1])
                .build()) {
            source.run(null, sink);
        }
    }

    private static final class Counting implements ChangeSink, ValueWriter {
        private final int every;
        private int wanted;
        private int rows;
        private long bytes;

        Counting(int every) {
            this.every = every;
            this.wanted = every;
        }

        @Override
        public void opened(String epoch, Checkpoint from) {}

        @Override
        public void reset(ResetReason reason, String epoch, Checkpoint from) {}

        @Override
        public boolean awaitRoom(Duration wait) {
            return true;
        }

        @Override
        public void begin(@Nullable String tx, Position position, Instant committedAt) {}

        @Override
        public void change(
                long minor, Relation relation, Operation operation, @Nullable Row after, @Nullable Row before) {
            if (after != null) {
                rows++;
                for (int i = 0; i < after.size(); i++) {
                    after.write(i, this);
                }
            }
        }

        @Override
        public void commit(Checkpoint end) {
            if (rows >= wanted) {
                wanted += every;
                System.out.println(bytes + " bytes of values, rows: " + rows);
            }
        }

        @Override
        public void progress(Checkpoint at) {}

        @Override
        public void fence(String id) {}

        @Override
        public void waiting(String what) {}

        @Override
        public void nil() {}

        @Override
        public void absent() {}

        @Override
        public void literal(byte[] json, int offset, int length) {
            bytes += length;
        }

        @Override
        public void text(byte[] utf8, int offset, int length) {
            bytes += length;
        }
    }
}
