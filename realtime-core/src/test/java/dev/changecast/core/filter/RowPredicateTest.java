package dev.changecast.core.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.filter.Filter;
import dev.changecast.api.filter.Filter.Comparison;
import dev.changecast.api.source.Column;
import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.ValueType;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowPredicateTest {
    private static final Relation DESKS = desks(OldRow.FULL);

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"a":{"$ne":1}}                     | MATCH
            {"a":{"$not":{"$gt":1}}}            | MATCH
            {"a":{"$nin":[1]}}                  | MATCH
            {"a":{"$lte":1}}                    | NO_MATCH
            {"a":null}                          | MATCH
            {"a":{"$in":[1,null]}}              | MATCH
            """)
    void aComparisonWithNullIsFalseAndItsOppositeTrue(String json, Decision decision) {
        assertThat(decide(json, Row.of(1, null, "x"))).isEqualTo(decision);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"a":1}                             | UNDECIDED
            {"a":{"$ne":1}}                     | UNDECIDED
            {"a":null}                          | UNDECIDED
            {"a":1,"id":7}                      | UNDECIDED
            {"a":1,"id":8}                      | NO_MATCH
            {"$or":[{"a":1},{"id":7}]}          | MATCH
            {"$or":[{"a":1},{"id":8}]}          | UNDECIDED
            {"$not":{"$or":[{"a":1},{"id":7}]}} | NO_MATCH
            {"id":7}                            | MATCH
            {}                                  | MATCH
            """)
    void aMissingValueLeavesOpenOnlyWhatHangsOnIt(String json, Decision decision) {
        assertThat(decide(json, Row.of(7, Row.ABSENT, Row.ABSENT))).isEqualTo(decision);
    }

    @Test
    void aValueThatIsNoneOfItsTypeEqualsNothing() {
        Row row = Row.of(1, "many", "x");

        assertThat(decide("{\"a\":1}", row)).isEqualTo(Decision.NO_MATCH);
        assertThat(decide("{\"a\":{\"$lt\":1}}", row)).isEqualTo(Decision.NO_MATCH);
        assertThat(decide("{\"a\":{\"$ne\":1}}", row)).isEqualTo(Decision.MATCH);
        assertThat(decide("{\"a\":null}", row)).isEqualTo(Decision.NO_MATCH);
    }

    @Test
    void textIsOrderedByItsBytesAndNotByUtf16() {
        assertThat("\ud83d\ude00".compareTo("\uff5e")).isNegative();
        assertThat(decide("{\"b\":{\"$gt\":\"\uff5e\"}}", Row.of(1, 1, "\ud83d\ude00")))
                .isEqualTo(Decision.MATCH);
    }

    @Test
    void theOldRowIsNeededForColumnsItDoesNotGive() {
        Filter byKey = parse("{\"id\":1}");
        Filter byOther = parse("{\"id\":1,\"b\":{\"$ne\":null}}");

        assertThat(RowPredicate.columns(byOther)).containsExactlyInAnyOrder("id", "b");
        assertThat(RowPredicate.needsOldRow(byOther, desks(OldRow.FULL))).isFalse();
        assertThat(RowPredicate.needsOldRow(byOther, desks(OldRow.KEY))).isTrue();
        assertThat(RowPredicate.needsOldRow(byKey, desks(OldRow.KEY))).isFalse();
        assertThat(RowPredicate.needsOldRow(byKey, desks(OldRow.NONE))).isTrue();
        assertThat(RowPredicate.needsOldRow(Filter.ALL, desks(OldRow.NONE))).isFalse();
    }

    @Test
    void aFilterThatNoLongerFitsTheRelationIsRefused() {
        assertThatThrownBy(() -> RowPredicate.compile(new Filter.IsNull("gone"), DESKS))
                .isInstanceOfSatisfying(
                        ChangecastException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNKNOWN_COLUMN));
        assertThatThrownBy(() -> RowPredicate.compile(new Filter.Compare("a", Comparison.EQUAL, "x"), DESKS))
                .isInstanceOfSatisfying(
                        ChangecastException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BAD_FILTER))
                .hasMessage("a is int8, its value must be a whole number from -9223372036854775808 to"
                        + " 9223372036854775807");
        assertThatThrownBy(() ->
                        RowPredicate.compile(new Filter.Compare("mood", Comparison.GREATER, "sad"), Types.RELATION))
                .hasMessage("mood is mood, whose values have no order");
    }

    @Test
    void manyThreadsMayAskOnePredicate() {
        RowPredicate even = RowPredicate.compile(
                new Filter.In(
                        "a", IntStream.range(0, 500).mapToObj(i -> "" + i * 2).toList()),
                DESKS);

        assertThat(IntStream.range(0, 100_000)
                        .parallel()
                        .filter(i -> even.test(Row.of(1, i % 1000, "text")) == (i % 2 == 0))
                        .count())
                .isEqualTo(100_000);
    }

    private static Decision decide(String json, Row row) {
        return RowPredicate.compile(parse(json), DESKS).decide(row);
    }

    private static Filter parse(String json) {
        return FilterParser.parse(json, DESKS, name -> true, FilterLimits.DEFAULT);
    }

    private static Relation desks(OldRow oldRow) {
        return new Relation(
                "public",
                "desks",
                List.of(
                        new Column("id", "int4", ValueType.INTEGER),
                        new Column("a", "int8", ValueType.INTEGER),
                        new Column("b", "text", ValueType.TEXT)),
                List.of(0),
                oldRow,
                null);
    }
}
