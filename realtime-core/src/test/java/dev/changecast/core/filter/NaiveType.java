package dev.changecast.core.filter;

import dev.changecast.api.source.Row;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.UUID;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a column's values mean, said once more in Java's own classes and without regard to speed, so that the real
 * comparison can be held against it.
 *
 * @param order what is equal compares as 0; only that counts where {@code ordered} is false
 * @param values few, so that filters and rows meet
 * @param constant a value as a client may write it in JSON, one of several ways
 * @param wire a value as a source may write it in a row, for {@link Row#of}
 */
record NaiveType(
        String column,
        boolean ordered,
        Comparator<Object> order,
        List<Object> values,
        BiFunction<Random, Object, String> constant,
        BiFunction<Random, Object, Object> wire) {

    /** One for each of the columns of {@link Types#RELATION}. */
    static List<NaiveType> all() {
        List<NaiveType> types = new ArrayList<>();
        types.add(integer("int2", -32768L, -1L, 0L, 1L, 9L, 10L, 32767L));
        types.add(integer("int4", -2147483648L, -10L, -9L, 0L, 7L, 100L, 2147483647L));
        types.add(integer("int8", Long.MIN_VALUE, Long.MIN_VALUE + 1, -1L, 0L, 42L, Long.MAX_VALUE));
        types.add(of(
                "float4",
                Comparator.comparingDouble(v -> (Float) v + 0.0f),
                List.of(0.0f, -0.0f, 0.1f, 1.5f, -1.5f, 3.4e38f, 1e-45f, Float.NaN, Float.POSITIVE_INFINITY),
                NaiveType::number,
                (random, v) -> v.toString()));
        types.add(of(
                "float8",
                Comparator.comparingDouble(v -> (Double) v + 0.0),
                List.of(
                        0.0,
                        -0.0,
                        0.1,
                        1.5,
                        -1.5,
                        2.0,
                        1e22,
                        9007199254740993.0,
                        1e300,
                        -4.9e-324,
                        Double.NaN,
                        Double.POSITIVE_INFINITY,
                        Double.NEGATIVE_INFINITY),
                NaiveType::number,
                (random, v) -> random.nextBoolean() ? v : v.toString()));
        types.add(of(
                "numeric",
                NaiveType::compareDecimals,
                List.of(
                        decimal("0"),
                        decimal("1.5"),
                        decimal("1.51"),
                        decimal("-1.5"),
                        decimal("-1.51"),
                        decimal("15"),
                        decimal("100"),
                        decimal("-0.015"),
                        decimal("0.05"),
                        decimal("-100"),
                        decimal("99.99"),
                        decimal("123456789012345678901234567890.1"),
                        decimal("1e-30"),
                        Double.NaN,
                        Double.POSITIVE_INFINITY,
                        Double.NEGATIVE_INFINITY),
                (random, v) -> v instanceof BigDecimal number && random.nextBoolean()
                        ? spelled(random, number)
                        : '"' + (v instanceof BigDecimal number ? spelled(random, number) : v.toString()) + '"',
                (random, v) -> v instanceof BigDecimal number ? spelled(random, number) : v.toString()));
        types.add(of(
                "bool", Comparator.comparing(v -> (Boolean) v), List.of(true, false), (r, v) -> "" + v, (r, v) -> v));
        types.add(text("text", true, "", "a", "a ", "ab", "A", "\u00e9", "\uffff", "\ud83d\ude00", "z\"\\"));
        types.add(of(
                "bpchar",
                (a, b) -> compareCodePoints((String) a, (String) b),
                List.of("", "a", "a b", "b", "\uff5e", "\ud83d\ude00"),
                (random, v) -> quoted(v + " ".repeat(random.nextInt(3))),
                (random, v) -> v + " ".repeat(random.nextInt(3))));
        types.add(text("mood", false, "sad", "ok", "happy"));
        types.add(of(
                "uuid",
                Comparator.comparing(Object::toString),
                List.of(new UUID(0, 0), new UUID(0, -1), new UUID(-1, 5), new UUID(0x123456789ABCDEFL, 0xFEDCBAL)),
                (random, v) -> quoted(
                        random.nextBoolean() ? v.toString() : v.toString().toUpperCase(Locale.ROOT)),
                (random, v) -> v.toString()));
        types.add(of(
                "date",
                Comparator.comparing(v -> (LocalDate) v),
                List.of(
                        LocalDate.of(2024, 2, 29),
                        LocalDate.of(2024, 3, 1),
                        LocalDate.of(1970, 1, 1),
                        LocalDate.of(0, 12, 31),
                        LocalDate.of(-43, 3, 15),
                        LocalDate.of(12024, 1, 1),
                        LocalDate.MAX,
                        LocalDate.MIN),
                (random, v) -> quoted(date(random, (LocalDate) v, "")),
                (random, v) -> date(random, (LocalDate) v, "")));
        types.add(of(
                "time",
                Comparator.comparing(v -> (LocalTime) v),
                List.of(
                        LocalTime.MIDNIGHT,
                        LocalTime.of(3, 4, 5),
                        LocalTime.of(3, 4, 5, 100_000_000),
                        LocalTime.of(23, 59, 59, 999_999_000)),
                (random, v) -> quoted(time(random, (LocalTime) v)),
                (random, v) -> time(random, (LocalTime) v)));
        List<Object> locals = List.of(
                LocalDateTime.of(2024, 2, 29, 23, 59, 59, 999_999_000),
                LocalDateTime.of(2024, 3, 1, 0, 0),
                LocalDateTime.of(2024, 3, 1, 0, 0, 0, 1_000),
                LocalDateTime.of(1969, 12, 31, 23, 0),
                LocalDateTime.of(0, 1, 1, 12, 0),
                LocalDateTime.of(-100, 6, 1, 1, 2, 3),
                LocalDateTime.of(20000, 1, 1, 0, 0),
                LocalDateTime.MAX,
                LocalDateTime.MIN);
        types.add(of(
                "timestamp",
                Comparator.comparing(v -> (LocalDateTime) v),
                locals,
                (random, v) -> quoted(dateTime(random, (LocalDateTime) v, "")),
                (random, v) -> dateTime(random, (LocalDateTime) v, "")));
        types.add(of(
                "timestamptz",
                Comparator.comparing(v -> (Instant) v),
                locals.stream()
                        .<Object>map(v -> ((LocalDateTime) v).toInstant(ZoneOffset.UTC))
                        .toList(),
                (random, v) -> quoted(
                        instant(random, (Instant) v, ZoneOffset.ofTotalSeconds(60 * (random.nextInt(1400) - 700)))),
                (random, v) -> instant(random, (Instant) v, ZoneOffset.UTC)));
        types.add(of(
                "bytea",
                Comparator.comparing(v -> (String) v),
                List.of(
                        "",
                        "\u0000",
                        "\u0000\u0000",
                        "\u0000\u0010",
                        "\u0001",
                        "\u007f",
                        "\u0080",
                        "\u00ff\u00fe",
                        "abcd"),
                (random, v) -> quoted(base64((String) v)),
                (random, v) -> base64((String) v)));
        types.add(
                of("json", null, List.of("{\"a\":1}", "null", "[]"), (r, v) -> "null", (r, v) -> Row.json((String) v)));
        types.add(of("array", null, List.of("[1]", "[]"), (r, v) -> "null", (r, v) -> Row.json((String) v)));
        types.add(text("inet", false, "10.0.0.1", "10.0.0.2", "::1"));
        types.add(text("$odd", true, "x", "y"));
        return types;
    }

    boolean comparable() {
        return order != null;
    }

    private static NaiveType of(
            String column,
            @Nullable Comparator<Object> order,
            List<Object> values,
            BiFunction<Random, Object, String> constant,
            BiFunction<Random, Object, Object> wire) {
        return new NaiveType(column, order != null, order, values, constant, wire);
    }

    private static NaiveType integer(String column, Object... values) {
        return of(
                column,
                Comparator.comparing(v -> (Long) v),
                List.of(values),
                (random, v) -> random.nextBoolean() ? v.toString() : quoted(v.toString()),
                (random, v) -> random.nextBoolean() ? v : v.toString());
    }

    private static NaiveType text(String column, boolean ordered, Object... values) {
        return new NaiveType(
                column,
                ordered,
                (a, b) -> compareCodePoints((String) a, (String) b),
                List.of(values),
                (random, v) -> quoted((String) v),
                (random, v) -> v);
    }

    private static int compareCodePoints(String a, String b) {
        int[] one = a.codePoints().toArray();
        int[] other = b.codePoints().toArray();
        for (int i = 0; i < Math.min(one.length, other.length); i++) {
            if (one[i] != other[i]) {
                return Integer.compare(one[i], other[i]);
            }
        }
        return Integer.compare(one.length, other.length);
    }

    private static int compareDecimals(Object a, Object b) {
        if (a instanceof BigDecimal one && b instanceof BigDecimal other) {
            return one.compareTo(other);
        }
        return Double.compare(((Number) a).doubleValue(), ((Number) b).doubleValue());
    }

    private static BigDecimal decimal(String text) {
        return new BigDecimal(text);
    }

    private static String spelled(Random random, BigDecimal number) {
        return switch (random.nextInt(4)) {
            case 0 -> number.toString();
            case 1 -> number.toPlainString();
            case 2 -> number.setScale(number.scale() + 3).toPlainString();
            default -> number.movePointLeft(5).toPlainString() + (random.nextBoolean() ? "e5" : "E+05");
        };
    }

    private static String number(Random random, Object v) {
        String text = v.toString();
        return Character.isDigit(text.charAt(text.length() - 1)) ? text : quoted(text);
    }

    private static String date(Random random, LocalDate date, String rest) {
        if (date.equals(LocalDate.MAX) || date.equals(LocalDate.MIN)) {
            return date.equals(LocalDate.MAX) ? "infinity" : "-infinity";
        }
        String monthAndDay = String.format(Locale.ROOT, "-%02d-%02d", date.getMonthValue(), date.getDayOfMonth());
        if (date.getYear() <= 0 && random.nextBoolean()) {
            return String.format(Locale.ROOT, "%04d", 1 - date.getYear()) + monthAndDay + rest + " BC";
        }
        String sign = date.getYear() < 0 ? "-" : date.getYear() > 9999 && random.nextBoolean() ? "+" : "";
        return sign + String.format(Locale.ROOT, "%04d", Math.abs(date.getYear())) + monthAndDay + rest;
    }

    private static String time(Random random, LocalTime time) {
        int digits = time.getNano() == 0 ? random.nextInt(7) : 6;
        String text =
                time.format(DateTimeFormatter.ofPattern("HH:mm:ss" + (digits == 0 ? "" : "." + "S".repeat(digits))));
        if (digits == 6 && random.nextBoolean()) {
            text = text.replaceAll("0+$", "").replaceAll("\\.$", "");
        }
        return text;
    }

    private static String dateTime(Random random, LocalDateTime value, String zone) {
        return date(
                random,
                value.toLocalDate(),
                (random.nextBoolean() ? "T" : " ") + time(random, value.toLocalTime()) + zone);
    }

    private static String instant(Random random, Instant value, ZoneOffset offset) {
        if (value.equals(LocalDateTime.MAX.toInstant(ZoneOffset.UTC))
                || value.equals(LocalDateTime.MIN.toInstant(ZoneOffset.UTC))) {
            return dateTime(random, LocalDateTime.ofInstant(value, ZoneOffset.UTC), "");
        }
        return dateTime(random, OffsetDateTime.ofInstant(value, offset).toLocalDateTime(), offset.getId());
    }

    private static String base64(String bytes) {
        return Base64.getEncoder().encodeToString(bytes.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
    }

    private static String quoted(String text) {
        return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
