package dev.changecast.source.redis;

import dev.changecast.api.source.Row;
import dev.changecast.api.source.ValueType;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What the text in a field means. */
enum FieldType {
    TEXT(ValueType.TEXT),
    INTEGER(ValueType.INTEGER),
    FLOAT(ValueType.FLOAT),
    DECIMAL(ValueType.DECIMAL),
    BOOLEAN(ValueType.BOOLEAN),
    UUID(ValueType.UUID),
    TIMESTAMP(ValueType.TIMESTAMP_TZ),
    JSON(ValueType.JSON);

    private static final int MOST_DIGITS = 1000;

    private final ValueType valueType;

    FieldType(ValueType valueType) {
        this.valueType = valueType;
    }

    static Optional<FieldType> of(String name) {
        return Arrays.stream(values())
                .filter(type -> type.wireName().equals(name))
                .findFirst();
    }

    static List<String> names() {
        return Arrays.stream(values()).map(FieldType::wireName).toList();
    }

    String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    ValueType valueType() {
        return valueType;
    }

    /**
     * The value as {@link Row#of} takes it.
     *
     * @param field for the message
     */
    Object read(String text, String field) throws UnreadableEntry {
        try {
            return switch (this) {
                case TEXT -> text;
                case INTEGER -> Long.parseLong(text.strip());
                case FLOAT -> finite(text);
                case DECIMAL -> decimal(text);
                case BOOLEAN -> bool(text);
                case UUID -> java.util.UUID.fromString(text.strip()).toString();
                case TIMESTAMP -> OffsetDateTime.parse(text.strip()).toInstant().toString();
                case JSON -> Row.json(JsonText.checked(text));
            };
        } catch (IllegalArgumentException | DateTimeException e) {
            throw new UnreadableEntry("the field " + field + " is no " + wireName());
        }
    }

    private static Object finite(String text) {
        double number = Double.parseDouble(text.strip());
        // The infinities and NaN are text.
        return number;
    }

    private static String decimal(String text) {
        if (text.length() > MOST_DIGITS) {
            throw new IllegalArgumentException("too long");
        }
        BigDecimal number = new BigDecimal(text.strip());
        if (Math.abs((long) number.scale()) > MOST_DIGITS) {
            throw new IllegalArgumentException("too long");
        }
        return number.toPlainString();
    }

    private static boolean bool(String text) {
        return switch (text.strip().toLowerCase(Locale.ROOT)) {
            case "true", "1" -> true;
            case "false", "0" -> false;
            default -> throw new IllegalArgumentException("neither true nor false");
        };
    }
}
