package dev.changecast.source.mongo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.changecast.api.source.Column;
import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.ValueType;
import dev.changecast.testing.RecordedRow;
import java.util.List;
import java.util.UUID;
import org.bson.BsonArray;
import org.bson.BsonBinary;
import org.bson.BsonBoolean;
import org.bson.BsonDateTime;
import org.bson.BsonDbPointer;
import org.bson.BsonDecimal128;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonJavaScript;
import org.bson.BsonJavaScriptWithScope;
import org.bson.BsonMaxKey;
import org.bson.BsonMinKey;
import org.bson.BsonNull;
import org.bson.BsonObjectId;
import org.bson.BsonRegularExpression;
import org.bson.BsonString;
import org.bson.BsonSymbol;
import org.bson.BsonTimestamp;
import org.bson.BsonUndefined;
import org.bson.BsonValue;
import org.bson.types.Decimal128;
import org.bson.types.ObjectId;
import org.junit.jupiter.api.Test;

class BsonJsonTest {
    private static final Relation RELATION = new Relation(
            "app", "values", List.of(new Column("v", "any", ValueType.JSON)), List.of(0), OldRow.KEY, null);

    private static String json(BsonValue value, boolean int64AsText) {
        var row = DocumentRow.of(RELATION, new BsonDocument("v", value), new BsonJson(int64AsText));
        return RecordedRow.of(row).json(RELATION).replaceFirst("\\{\"v\":(.*)}", "$1");
    }

    /** At the top level and inside of another value a value looks the same. */
    private static void assertJson(BsonValue value, String expected) {
        assertThat(json(value, false)).isEqualTo(expected);
        assertThat(json(new BsonArray(List.of(value)), false)).isEqualTo("[" + expected + "]");
        assertThat(json(new BsonDocument("in", value), false)).isEqualTo("{\"in\":" + expected + "}");
    }

    @Test
    void numbersLoseNoDigit() {
        assertJson(new BsonInt32(-7), "-7");
        assertJson(new BsonInt64(Long.MAX_VALUE), "9223372036854775807");
        assertJson(new BsonDouble(0.1), "0.1");
        assertJson(new BsonDouble(5), "5");
        assertJson(new BsonDouble(-0.0), "-0.0");
        assertJson(new BsonDouble(1e300), "1.0E300");
        assertJson(new BsonDouble(Double.NaN), "\"NaN\"");
        assertJson(new BsonDouble(Double.NEGATIVE_INFINITY), "\"-Infinity\"");
        String digits = "1234567890123456789012345678901234";
        assertJson(new BsonDecimal128(Decimal128.parse(digits)), '"' + digits + '"');
        assertJson(new BsonDecimal128(Decimal128.parse("1.50")), "\"1.50\"");
        assertJson(new BsonDecimal128(Decimal128.parse("1E+6000")), "\"1E+6000\"");
    }

    @Test
    void int64IsTextForClientsThatHoldIntegersInDoubles() {
        BsonValue large = new BsonInt64(9007199254740993L);
        assertThat(json(large, true)).isEqualTo("\"9007199254740993\"");
        assertThat(json(new BsonDocument("in", large), true)).isEqualTo("{\"in\":\"9007199254740993\"}");
        assertThat(json(new BsonInt32(7), true)).isEqualTo("7");
    }

    @Test
    void textIdsDatesAndBytes() {
        assertJson(new BsonString("\"ü\\"), "\"\\\"ü\\\\\"");
        assertThat(json(new BsonArray(List.of(new BsonString("a\nb"))), false)).isEqualTo("[\"a\\u000ab\"]");
        assertJson(new BsonObjectId(new ObjectId("65a1b2c3d4e5f60718293a4b")), "\"65a1b2c3d4e5f60718293a4b\"");
        assertJson(new BsonDateTime(1_767_225_600_123L), "\"2026-01-01T00:00:00.123Z\"");
        assertJson(new BsonDateTime(-62_198_755_200_000L), "\"-0001-01-01T00:00:00Z\"");
        assertJson(new BsonBinary(new byte[] {1, 2, (byte) 255}), "\"AQL/\"");
        UUID uuid = UUID.fromString("123e4567-e89b-12d3-a456-426614174000");
        assertJson(new BsonBinary(uuid), '"' + uuid.toString() + '"');
        assertJson(new BsonSymbol("s"), "\"s\"");
        assertJson(new BsonJavaScript("f()"), "\"f()\"");
    }

    @Test
    void documentsKeepTheOrderOfTheirFields() {
        BsonDocument document = new BsonDocument("b", new BsonInt32(1))
                .append("a", new BsonArray(List.of(BsonNull.VALUE, BsonBoolean.TRUE, new BsonDocument())));
        assertJson(document, "{\"b\":1,\"a\":[null,true,{}]}");
        assertJson(new BsonArray(), "[]");
    }

    @Test
    void whatJsonDoesNotKnowIsExtendedJson() {
        assertJson(new BsonTimestamp(7, 2), "{\"$timestamp\":{\"t\":7,\"i\":2}}");
        assertJson(
                new BsonRegularExpression("^a\"", "i"),
                "{\"$regularExpression\":{\"pattern\":\"^a\\\"\",\"options\":\"i\"}}");
        assertJson(new BsonMinKey(), "{\"$minKey\":1}");
        assertJson(new BsonMaxKey(), "{\"$maxKey\":1}");
        assertJson(
                new BsonJavaScriptWithScope("f()", new BsonDocument("x", new BsonInt32(1))),
                "{\"$code\":\"f()\",\"$scope\":{\"x\":1}}");
        assertJson(
                new BsonDbPointer("a.b", new ObjectId("65a1b2c3d4e5f60718293a4b")),
                "{\"$dbPointer\":{\"$ref\":\"a.b\",\"$id\":\"65a1b2c3d4e5f60718293a4b\"}}");
        assertJson(BsonNull.VALUE, "null");
        assertJson(new BsonUndefined(), "null");
    }

    @Test
    void aWayThroughDocumentsEndsWhereThereIsNone() {
        BsonDocument document = BsonDocument.parse("{a: {b: {c: 1}}, l: [{b: 2}], 'x.y': 3, n: null}");
        assertThat(DocumentRow.at(document, "a.b.c")).isEqualTo(new BsonInt32(1));
        assertThat(DocumentRow.at(document, "a.b")).isEqualTo(BsonDocument.parse("{c: 1}"));
        assertThat(DocumentRow.at(document, "a.x.c")).isNull();
        assertThat(DocumentRow.at(document, "l.b")).isNull();
        assertThat(DocumentRow.at(document, "x.y")).isEqualTo(new BsonInt32(3));
        assertThat(DocumentRow.at(document, "n")).isNull();
    }
}
