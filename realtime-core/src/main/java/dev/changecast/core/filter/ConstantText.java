package dev.changecast.core.filter;

import dev.changecast.api.source.Column;
import dev.changecast.api.source.ValueType;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.Base64;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Brings a constant to the one text that stands for its value, in the form of the column's own values on the wire. */
final class ConstantText {
    private static final long FIRST_DAY = LocalDate.of(-4712, 1, 1).toEpochDay();
    private static final long LAST_DAY = LocalDate.of(5_874_897, 12, 31).toEpochDay();
    private static final long LAST_TIMESTAMP_DAY = LocalDate.of(294_276, 12, 31).toEpochDay();
    /** What PostgreSQL's numeric holds. */
    private static final int MOST_DIGITS_BEFORE_POINT = 131_072;

    private static final int MOST_DIGITS_AFTER_POINT = 16_383;

    private ConstantText() {}

    /** Whether values of this column can be told apart at all. */
    static boolean isComparable(Column column) {
        return column.valueType() != ValueType.JSON && column.valueType() != ValueType.ARRAY;
    }

    /** Whether values of this column have an order. */
    static boolean isOrdered(Column column) {
        return isComparable(column)
                && column.valueType() != ValueType.ENUM
                && column.valueType() != ValueType.OTHER
                && !(column.valueType() == ValueType.TIME && TimeKeys.hasZone(column));
    }

    /** The text that stands for this value; null when it is no value of the column. */
    static @Nullable String canonical(Column column, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (!isText(text) || !KeyEncoder.of(column).encode(bytes, 0, bytes.length, new KeyBuffer(bytes.length + 8))) {
            return null;
        }
        return switch (column.valueType()) {
            case INTEGER -> integer(column, Long.parseLong(text));
            case FLOAT -> real(column, text);
            case DECIMAL -> decimal(text);
            case TEXT -> TextKeys.isPadded(column) ? withoutBlanks(text) : text;
            case UUID -> text.toLowerCase(Locale.ROOT);
            case DATE -> date(DateTimeText.date(bytes, 0, bytes.length));
            case TIME -> TimeKeys.hasZone(column) ? text : time(DateTimeText.time(bytes, 0, bytes.length));
            case TIMESTAMP -> timestamp(DateTimeText.timestamp(bytes, 0, bytes.length), "");
            case TIMESTAMP_TZ -> timestamp(DateTimeText.instant(bytes, 0, bytes.length), "Z");
            case BINARY -> base64(bytes);
            case BOOLEAN, ENUM, OTHER -> text;
            case JSON, ARRAY -> null;
        };
    }

    /** What {@link #canonical} takes, in words that follow "must be". */
    static String expected(Column column) {
        return switch (column.valueType()) {
            case BOOLEAN -> "true or false";
            case INTEGER -> "a whole number from " + least(column) + " to " + most(column);
            case FLOAT -> "a number within the range of " + column.type() + ", or \"NaN\", \"Infinity\", \"-Infinity\"";
            case DECIMAL -> "a number, as JSON number or as string, or \"NaN\", \"Infinity\", \"-Infinity\"";
            case TEXT, ENUM, OTHER -> "a string of Unicode characters other than U+0000";
            case UUID -> "a uuid like \"123e4567-e89b-12d3-a456-426614174000\"";
            case DATE -> "a date like \"2026-01-31\", or \"infinity\", \"-infinity\"";
            case TIME ->
                TimeKeys.hasZone(column)
                        ? "a time as the database writes it"
                        : "a time like \"23:59:59.123456\", to the microsecond at most";
            case TIMESTAMP ->
                "a date and time without offset like \"2026-01-31T23:59:59.123456\", to the microsecond at"
                        + " most, or \"infinity\", \"-infinity\"";
            case TIMESTAMP_TZ ->
                "a date and time with offset like \"2026-01-31T23:59:59.123456Z\" or"
                        + " \"2026-01-31T23:59:59+02:00\", to the microsecond at most, or \"infinity\", \"-infinity\"";
            case BINARY -> "a string in base64";
            case JSON, ARRAY -> "left out, since only $null can be asked of it";
        };
    }

    /** Text that every database can hold: no U+0000 and no half of a surrogate pair. */
    private static boolean isText(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == 0) {
                return false;
            }
            if (Character.isSurrogate(c)) {
                if (Character.isLowSurrogate(c)
                        || i + 1 == text.length()
                        || !Character.isLowSurrogate(text.charAt(i + 1))) {
                    return false;
                }
                i++;
            }
        }
        return true;
    }

    private static @Nullable String integer(Column column, long number) {
        return number < least(column) || number > most(column) ? null : Long.toString(number);
    }

    private static long least(Column column) {
        return switch (column.type()) {
            case "int2", "smallint" -> Short.MIN_VALUE;
            case "int4", "integer" -> Integer.MIN_VALUE;
            case "oid" -> 0;
            default -> Long.MIN_VALUE;
        };
    }

    private static long most(Column column) {
        return switch (column.type()) {
            case "int2", "smallint" -> Short.MAX_VALUE;
            case "int4", "integer" -> Integer.MAX_VALUE;
            case "oid" -> 0xFFFF_FFFFL;
            default -> Long.MAX_VALUE;
        };
    }

    private static @Nullable String real(Column column, String text) {
        if (!Character.isDigit(text.charAt(text.length() - 1))) {
            return text;
        }
        boolean single = NumberKeys.isSingle(column);
        double number = single ? Float.parseFloat(text) : Double.parseDouble(text);
        if (Double.isInfinite(number) || number == 0 && !isZero(text)) {
            return null;
        }
        if (number == 0) {
            return "0";
        }
        String shortest = single ? Float.toString((float) number) : Double.toString(number);
        return shortest.endsWith(".0") ? shortest.substring(0, shortest.length() - 2) : shortest;
    }

    private static boolean isZero(String number) {
        return number.chars().takeWhile(c -> c != 'e' && c != 'E').noneMatch(c -> c >= '1' && c <= '9');
    }

    private static @Nullable String decimal(String text) {
        if (!Character.isDigit(text.charAt(text.length() - 1))) {
            return text;
        }
        if (isZero(text)) {
            return "0";
        }
        BigDecimal number;
        try {
            number = new BigDecimal(text).stripTrailingZeros();
        } catch (NumberFormatException | ArithmeticException e) {
            return null;
        }
        long before = (long) number.precision() - number.scale();
        if (before > MOST_DIGITS_BEFORE_POINT || number.scale() > MOST_DIGITS_AFTER_POINT) {
            return null;
        }
        return number.scale() < -100 ? number.toString() : number.toPlainString();
    }

    private static String withoutBlanks(String text) {
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == ' ') {
            end--;
        }
        return text.substring(0, end);
    }

    private static @Nullable String base64(byte[] bytes) {
        KeyBuffer decoded = new KeyBuffer(bytes.length);
        TextKeys.base64(bytes, 0, bytes.length, decoded);
        return Base64.getEncoder().encodeToString(decoded.copy());
    }

    private static @Nullable String date(long day) {
        if (day == DateTimeText.INFINITY || day == DateTimeText.MINUS_INFINITY) {
            return infinity(day);
        }
        if (day < FIRST_DAY || day > LAST_DAY) {
            return null;
        }
        return digits(LocalDate.ofEpochDay(day));
    }

    private static String time(long micros) {
        if (micros == DateTimeText.MICROS_PER_DAY) {
            return "24:00:00";
        }
        String time = LocalTime.ofNanoOfDay(micros * 1000).toString();
        int point = time.indexOf('.');
        if (point < 0) {
            return time.length() == 5 ? time + ":00" : time;
        }
        int end = time.length();
        while (time.charAt(end - 1) == '0') {
            end--;
        }
        return time.substring(0, end);
    }

    private static @Nullable String timestamp(long micros, String zone) {
        if (micros == DateTimeText.INFINITY || micros == DateTimeText.MINUS_INFINITY) {
            return infinity(micros);
        }
        long day = Math.floorDiv(micros, DateTimeText.MICROS_PER_DAY) + DateTimeText.EPOCH_DAY;
        if (day < FIRST_DAY || day > LAST_TIMESTAMP_DAY) {
            return null;
        }
        String time = time(Math.floorMod(micros, DateTimeText.MICROS_PER_DAY));
        return digits(LocalDate.ofEpochDay(day)) + "T" + time + zone;
    }

    private static String infinity(long end) {
        return end == DateTimeText.INFINITY ? "infinity" : "-infinity";
    }

    /** As ISO 8601 has it: a sign for years that have not four digits, and the year 0 for 1 BC. */
    private static String digits(LocalDate date) {
        int year = date.getYear();
        String sign = year < 0 ? "-" : year > 9999 ? "+" : "";
        return String.format(
                Locale.ROOT, "%s%04d-%02d-%02d", sign, Math.abs(year), date.getMonthValue(), date.getDayOfMonth());
    }
}
