package dev.changecast.core.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.filter.Filter;
import dev.changecast.api.filter.Filter.Comparison;
import dev.changecast.api.source.Column;
import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.ValueType;
import dev.changecast.api.source.ValueWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MatchIndexTest {
    private static final Relation DESKS = new Relation(
            "public",
            "desks",
            List.of(
                    new Column("id", "int4", ValueType.INTEGER),
                    new Column("floor", "int4", ValueType.INTEGER),
                    new Column("free", "bool", ValueType.BOOLEAN)),
            List.of(0),
            OldRow.FULL,
            null);

    private final MatchIndex<String> index = new MatchIndex<>(DESKS);

    @Test
    void aFilterIsFoundOnceHoweverManyOfItsBranchesMatch() {
        add("any", "{\"$or\":[{\"id\":1},{\"floor\":2},{\"free\":true}]}");

        assertThat(found(Row.of(1, 2, true))).containsExactly("any");
        assertThat(found(Row.of(5, 2, false))).containsExactly("any");
        assertThat(found(Row.of(5, 5, false))).isEmpty();
    }

    @Test
    void whatIsFoundByHashMustStillMatchTheRest() {
        add("both", "{\"floor\":2,\"id\":{\"$gt\":5}}");

        assertThat(found(Row.of(6, 2, true))).containsExactly("both");
        assertThat(found(Row.of(4, 2, true))).isEmpty();
    }

    @Test
    void filtersForEveryRowAndForNoneAreAllowed() {
        add("all", "{}");
        add("none", "{\"$or\":[]}");

        assertThat(found(Row.of(1, 1, true))).containsExactly("all");
        assertThat(index.size()).isEqualTo(2);
    }

    @Test
    void nullsAreFoundLikeValues() {
        add("null", "{\"floor\":null}");
        add("not null", "{\"floor\":{\"$null\":false}}");

        assertThat(found(Row.of(1, null, true))).containsExactly("null");
        assertThat(found(Row.of(1, 1, true))).containsExactly("not null");
        assertThat(found(Row.of(1, Row.ABSENT, true))).isEmpty();
    }

    @Test
    void aFilterAddedAgainTakesThePlaceOfTheFormer() {
        add("x", "{\"floor\":1}");
        add("x", "{\"floor\":2}");

        assertThat(found(Row.of(1, 1, true))).isEmpty();
        assertThat(found(Row.of(1, 2, true))).containsExactly("x");
        assertThat(index.size()).isEqualTo(1);
    }

    @Test
    void aFilterThatDoesNotFitChangesNothing() {
        add("x", "{\"floor\":1}");

        assertThatThrownBy(() -> index.add("x", new Filter.Compare("gone", Comparison.EQUAL, "1")))
                .isInstanceOf(ChangecastException.class);
        assertThat(found(Row.of(1, 1, true))).containsExactly("x");
    }

    @Test
    void whatIsRemovedIsNoLongerFound() {
        for (int i = 0; i < 1000; i++) {
            add("same" + i, "{\"floor\":1}");
            add("list" + i, "{\"floor\":{\"$in\":[1," + i + "]}}");
            add("range" + i, "{\"floor\":{\"$gt\":0}}");
        }
        for (int i = 0; i < 1000; i += 2) {
            index.remove("same" + i);
            index.remove("list" + i);
            index.remove("range" + i);
        }
        index.remove("never there");

        assertThat(found(Row.of(1, 1, true)))
                .hasSize(1500)
                .doesNotHaveDuplicates()
                .allMatch(name -> name.matches(".*[13579]"));
        for (int i = 1; i < 1000; i += 2) {
            index.remove("same" + i);
            index.remove("list" + i);
            index.remove("range" + i);
        }
        assertThat(found(Row.of(1, 1, true))).isEmpty();
        assertThat(index.size()).isZero();
    }

    @Test
    void valuesAreReadOnlyWhereAFilterLooks() {
        add("x", "{\"floor\":1}");
        List<Integer> read = new ArrayList<>();

        index.matching(
                new Row() {
                    @Override
                    public int size() {
                        return 3;
                    }

                    @Override
                    public void write(int column, ValueWriter to) {
                        read.add(column);
                        to.number(1);
                    }
                },
                found -> {});

        assertThat(read).containsExactly(1);
    }

    @Test
    void boundsAreFoundOnBothSides() {
        for (int i = 0; i < 10; i++) {
            add(">" + i, "{\"floor\":{\"$gt\":" + i + "}}");
            add("<=" + i, "{\"floor\":{\"$lte\":" + i + "}}");
            add("between" + i, "{\"floor\":{\"$gte\":" + i + ",\"$lt\":" + (i + 2) + "}}");
        }

        assertThat(found(Row.of(1, 2, true)))
                .containsExactlyInAnyOrder(
                        ">0", ">1", "<=2", "<=3", "<=4", "<=5", "<=6", "<=7", "<=8", "<=9", "between1", "between2");
        assertThat(found(Row.of(1, null, true))).isEmpty();
        for (int i = 0; i < 10; i++) {
            index.remove(">" + i);
            index.remove("<=" + i);
        }
        assertThat(found(Row.of(1, 2, true))).containsExactlyInAnyOrder("between1", "between2");
    }

    @Test
    void theIndexCannotBeChangedWhileItTells() {
        add("x", "{\"floor\":1}");

        assertThatThrownBy(() -> index.matching(Row.of(1, 1, true), index::remove))
                .isInstanceOf(IllegalStateException.class);
        assertThat(found(Row.of(1, 1, true))).containsExactly("x");
    }

    private void add(String name, String json) {
        index.add(name, FilterParser.parse(json, DESKS, column -> true, FilterLimits.DEFAULT));
    }

    private List<String> found(Row row) {
        List<String> found = new ArrayList<>();
        index.matching(row, found::add);
        return found;
    }
}
