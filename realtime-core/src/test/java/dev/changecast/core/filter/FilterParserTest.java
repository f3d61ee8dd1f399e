package dev.changecast.core.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.filter.Filter;
import java.util.Collections;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FilterParserTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {}                                                        | (true)
            {"int4":1}                                                | "int4"="1"
            {"int4":null}                                             | "int4" is null
            {"int4":{"$eq":1}}                                        | "int4"="1"
            {"int4":{"$eq":null}}                                     | "int4" is null
            {"int4":{"$ne":1}}                                        | not "int4"="1"
            {"int4":{"$ne":null}}                                     | not "int4" is null
            {"int4":{"$gt":1}}                                        | "int4">"1"
            {"int4":{"$gte":1}}                                       | "int4">="1"
            {"int4":{"$lt":1}}                                        | "int4"<"1"
            {"int4":{"$lte":1}}                                       | "int4"<="1"
            {"int4":{"$in":[3,1,2,1]}}                                | "int4" in ["1","2","3"]
            {"int4":{"$in":[1]}}                                      | "int4"="1"
            {"int4":{"$in":[]}}                                       | (false)
            {"int4":{"$in":[1,null]}}                                 | ("int4" is null or "int4"="1")
            {"int4":{"$nin":[1,2]}}                                   | not "int4" in ["1","2"]
            {"int4":{"$nin":[]}}                                      | (true)
            {"int4":{"$nin":[1,null]}}                                | (not "int4" is null and not "int4"="1")
            {"int4":{"$null":true}}                                   | "int4" is null
            {"int4":{"$null":false}}                                  | not "int4" is null
            {"json":{"$null":false},"array":null}                     | ("array" is null and not "json" is null)
            {"int4":{"$gt":1,"$lt":5}}                                | ("int4"<"5" and "int4">"1")
            {"int4":{"$not":{"$gt":3}}}                               | not "int4">"3"
            {"int4":{"$not":{"$gt":3,"$lt":9}}}                       | (not "int4"<"9" or not "int4">"3")
            {"$and":[{"int4":1},{"text":"a"}]}                        | ("int4"="1" and "text"="a")
            {"$and":[]}                                               | (true)
            {"$or":[{"int4":1},{"text":"a"}]}                         | ("int4"="1" or "text"="a")
            {"$or":[{"int4":1},{"int4":2}]}                           | "int4" in ["1","2"]
            {"$or":[]}                                                | (false)
            {"$not":{"int4":1}}                                       | not "int4"="1"
            {"$not":{"$or":[{"int4":1},{"text":"a"}]}}                | (not "int4"="1" and not "text"="a")
            {"$not":{}}                                               | (false)
            {"int4":1,"$or":[{"text":"a"},{"bool":true}]}             | ("int4"="1" and ("bool"="true" or "text"="a"))
            {"text":"say \\"hi\\" \\\\"}                              | "text"="say \\"hi\\" \\\\"
            """)
    void everyFormOfTheLanguageIsRead(String json, String canonical) {
        assertThat(FilterText.of(Types.parse(json))).isEqualTo(canonical);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            int2        | -32768                                   | -32768
            int4        | "2147483647"                             | 2147483647
            int4        | -0                                       | 0
            int8        | "-9223372036854775808"                   | -9223372036854775808
            int8        | 9223372036854775807                      | 9223372036854775807
            float8      | 1.50                                     | 1.5
            float8      | 15e-1                                    | 1.5
            float8      | 100                                      | 100
            float8      | -0.0                                     | 0
            float8      | "NaN"                                    | NaN
            float8      | "-Infinity"                              | -Infinity
            float4      | 0.100000001                              | 0.1
            numeric     | 1.50                                     | 1.5
            numeric     | "001.500"                                | 1.5
            numeric     | 100                                      | 100
            numeric     | 1e2                                      | 100
            numeric     | -0.00                                    | 0
            numeric     | "0.00000000000000000000000000000000010"  | 0.0000000000000000000000000000000001
            numeric     | 10e500                                   | 1E+501
            numeric     | "Infinity"                               | Infinity
            bool        | true                                     | true
            text        | "a "                                     | `a `
            bpchar      | "a  "                                    | a
            mood        | "happy"                                  | happy
            uuid        | "123E4567-E89B-12D3-A456-426614174000"   | 123e4567-e89b-12d3-a456-426614174000
            date        | "2026-01-02"                             | 2026-01-02
            date        | "0044-03-15 BC"                          | -0043-03-15
            date        | "-0043-03-15"                            | -0043-03-15
            date        | "0001-01-01 BC"                          | 0000-01-01
            date        | "12026-01-02"                            | +12026-01-02
            date        | "infinity"                               | infinity
            time        | "03:04"                                  | 03:04:00
            time        | "03:04:05.670000"                        | 03:04:05.67
            time        | "24:00:00"                               | 24:00:00
            timestamp   | "2026-01-02T03:04:05.100"                | 2026-01-02T03:04:05.1
            timestamp   | "2026-01-02 03:04:05.000001000"          | 2026-01-02T03:04:05.000001
            timestamp   | "-infinity"                              | -infinity
            timestamp   | "294276-12-31T23:59:59.999999"           | +294276-12-31T23:59:59.999999
            timestamptz | "2026-01-02T03:04:05Z"                   | 2026-01-02T03:04:05Z
            timestamptz | "2026-01-02T03:04:05+02:00"              | 2026-01-02T01:04:05Z
            timestamptz | "2026-01-01T23:30:00.5-0130"             | 2026-01-02T01:00:00.5Z
            timestamptz | "2026-01-02T03:04+02"                    | 2026-01-02T01:04:00Z
            timestamptz | "0001-01-01T00:30:00+01"                 | 0000-12-31T23:30:00Z
            timestamptz | "0044-03-15T12:00:00Z BC"                | -0043-03-15T12:00:00Z
            bytea       | "AAE="                                   | AAE=
            bytea       | "AAE"                                    | AAE=
            bytea       | "AAF="                                   | AAE=
            inet        | "10.0.0.1"                               | 10.0.0.1
            """)
    void aValueIsBroughtToTheFormThatTheColumnHasOnTheWire(String column, String value, String canonical) {
        assertThat(Types.parse("{\"" + column + "\":" + value + "}"))
                .isEqualTo(new Filter.Compare(column, Filter.Comparison.EQUAL, canonical));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"int4":1.5}              | filter.int4: int4 is int4 and does not take 1.5; a value must be a whole number from -2147483648 to 2147483647
            {"int4":"abc"}            | filter.int4: int4 is int4 and does not take "abc"; a value must be a whole number from -2147483648 to 2147483647
            {"int4":2147483648}       | filter.int4: int4 is int4 and does not take 2147483648; a value must be a whole number from -2147483648 to 2147483647
            {"int4":true}             | filter.int4: int4 is int4 and does not take true; a value must be a whole number from -2147483648 to 2147483647
            {"int2":{"$gt":32768}}    | filter.int2.$gt: int2 is int2 and does not take 32768; a value must be a whole number from -32768 to 32767
            {"int8":"9223372036854775808"} | filter.int8: int8 is int8 and does not take "9223372036854775808"; a value must be a whole number from -9223372036854775808 to 9223372036854775807
            {"int4":{"$in":[1,"x"]}}  | filter.int4.$in[1]: int4 is int4 and does not take "x"; a value must be a whole number from -2147483648 to 2147483647
            {"int4":{"$in":[[1]]}}    | filter.int4.$in[0]: int4 is int4 and does not take a list; a value must be a whole number from -2147483648 to 2147483647
            {"float8":1e999}          | filter.float8: float8 is float8 and does not take 1e999; a value must be a number within the range of float8, or "NaN", "Infinity", "-Infinity"
            {"float4":1e-60}          | filter.float4: float4 is float4 and does not take 1e-60; a value must be a number within the range of float4, or "NaN", "Infinity", "-Infinity"
            {"float8":"0x1p3"}        | filter.float8: float8 is float8 and does not take "0x1p3"; a value must be a number within the range of float8, or "NaN", "Infinity", "-Infinity"
            {"numeric":"1,5"}         | filter.numeric: numeric is numeric and does not take "1,5"; a value must be a number, as JSON number or as string, or "NaN", "Infinity", "-Infinity"
            {"numeric":1e999999999}   | filter.numeric: numeric is numeric and does not take 1e999999999; a value must be a number, as JSON number or as string, or "NaN", "Infinity", "-Infinity"
            {"bool":"true"}           | filter.bool: bool is bool and does not take "true"; a value must be true or false
            {"text":1}                | filter.text: text is text and does not take 1; a value must be a string of Unicode characters other than U+0000
            {"text":"a\\u0000"}       | filter.text: text is text and does not take "a?"; a value must be a string of Unicode characters other than U+0000
            {"text":"\\ud800"}        | filter.text: text is text and does not take "?"; a value must be a string of Unicode characters other than U+0000
            {"uuid":"123"}            | filter.uuid: uuid is uuid and does not take "123"; a value must be a uuid like "123e4567-e89b-12d3-a456-426614174000"
            {"date":"2026-02-29"}     | filter.date: date is date and does not take "2026-02-29"; a value must be a date like "2026-01-31", or "infinity", "-infinity"
            {"date":"4714-12-31 BC"}  | filter.date: date is date and does not take "4714-12-31 BC"; a value must be a date like "2026-01-31", or "infinity", "-infinity"
            {"time":"25:00"}          | filter.time: time is time and does not take "25:00"; a value must be a time like "23:59:59.123456", to the microsecond at most
            {"time":"03:04:05Z"}      | filter.time: time is time and does not take "03:04:05Z"; a value must be a time like "23:59:59.123456", to the microsecond at most
            {"timestamp":"2026-01-02T03:04:05Z"}           | filter.timestamp: timestamp is timestamp and does not take "2026-01-02T03:04:05Z"; a value must be a date and time without offset like "2026-01-31T23:59:59.123456", to the microsecond at most, or "infinity", "-infinity"
            {"timestamp":"2026-01-02T03:04:05.0000001"}    | filter.timestamp: timestamp is timestamp and does not take "2026-01-02T03:04:05.0000001"; a value must be a date and time without offset like "2026-01-31T23:59:59.123456", to the microsecond at most, or "infinity", "-infinity"
            {"timestamptz":"2026-01-02T03:04:05"}          | filter.timestamptz: timestamptz is timestamptz and does not take "2026-01-02T03:04:05"; a value must be a date and time with offset like "2026-01-31T23:59:59.123456Z" or "2026-01-31T23:59:59+02:00", to the microsecond at most, or "infinity", "-infinity"
            {"bytea":"a-_b"}          | filter.bytea: bytea is bytea and does not take "a-_b"; a value must be a string in base64
            {"json":1}                | filter.json: json is jsonb, whose values cannot be compared; only {"$null":true} and {"$null":false} are right
            {"array":{"$in":[1]}}     | filter.array.$in[0]: array is int4[], whose values cannot be compared; only {"$null":true} and {"$null":false} are right
            {"mood":{"$gt":"sad"}}    | filter.mood.$gt: mood is mood, whose values have no order here; $eq, $ne, $in, $nin and $null are right
            {"inet":{"$lte":"::1"}}   | filter.inet.$lte: inet is inet, whose values have no order here; $eq, $ne, $in, $nin and $null are right
            {"int4":{"$gt":null}}     | filter.int4.$gt: nothing compares with null; {"$null":true} is right to ask for it
            {"int4":{"$null":1}}      | filter.int4.$null: found 1; true or false is right
            {"int4":[1,2]}            | filter.int4: found a list; for one of several values use {"$in":[...]}
            {"int4":{"$in":1}}        | filter.int4.$in: found 1; a list of values is right, like [1,2]
            {"int4":{}}               | filter.int4: there is no operator in {}; operators are $eq $ne $gt $gte $lt $lte $in $nin $null $not
            {"int4":{"$gtt":1}}       | filter.int4: there is no operator "$gtt"; did you mean $gt? operators are $eq $ne $gt $gte $lt $lte $in $nin $null $not
            {"int4":{"like":1}}       | filter.int4: there is no operator "like"; operators are $eq $ne $gt $gte $lt $lte $in $nin $null $not
            {"int4":{"$not":1}}       | filter.int4.$not: found 1; an object is right, like {"$gt":value}
            {"$ands":[]}              | filter: "$ands" cannot stand beside columns; did you mean $and? operators are $and $or $not
            {"$gt":1}                 | filter: "$gt" cannot stand beside columns; it stands inside a column, like {"column":{"$gt":value}}
            {"$and":{}}               | filter.$and: found an object; a list of conditions is right, like [{"column":value},...]
            {"$or":[{"int4":1},2]}    | filter.$or[1]: found 2; an object is right, like {"column":value}
            {"$not":[]}               | filter.$not: found a list; an object is right, like {"column":value}
            {"$and":[{"int4":"x"}]}   | filter.$and[0].int4: int4 is int4 and does not take "x"; a value must be a whole number from -2147483648 to 2147483647
            {"int4":1,"int4":2}       | filter: "int4" stands twice; once is right; $and takes several conditions
            {"int4":{"$gt":1,"$gt":2}} | filter.int4: "$gt" stands twice; once is right; $and takes several conditions
            {} {}                     | filter: something follows the object; one object is right
            [1]                       | filter: found a list; an object is right, like {"column":value}
            ``                        | filter: found nothing; an object is right, like {"column":value}
            {"int4":                  | the filter is not well-formed JSON near character 8; right would be {"column":value}
            {"int4":01}               | the filter is not well-formed JSON near character 9; right would be {"column":value}
            """)
    void aBadFilterIsRefusedWithWhereAndWhatWouldBeRight(String json, String message) {
        ChangecastException refusal = catchThrowableOfType(ChangecastException.class, () -> Types.parse(json));

        assertThat(refusal).hasMessage(message);
        assertThat(refusal.code()).isEqualTo(ErrorCode.BAD_FILTER);
    }

    @Test
    void aHiddenColumnIsRefusedInTheWordsForOneThatDoesNotExist() {
        ChangecastException hidden = catchThrowableOfType(
                ChangecastException.class,
                () -> FilterParser.parse(
                        "{\"uuid\":1}", Types.RELATION, name -> name.equals("text"), FilterLimits.DEFAULT));
        ChangecastException missing = catchThrowableOfType(
                ChangecastException.class,
                () -> FilterParser.parse(
                        "{\"uuix\":1}", Types.RELATION, name -> name.equals("text"), FilterLimits.DEFAULT));

        assertThat(hidden.code()).isEqualTo(ErrorCode.UNKNOWN_COLUMN).isEqualTo(missing.code());
        assertThat(hidden).hasMessage("filter: there is no column \"uuid\"; columns are text");
        assertThat(missing).hasMessage("filter: there is no column \"uuix\"; columns are text");
    }

    @Test
    void aMistypedColumnIsAnsweredWithTheNearestOne() {
        assertThatThrownBy(() -> Types.parse("{\"$and\":[{\"timestmp\":1}]}"))
                .hasMessage("filter.$and[0]: there is no column \"timestmp\"; did you mean \"timestamp\"?");
    }

    @Test
    void aColumnWhoseNameBeginsLikeAnOperatorCanBeAskedFor() {
        assertThat(FilterText.of(Types.parse("{\"$odd\":\"x\"}"))).isEqualTo("\"$odd\"=\"x\"");
    }

    @Test
    void longInputIsNotRepeatedInFull() {
        assertThatThrownBy(() -> Types.parse("{\"int4\":\"" + "x".repeat(5000) + "\"}"))
                .hasMessageContaining("\"" + "x".repeat(40) + "...\"")
                .hasMessageNotContaining("x".repeat(41));
    }

    @Test
    void limitsHoldAndAreNamed() {
        FilterLimits limits = new FilterLimits(3, 4, 5, 200);

        assertThat(parse("{\"$not\":{\"$not\":{\"int4\":1}}}", limits)).isNotNull();
        assertThatThrownBy(() -> parse("{\"$not\":{\"$not\":{\"$not\":{\"int4\":1}}}}", limits))
                .hasMessage("filter.$not.$not.$not: conditions stand 4 deep; the limit is 3");
        assertThatThrownBy(() -> parse("{\"int4\":{\"$not\":{\"$not\":{\"$not\":{\"$gt\":1}}}}}", limits))
                .hasMessage("filter.int4.$not.$not.$not: conditions stand 4 deep; the limit is 3");
        assertThat(parse("{\"int4\":{\"$gt\":1,\"$lt\":2,\"$ne\":3,\"$lte\":4}}", limits))
                .isNotNull();
        assertThatThrownBy(() -> parse("{\"int4\":{\"$gt\":1,\"$lt\":2,\"$ne\":3,\"$lte\":4,\"$eq\":1}}", limits))
                .hasMessage("filter.int4.$eq: the filter has more than 4 comparisons; that is the limit; for many"
                        + " values of one column use $in");
        assertThat(parse("{\"int4\":{\"$in\":[1,2,3,4,5]}}", limits)).isNotNull();
        assertThatThrownBy(() -> parse("{\"int4\":{\"$in\":[1,2,3,4,5,6]}}", limits))
                .hasMessage("filter.int4.$in: the list has more than 5 values; that is the limit");
        assertThatThrownBy(() -> parse("{\"text\":\"" + "\u00e9".repeat(100) + "\"}", limits))
                .hasMessage("the filter has 211 bytes, the limit is 200");
    }

    @Test
    void aThousandValuesFitTheUsualLimits() {
        String values = IntStream.range(0, 1000).mapToObj(String::valueOf).collect(Collectors.joining(","));

        assertThat(Types.parse("{\"int4\":{\"$in\":[" + values + "]}}")).isInstanceOf(Filter.In.class);
    }

    @Test
    void deepNestingIsRefusedWithoutOverflow() {
        String json = String.join("", Collections.nCopies(1000, "{\"$not\":"));

        assertThatThrownBy(() -> Types.parse(json)).isInstanceOf(ChangecastException.class);
    }

    @Test
    void aRuleTakesItsValueFromTextWhateverTheType() {
        assertThat(FilterParser.equal(Types.RELATION, "bool", "true"))
                .isEqualTo(new Filter.Compare("bool", Filter.Comparison.EQUAL, "true"));
        assertThat(FilterParser.equal(Types.RELATION, "numeric", "1.50"))
                .isEqualTo(new Filter.Compare("numeric", Filter.Comparison.EQUAL, "1.5"));
        assertThatThrownBy(() -> FilterParser.equal(Types.RELATION, "int4", "acme"))
                .isInstanceOf(ChangecastException.class)
                .hasMessage("int4 is int4, its value must be a whole number from -2147483648 to 2147483647");
        assertThatThrownBy(() -> FilterParser.equal(Types.RELATION, "tenant", "acme"))
                .isInstanceOf(ChangecastException.class)
                .hasMessage("there is no column tenant");
    }

    private static Filter parse(String json, FilterLimits limits) {
        return FilterParser.parse(json, Types.RELATION, name -> true, limits);
    }
}
