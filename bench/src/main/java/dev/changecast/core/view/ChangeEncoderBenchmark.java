package dev.changecast.core.view;

import dev.changecast.api.source.Column;
import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.ValueType;
import dev.changecast.api.transport.Payload;
import dev.changecast.bench.BytesRow;
import dev.changecast.core.Route;
import dev.changecast.core.filter.FilterLimits;
import dev.changecast.core.filter.FilterParser;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What it costs to make a message of a change; each view pays it once, however many clients it has. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ChangeEncoderBenchmark {
    private static final Relation RELATION = new Relation(
            "public",
            "messages",
            List.of(new Column("id", "int4", ValueType.INTEGER), new Column("text", "text", ValueType.TEXT)),
            List.of(0),
            OldRow.FULL,
            null);

    @Param({"200", "2000"})
    public int textBytes;

    private final ChangeEncoder.Transaction transaction =
            new ChangeEncoder.Transaction("pg", "e1", "918", Instant.parse("2026-01-02T03:04:05.678Z"));
    private final ChangeEncoder encoder = new ChangeEncoder(new ViewBinding(
            View.of(
                    "pg",
                    "public.messages",
                    new RouteTable(List.of(Route.from("pg/public.messages").readEveryone())).exposure("pg", RELATION),
                    FilterParser.parse("{}", RELATION, name -> true, FilterLimits.DEFAULT),
                    null),
            RELATION));
    private Row row = new BytesRow("4711", "");
    private long major;

    @Setup
    public void fill() {
        row = new BytesRow("4711", "x".repeat(textBytes));
    }

    @Benchmark
    public List<Payload> encode() {
        return encoder.encode(Outcome.INSERT, row, null, transaction, major++, 2, true);
    }
}
