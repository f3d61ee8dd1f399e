package dev.changecast.source.mongo;

import dev.changecast.api.source.ValueWriter;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.UUID;
import org.bson.BsonBinary;
import org.bson.BsonDocument;
import org.bson.BsonRegularExpression;
import org.bson.BsonTimestamp;
import org.bson.BsonValue;

/**
 * Writes BSON values as they stand on the wire. No digit is lost: Int64 is written in full and Decimal128 as text. Dates
 * are ISO 8601, ids hexadecimal, bytes base64, UUIDs in their usual form; what JSON knows nothing like is written as
 * MongoDB's Extended JSON has it.
 */
final class BsonJson {
    private final boolean int64AsText;

    /** @param int64AsText for clients that hold integers in doubles */
    BsonJson(boolean int64AsText) {
        this.int64AsText = int64AsText;
    }

    /** Writes a value by calling exactly one method of {@code to}. */
    void write(BsonValue value, ValueWriter to) {
        switch (value.getBsonType()) {
            case NULL, UNDEFINED -> to.nil();
            case BOOLEAN -> to.bool(value.asBoolean().getValue());
            case INT32 -> to.number(value.asInt32().getValue());
            case INT64 -> {
                if (int64AsText) {
                    to.text(Long.toString(value.asInt64().getValue()));
                } else {
                    to.number(value.asInt64().getValue());
                }
            }
            case DOUBLE -> {
                double number = value.asDouble().getValue();
                if (Double.isFinite(number)) {
                    to.literal(literal(number));
                } else {
                    to.text(Double.toString(number));
                }
            }
            case DOCUMENT,
                    ARRAY,
                    TIMESTAMP,
                    REGULAR_EXPRESSION,
                    MIN_KEY,
                    MAX_KEY,
                    JAVASCRIPT_WITH_SCOPE,
                    DB_POINTER -> {
                StringBuilder json = new StringBuilder();
                append(value, json);
                to.literal(json.toString());
            }
            default -> to.text(text(value));
        }
    }

    /** The text of a value that is written as a JSON string. */
    private static String text(BsonValue value) {
        return switch (value.getBsonType()) {
            case STRING -> value.asString().getValue();
            case SYMBOL -> value.asSymbol().getSymbol();
            case DECIMAL128 -> value.asDecimal128().getValue().toString();
            case DATE_TIME ->
                Instant.ofEpochMilli(value.asDateTime().getValue()).toString();
            case OBJECT_ID -> value.asObjectId().getValue().toHexString();
            case BINARY -> binary(value.asBinary());
            case JAVASCRIPT -> value.asJavaScript().getCode();
            default -> throw new IllegalArgumentException("no text stands for " + value.getBsonType());
        };
    }

    private static String binary(BsonBinary binary) {
        if (FieldKind.isUuid(binary)) {
            ByteBuffer bytes = ByteBuffer.wrap(binary.getData());
            return new UUID(bytes.getLong(), bytes.getLong()).toString();
        }
        return Base64.getEncoder().encodeToString(binary.getData());
    }

    private static String literal(double number) {
        String text = Double.toString(number);
        return text.endsWith(".0") && !text.equals("-0.0") ? text.substring(0, text.length() - 2) : text;
    }

    private void append(BsonValue value, StringBuilder json) {
        switch (value.getBsonType()) {
            case DOCUMENT -> document(value.asDocument(), json);
            case ARRAY -> {
                char separator = '[';
                for (BsonValue element : value.asArray()) {
                    json.append(separator);
                    append(element, json);
                    separator = ',';
                }
                json.append(separator == '[' ? "[]" : "]");
            }
            case TIMESTAMP -> {
                BsonTimestamp timestamp = value.asTimestamp();
                json.append("{\"$timestamp\":{\"t\":").append(Integer.toUnsignedString(timestamp.getTime()));
                json.append(",\"i\":")
                        .append(Integer.toUnsignedString(timestamp.getInc()))
                        .append("}}");
            }
            case REGULAR_EXPRESSION -> {
                BsonRegularExpression expression = value.asRegularExpression();
                quote(expression.getPattern(), json.append("{\"$regularExpression\":{\"pattern\":"));
                quote(expression.getOptions(), json.append(",\"options\":"));
                json.append("}}");
            }
            case MIN_KEY -> json.append("{\"$minKey\":1}");
            case MAX_KEY -> json.append("{\"$maxKey\":1}");
            case JAVASCRIPT_WITH_SCOPE -> {
                quote(value.asJavaScriptWithScope().getCode(), json.append("{\"$code\":"));
                document(value.asJavaScriptWithScope().getScope(), json.append(",\"$scope\":"));
                json.append('}');
            }
            case DB_POINTER -> {
                quote(value.asDBPointer().getNamespace(), json.append("{\"$dbPointer\":{\"$ref\":"));
                quote(value.asDBPointer().getId().toHexString(), json.append(",\"$id\":"));
                json.append("}}");
            }
            default -> scalar(value, json);
        }
    }

    private void document(BsonDocument document, StringBuilder json) {
        char separator = '{';
        for (Map.Entry<String, BsonValue> field : document.entrySet()) {
            quote(field.getKey(), json.append(separator));
            append(field.getValue(), json.append(':'));
            separator = ',';
        }
        json.append(separator == '{' ? "{}" : "}");
    }

    private void scalar(BsonValue value, StringBuilder json) {
        switch (value.getBsonType()) {
            case NULL, UNDEFINED -> json.append("null");
            case BOOLEAN -> json.append(value.asBoolean().getValue());
            case INT32 -> json.append(value.asInt32().getValue());
            case INT64 -> {
                String digits = Long.toString(value.asInt64().getValue());
                json.append(int64AsText ? '"' + digits + '"' : digits);
            }
            case DOUBLE -> {
                double number = value.asDouble().getValue();
                json.append(Double.isFinite(number) ? literal(number) : '"' + Double.toString(number) + '"');
            }
            default -> quote(text(value), json);
        }
    }

    private static void quote(String text, StringBuilder json) {
        json.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < ' ') {
                json.append(String.format("\\u%04x", (int) c));
            } else {
                json.append(c);
            }
        }
        json.append('"');
    }
}
