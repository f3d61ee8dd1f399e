package dev.changecast.core.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.source.Column;
import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.ValueType;
import dev.changecast.api.source.ValueWriter;
import dev.changecast.core.History;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Values come out of the log as they went in. */
class StoredRowTest {
    private static Relation relation(int columns) {
        List<Column> all = new ArrayList<>();
        for (int i = 0; i < columns; i++) {
            all.add(new Column("c" + i, "text", ValueType.TEXT));
        }
        return new Relation("", "t", all, List.of(), OldRow.NONE, null);
    }

    private static Row stored(Row row) {
        List<Row> found = new ArrayList<>();
        try (FeedLog log = FeedLog.open("t", History.inMemory(), new Events())) {
            log.restart("e", Samples.at(0, 0));
            log.begin(null, new Position(1, 0), Samples.TIME);
            log.change(2, relation(row.size()), Operation.INSERT, row, null);
            log.commit(Samples.at(1, 2));
            Chunk chunk = log.reader(Position.ZERO).next(Interest.ALL);
            assertThat(chunk).isNotNull();
            assertThat(chunk.tx()).isNull();
            chunk.forEach((minor, relation, operation, after, before) -> {
                assertThat(before).isNull();
                assertThat(after).isNotNull();
                found.add(after);
            });
        }
        assertThat(found).hasSize(1);
        return found.get(0);
    }

    private static List<String> forms(Row row) {
        List<String> forms = new ArrayList<>();
        for (int i = 0; i < row.size(); i++) {
            row.write(i, new Forms(forms));
        }
        return forms;
    }

    @Test
    void everyFormOfValueIsKept() {
        Row row = Row.of(null, Row.ABSENT, 42, true, 1.5, Row.json("{\"ä\":[1]}"), "", "plain", "schön \uD83D\uDE00");
        Row stored = stored(row);
        assertThat(forms(stored))
                .isEqualTo(forms(row))
                .containsExactly(
                        "null",
                        "absent",
                        "literal 42",
                        "literal true",
                        "literal 1.5",
                        "literal {\"ä\":[1]}",
                        "text ",
                        "text plain",
                        "text schön \uD83D\uDE00");
        for (int i = 0; i < row.size(); i++) {
            assertThat(stored.text(i)).isEqualTo(row.text(i));
            assertThat(stored.isNull(i)).isEqualTo(row.isNull(i));
            assertThat(stored.isAbsent(i)).isEqualTo(row.isAbsent(i));
        }
    }

    @Test
    void wideRowsAndLongValuesAreKept() {
        Object[] values = new Object[1600];
        for (int i = 0; i < values.length; i++) {
            values[i] = i % 3 == 0 ? "v" + i : i;
        }
        values[1599] = "ü".repeat(3_000_000);
        Row row = Row.of(values);
        assertThat(forms(stored(row))).isEqualTo(forms(row));
    }

    @Test
    void aChangeThatFailsHalfWayLeavesNothing() {
        Row failing = new Row() {
            @Override
            public int size() {
                return 2;
            }

            @Override
            public void write(int column, ValueWriter to) {
                if (column == 1) {
                    throw new IllegalStateException("broken");
                }
                to.text("half");
            }
        };
        try (FeedLog log = FeedLog.open("t", History.inMemory(), new Events())) {
            log.restart("e", Samples.at(0, 0));
            log.begin(null, new Position(1, 0), Samples.TIME);
            assertThatThrownBy(() -> log.change(2, relation(2), Operation.INSERT, failing, null))
                    .hasMessage("broken");
            log.change(4, relation(3), Operation.INSERT, Row.of(1, "whole", 3), null);
            log.commit(Samples.at(1, 5));
            assertThat(Samples.read(log, Position.ZERO)).containsExactly("begin null", "1-4 whole", "commit 1-5");
        }
    }

    /** Writes down what is called. */
    private record Forms(List<String> to) implements ValueWriter {
        @Override
        public void nil() {
            to.add("null");
        }

        @Override
        public void absent() {
            to.add("absent");
        }

        @Override
        public void literal(byte[] json, int offset, int length) {
            to.add("literal " + new String(json, offset, length, StandardCharsets.UTF_8));
        }

        @Override
        public void text(byte[] utf8, int offset, int length) {
            to.add("text " + new String(utf8, offset, length, StandardCharsets.UTF_8));
        }
    }
}
