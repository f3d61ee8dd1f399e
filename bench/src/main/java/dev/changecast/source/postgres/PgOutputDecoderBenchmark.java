package dev.changecast.source.postgres;

import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.ResetReason;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.ValueWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/** What a row of pgoutput costs, with every value of it written once. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PgOutputDecoderBenchmark {
    private static final int ROWS = 100;
    private static final int INT4 = 23;
    private static final int TEXT = 25;
    private static final int TIMESTAMPTZ = 1184;

    private final Counting sink = new Counting();
    private final PgOutputDecoder decoder = new PgOutputDecoder(
            sink,
            new RelationCache(
                    new TypeCatalog(
                            asked -> List.of(
                                    new TypeCatalog.Entry(INT4, "int4", "b", ',', 0, 0),
                                    new TypeCatalog.Entry(TEXT, "text", "b", ',', 0, 0),
                                    new TypeCatalog.Entry(TIMESTAMPTZ, "timestamptz", "b", ',', 0, 0)),
                            false),
                    number -> Set.of("id"),
                    (schema, table) -> true),
            new TransactionIds(),
            new PgOutputDecoder.Surroundings() {
                @Override
                public void awaitRoom() {}

                @Override
                public void heartbeat(String id) {}
            },
            false,
            1,
            null);
    private final ByteBuffer begin = ByteBuffer.allocate(21);
    private final ByteBuffer commit = ByteBuffer.allocate(26);
    private final ByteBuffer insert = ByteBuffer.allocate(256);

    @Setup
    public void fill() throws Exception {
        begin.put((byte) 'B').putLong(500).putLong(0).putInt(7).flip();
        commit.put((byte) 'C')
                .put((byte) 0)
                .putLong(500)
                .putLong(600)
                .putLong(0)
                .flip();
        insert.put((byte) 'I').putInt(1).put((byte) 'N').putShort((short) 3);
        for (String value : List.of("4711", "someone@example.com", "2026-01-02 03:04:05.678901+00")) {
            insert.put((byte) 't').putInt(value.length()).put(value.getBytes(StandardCharsets.US_ASCII));
        }
        insert.flip();
        ByteBuffer relation = ByteBuffer.allocate(256).put((byte) 'R').putInt(1);
        string(relation, "public");
        string(relation, "users");
        relation.put((byte) 'd').putShort((short) 3);
        for (Object[] column : new Object[][] {{"id", INT4}, {"mail", TEXT}, {"seen", TIMESTAMPTZ}}) {
            relation.put((byte) (column[0].equals("id") ? 1 : 0));
            string(relation, (String) column[0]);
            relation.putInt((Integer) column[1]).putInt(-1);
        }
        decoder.decode(relation.flip());
    }

    private static void string(ByteBuffer into, String text) {
        into.put(text.getBytes(StandardCharsets.US_ASCII)).put((byte) 0);
    }

    @Benchmark
    @OperationsPerInvocation(ROWS)
    public void transactionOfOneHundredRows(Blackhole blackhole) throws Exception {
        sink.blackhole = blackhole;
        decoder.decode(begin.rewind());
        for (int i = 0; i < ROWS; i++) {
            decoder.decode(insert.rewind());
        }
        decoder.decode(commit.rewind());
    }

    private static final class Counting implements ChangeSink, ValueWriter {
        private @Nullable Blackhole blackhole;

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
            for (int i = 0; after != null && i < after.size(); i++) {
                after.write(i, this);
            }
        }

        @Override
        public void commit(Checkpoint end) {}

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
            consume(length);
        }

        @Override
        public void text(byte[] utf8, int offset, int length) {
            consume(length);
        }

        private void consume(int length) {
            if (blackhole != null) {
                blackhole.consume(length);
            }
        }
    }
}
