package dev.changecast.source.mongo;

import dev.changecast.api.source.ValueType;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.bson.BsonBinary;
import org.bson.BsonBinarySubType;
import org.bson.BsonType;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * What the values of a field mostly are. Numbers are one kind: programs store a price as an Int32 on Monday and as a double
 * on Tuesday, and compare the two.
 */
enum FieldKind {
    STRING("string", ValueType.TEXT),
    /** Int32, Int64, double and Decimal128, compared as decimals, so that neither digits nor fractions are lost. */
    NUMBER("number", ValueType.DECIMAL),
    BOOL("bool", ValueType.BOOLEAN),
    DATE("date", ValueType.TIMESTAMP_TZ),
    /** As 24 hexadecimal digits, whose order is that of the ids. */
    OBJECT_ID("objectId", ValueType.TEXT),
    UUID("uuid", ValueType.UUID),
    BINARY("binData", ValueType.BINARY),
    OBJECT("object", ValueType.JSON),
    ARRAY("array", ValueType.ARRAY),
    /** Anything; can be shown, and asked whether it is null. */
    ANY("any", ValueType.JSON);

    private final String alias;
    private final ValueType valueType;

    FieldKind(String alias, ValueType valueType) {
        this.alias = alias;
        this.valueType = valueType;
    }

    /** MongoDB's own name of the type, where it has one. */
    String alias() {
        return alias;
    }

    ValueType valueType() {
        return valueType;
    }

    /** The types of the values that a comparison with one of them finds; none where no value of it is compared. */
    Set<BsonType> types() {
        return switch (this) {
            case STRING -> EnumSet.of(BsonType.STRING, BsonType.SYMBOL);
            case NUMBER -> EnumSet.of(BsonType.DOUBLE, BsonType.INT32, BsonType.INT64, BsonType.DECIMAL128);
            case BOOL -> EnumSet.of(BsonType.BOOLEAN);
            case DATE -> EnumSet.of(BsonType.DATE_TIME);
            case OBJECT_ID -> EnumSet.of(BsonType.OBJECT_ID);
            default -> EnumSet.noneOf(BsonType.class);
        };
    }

    /** The kind with this alias; null when there is none. */
    static @Nullable FieldKind named(String alias) {
        return Arrays.stream(values())
                .filter(kind -> kind.alias.equals(alias))
                .findFirst()
                .orElse(null);
    }

    static String aliases() {
        return Arrays.stream(values()).map(FieldKind::alias).collect(Collectors.joining(", "));
    }

    /** The kind of a value; null for a null, which may become anything. */
    static @Nullable FieldKind of(BsonValue value) {
        return switch (value.getBsonType()) {
            case NULL, UNDEFINED -> null;
            case STRING, SYMBOL -> STRING;
            case INT32, INT64, DOUBLE, DECIMAL128 -> NUMBER;
            case BOOLEAN -> BOOL;
            case DATE_TIME -> DATE;
            case OBJECT_ID -> OBJECT_ID;
            case BINARY -> isUuid(value.asBinary()) ? UUID : BINARY;
            case DOCUMENT -> OBJECT;
            case ARRAY -> ARRAY;
            default -> ANY;
        };
    }

    static boolean isUuid(BsonBinary binary) {
        return binary.getType() == BsonBinarySubType.UUID_STANDARD.getValue() && binary.getData().length == 16;
    }
}
