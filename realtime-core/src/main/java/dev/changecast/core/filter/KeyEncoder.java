package dev.changecast.core.filter;

import dev.changecast.api.source.Column;

/**
 * Turns a value, as it stands on the wire, into bytes that compare like the value: equal bytes for equal values, and the
 * lesser bytes (unsigned, a beginning before the whole) for the lesser value. So one comparison and one hash serve all
 * types. Without state.
 */
@FunctionalInterface
interface KeyEncoder {
    /**
     * Appends the key of a value.
     *
     * @return whether this is a value of the type; when not, what was appended means nothing
     */
    boolean encode(byte[] value, int offset, int length, KeyBuffer key);

    /** How the values of a column are encoded. */
    static KeyEncoder of(Column column) {
        return switch (column.valueType()) {
            case BOOLEAN -> TextKeys::bool;
            case INTEGER -> NumberKeys::integer;
            case FLOAT -> NumberKeys.isSingle(column) ? NumberKeys::single : NumberKeys::real;
            case DECIMAL -> DecimalKey::encode;
            case TEXT -> TextKeys.isPadded(column) ? TextKeys::padded : TextKeys::text;
            case ENUM, OTHER -> TextKeys::text;
            case UUID -> TextKeys::uuid;
            case DATE -> TimeKeys::date;
            case TIME -> TimeKeys.hasZone(column) ? TextKeys::text : TimeKeys::time;
            case TIMESTAMP -> TimeKeys::timestamp;
            case TIMESTAMP_TZ -> TimeKeys::instant;
            case BINARY -> TextKeys::base64;
            case JSON, ARRAY -> TextKeys::nothing;
        };
    }
}
