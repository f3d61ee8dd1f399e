package dev.changecast.core.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.filter.Filter;
import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.ValueType;
import dev.changecast.testing.RelationBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FilterValuesTest {
    private static final Relation ROOMS = RelationBuilder.table("rooms")
            .key("id")
            .text("owner")
            .column("open", "bool", ValueType.BOOLEAN)
            .column("more", "jsonb", ValueType.JSON)
            .old(OldRow.FULL)
            .build();

    private static Filter rule(String json) {
        return FilterParser.parseRule(json, text -> false);
    }

    private static Filter withoutValue(String json, String missing) {
        Filter rule = FilterParser.parseRule(json.replace('\'', '"'), text -> false);
        return FilterValues.fit(
                FilterValues.replace(rule, (column, value) -> value.equals(missing) ? null : value), ROOMS);
    }

    /** Every way to write a comparison, and its opposite: with the value missing none holds for a row, whatever it has. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'id':'?'}",
                "{'id':{'$ne':'?'}}",
                "{'id':{'$gt':'?'}}",
                "{'id':{'$not':{'$gt':'?'}}}",
                "{'id':{'$in':['?']}}",
                "{'id':{'$nin':['?',8]}}",
                "{'$not':{'id':'?'}}",
                "{'$not':{'$not':{'id':'?'}}}",
                "{'$not':{'$or':[{'id':'?'},{'owner':'nobody'}]}}",
                "{'$not':{'id':{'$nin':['?']}}}",
                "{'$and':[{'owner':'ada'},{'id':'?'}]}"
            })
    void aComparisonWithoutItsValueHoldsForNoRowAndNeitherDoesItsOpposite(String rule) {
        RowPredicate predicate = RowPredicate.compile(withoutValue(rule, "?"), ROOMS);
        assertThat(predicate.test(Row.of(7, "ada", true, null))).isFalse();
        assertThat(predicate.test(Row.of(null, null, null, null))).isFalse();
    }

    @Test
    void whatStandsBesideAMissingValueStillHolds() {
        Filter filter = withoutValue("{'$or':[{'open':true},{'owner':'?'}]}", "?");
        assertThat(FilterText.of(filter)).isEqualTo("\"open\"=\"true\"");
        assertThat(FilterText.of(withoutValue("{'id':{'$in':['?',8]}}", "?"))).isEqualTo("\"id\"=\"8\"");
    }

    @ParameterizedTest
    @CsvSource({"id,abc", "id,99999999999", "id,''", "open,yes", "open,1"})
    void aValueThatIsNoneOfTheColumnsTypeIsNoRows(String column, String value) {
        Filter equal = new Filter.Compare(column, Filter.Comparison.EQUAL, value);
        assertThat(FilterValues.fit(equal, ROOMS)).isEqualTo(CanonicalFilter.NONE);
        assertThat(FilterValues.fit(new Filter.Not(equal), ROOMS)).isEqualTo(CanonicalFilter.NONE);
    }

    @Test
    void textBecomesTheColumnsValue() {
        assertThat(FilterText.of(FilterValues.fit(rule("{\"id\":\"007\",\"open\":\"true\"}"), ROOMS)))
                .isEqualTo("(\"id\"=\"7\" and \"open\"=\"true\")");
        assertThat(FilterText.of(FilterValues.fit(rule("{\"id\":7,\"owner\":null}"), ROOMS)))
                .isEqualTo("(\"id\"=\"7\" and \"owner\" is null)");
    }

    @Test
    void whatTheRelationCannotCompareIsRefused() {
        for (String rule : new String[] {
            "{\"tenant\":1}", "{\"more\":\"x\"}", "{\"tenant\":{\"$null\":true}}", "{\"more\":{\"$in\":[\"x\"]}}"
        }) {
            assertThatThrownBy(() -> FilterValues.fit(rule(rule), ROOMS))
                    .as(rule)
                    .isInstanceOf(ChangecastException.class);
        }
    }
}
