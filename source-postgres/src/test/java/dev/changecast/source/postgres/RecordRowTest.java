package dev.changecast.source.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.Column;
import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.ValueType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class RecordRowTest {
    private static final PgType TEXT = new PgType("text", ValueType.TEXT, ValueFormat.TEXT);

    private final RecordRow row = new RecordRow();

    private static TriggerShape shape(List<String> columns, List<String> fields, List<Long> types) {
        Relation relation = new Relation(
                "public",
                "t",
                columns.stream()
                        .map(name -> new Column(name, "text", ValueType.TEXT))
                        .toList(),
                List.of(),
                OldRow.FULL,
                null);
        return TriggerShape.of(relation, columns.stream().map(name -> TEXT).toList(), fields, types, true, true);
    }

    private static TriggerShape shape(int columns) {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < columns; i++) {
            names.add("c" + i);
        }
        return shape(names, names, names.stream().map(name -> 25L).toList());
    }

    private boolean read(String text, TriggerShape shape) {
        return row.read(text.getBytes(StandardCharsets.UTF_8), shape);
    }

    private List<String> values(String text, int columns) {
        assertThat(read(text, shape(columns))).as(text).isTrue();
        List<String> values = new ArrayList<>();
        for (int i = 0; i < row.size(); i++) {
            values.add(row.text(i));
        }
        return values;
    }

    @Test
    void fieldsAreReadAsPostgresWritesThem() {
        assertThat(values("(1,a,)", 3)).isEqualTo(Arrays.asList("1", "a", null));
        assertThat(values("(\"\",\"a \"\"b\"\" (\\\\),\",,ü)", 4))
                .isEqualTo(Arrays.asList("", "a \"b\" (\\),", null, "ü"));
        assertThat(values("()", 1)).isEqualTo(Arrays.asList((Object) null));
        assertThat(values("()", 0)).isEmpty();
        assertThat(values("(,)", 2)).isEqualTo(Arrays.asList(null, null));
        assertThat(values("(\"(1,\"\"x\"\")\",\"{\"\"a\"\",b}\")", 2)).isEqualTo(List.of("(1,\"x\")", "{\"a\",b}"));
    }

    @Test
    void aRowOfAnotherNumberOfFieldsIsNotOfTheShape() {
        assertThat(read("(1,2)", shape(3))).isFalse();
        assertThat(read("(1,2,3)", shape(2))).isFalse();
        assertThat(read("()", shape(2))).isFalse();
        assertThat(read("", shape(1))).isFalse();
    }

    @Test
    void columnsAreFoundByNameAndVirtualOnesLeftOut() {
        TriggerShape shape = shape(List.of("a", "b"), List.of("b", "made", "a"), List.of(25L, 0L, 25L));
        assertThat(read("(B,,A)", shape)).isTrue();
        assertThat(row.text(0)).isEqualTo("A");
        assertThat(row.text(1)).isEqualTo("B");
        assertThat(read("(,,A)", shape)).isTrue();
        assertThat(row.isNull(1)).isTrue();
    }
}
