package dev.changecast.core.filter;

import dev.changecast.api.filter.Filter;
import dev.changecast.api.source.Column;
import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.ValueType;
import dev.changecast.api.source.ValueWriter;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Measures what a row costs an index, by the number and kind of its filters. Not a test; run {@code main}, with
 * realtime-core's test classes on the class path.
 */
final class MatchIndexMeasurement {
    private static final Relation RELATION = new Relation(
            "public",
            "desks",
            List.of(
                    new Column("id", "int8", ValueType.INTEGER),
                    new Column("tenant", "text", ValueType.TEXT),
                    new Column("price", "numeric", ValueType.DECIMAL),
                    new Column("changed", "timestamptz", ValueType.TIMESTAMP_TZ)),
            List.of(0),
            OldRow.FULL,
            null);
    private static final int ROWS = 2_000_000;

    private static long found;

    private MatchIndexMeasurement() {}

    public static void main(String[] arguments) {
        for (int round = 0; round < 2; round++) {
            System.out.println(round == 0 ? "warming up" : "measured");
            measure("id = i", 10, i -> "{\"id\":" + i + "}", 1);
            measure("id = i", 10_000, i -> "{\"id\":" + i + "}", 1);
            measure("id = i", 100_000, i -> "{\"id\":" + i + "}", 1);
            measure("tenant = 'tenant-i'", 10, i -> "{\"tenant\":\"tenant-" + i + "\"}", 1);
            measure("tenant = 'tenant-i'", 10_000, i -> "{\"tenant\":\"tenant-" + i + "\"}", 1);
            measure("price = i.5", 10_000, i -> "{\"price\":" + i + ".5}", 1);
            measure("changed = instant", 10_000, i -> "{\"changed\":\"2026-01-01T00:00:00." + i + "Z\"}", 1);
            measure(
                    "tenant = 'tenant-i' and id > i",
                    10_000,
                    i -> "{\"tenant\":\"tenant-" + i + "\",\"id\":{\"$gt\":-1}}",
                    1);
            measure("id > i, no match", 1000, i -> "{\"id\":{\"$gt\":" + (i + 1_000_000) + "}}", 200);
            measure("tenant <> 'other-i', all match", 1000, i -> "{\"tenant\":{\"$ne\":\"other-" + i + "\"}}", 200);
            measure("id > i, all match", 1000, i -> "{\"id\":{\"$gt\":" + (-i - 1) + "}}", 200);
        }
    }

    private static void measure(String what, int count, IntFunction<String> json, int divisor) {
        MatchIndex<Integer> index = new MatchIndex<>(RELATION);
        Filter[] filters = new Filter[count];
        for (int i = 0; i < count; i++) {
            filters[i] = FilterParser.parse(json.apply(i), RELATION, name -> true, FilterLimits.DEFAULT);
        }
        long added = System.nanoTime();
        for (int i = 0; i < count; i++) {
            index.add(i, filters[i]);
        }
        added = System.nanoTime() - added;
        Row[] rows = new Row[64];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = new BytesRow("" + i, "tenant-" + i, i + ".50", "2026-01-01T00:00:00." + i + "00Z");
        }
        found = 0;
        long bytes = allocated();
        long time = System.nanoTime();
        int times = ROWS / divisor;
        for (int i = 0; i < times; i++) {
            index.matching(rows[i & 63], value -> found++);
        }
        time = System.nanoTime() - time;
        bytes = allocated() - bytes;
        long removed = System.nanoTime();
        for (int i = 0; i < count; i++) {
            index.remove(i);
        }
        removed = System.nanoTime() - removed;
        System.out.printf(
                "%-32s %7d filters: %8.1f ns/row, %5.2f found/row, %4.1f bytes/row; add %5d ns, remove %4d ns each%n",
                what,
                count,
                (double) time / times,
                (double) found / times,
                (double) bytes / times,
                added / count,
                removed / count);
    }

    private static long allocated() {
        return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }

    /** A row that holds bytes, as that of a real source. */
    private static final class BytesRow implements Row {
        private final byte[][] values;

        BytesRow(String... values) {
            this.values = new byte[values.length][];
            for (int i = 0; i < values.length; i++) {
                this.values[i] = values[i].getBytes(StandardCharsets.UTF_8);
            }
        }

        @Override
        public int size() {
            return values.length;
        }

        @Override
        public void write(int column, ValueWriter to) {
            to.text(values[column], 0, values[column].length);
        }
    }
}
