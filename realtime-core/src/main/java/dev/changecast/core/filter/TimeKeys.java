package dev.changecast.core.filter;

import dev.changecast.api.source.Column;

/** Keys of dates and times: days or microseconds, with the infinities at the ends. */
final class TimeKeys {
    private TimeKeys() {}

    /** Whether the column is a time of day with an offset; its values have no one order and compare as they are written. */
    static boolean hasZone(Column column) {
        return column.type().equals("timetz") || column.type().startsWith("time with");
    }

    static boolean date(byte[] value, int offset, int length, KeyBuffer key) {
        return put(DateTimeText.date(value, offset, offset + length), key);
    }

    static boolean time(byte[] value, int offset, int length, KeyBuffer key) {
        return put(DateTimeText.time(value, offset, offset + length), key);
    }

    static boolean timestamp(byte[] value, int offset, int length, KeyBuffer key) {
        return put(DateTimeText.timestamp(value, offset, offset + length), key);
    }

    static boolean instant(byte[] value, int offset, int length, KeyBuffer key) {
        return put(DateTimeText.instant(value, offset, offset + length), key);
    }

    private static boolean put(long number, KeyBuffer key) {
        key.putLong(number);
        return number != DateTimeText.INVALID;
    }
}
