package dev.changecast.core.filter;

import dev.changecast.api.source.Column;
import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.ValueType;
import dev.changecast.bench.BytesRow;
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
import org.openjdk.jmh.infra.Blackhole;

/** What a row costs the index, by the number and kind of its filters. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class MatchIndexBenchmark {
    private static final Relation RELATION = new Relation(
            "public",
            "desks",
            List.of(
                    new Column("id", "int8", ValueType.INTEGER),
                    new Column("tenant", "text", ValueType.TEXT),
                    new Column("price", "numeric", ValueType.DECIMAL)),
            List.of(0),
            OldRow.FULL,
            null);

    /** Filters by the number of each. */
    public enum Kind {
        /** One of them matches. */
        INTEGER("{'id':%1$d}"),
        /** One of them matches. */
        TEXT("{'tenant':'tenant-%1$d'}"),
        /** One of them matches. */
        DECIMAL("{'price':%1$d.5}"),
        /** One of them matches. */
        EQUALITY_AND_BOUND("{'tenant':'tenant-%1$d','id':{'#gt':-1}}"),
        /** None matches. */
        BOUND_ABOVE("{'id':{'#gt':%2$d}}"),
        /** One of them matches. */
        BETWEEN("{'id':{'#gte':%1$d,'#lt':%3$d}}");

        private final String filter;

        Kind(String filter) {
            this.filter = filter;
        }

        String filter(int number) {
            return String.format(filter, number, number + 1_000_000, number + 1)
                    .replace('\'', '"')
                    .replace('#', '$');
        }
    }

    @Param
    public Kind kind = Kind.INTEGER;

    @Param({"10", "1000", "10000"})
    public int filters;

    private final Row[] rows = new Row[64];
    private MatchIndex<Integer> index = new MatchIndex<>(RELATION);
    private int next;

    @Setup
    public void fill() {
        index = new MatchIndex<>(RELATION);
        for (int i = 0; i < filters; i++) {
            index.add(i, FilterParser.parse(kind.filter(i), RELATION, name -> true, FilterLimits.DEFAULT));
        }
        for (int i = 0; i < rows.length; i++) {
            int number = i * filters / rows.length;
            rows[i] = new BytesRow("" + number, "tenant-" + number, number + ".50");
        }
    }

    @Benchmark
    public void matching(Blackhole found) {
        index.matching(rows[next++ & (rows.length - 1)], found::consume);
    }
}
