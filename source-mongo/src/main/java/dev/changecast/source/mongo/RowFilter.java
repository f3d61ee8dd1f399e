package dev.changecast.source.mongo;

import dev.changecast.api.filter.Filter;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.ValueType;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Whether a row matches, by the text in which its values stand on the wire, as the engine decides it for changes. The
 * query language of MongoDB means something else: it looks into arrays, keeps types apart, and knows no two-valued
 * {@code not}.
 */
final class RowFilter {
    private final Predicate<Row> predicate;

    private RowFilter(Predicate<Row> predicate) {
        this.predicate = predicate;
    }

    static RowFilter compile(Filter filter, Relation relation) {
        return new RowFilter(predicate(filter, relation));
    }

    boolean matches(Row row) {
        return predicate.test(row);
    }

    private static Predicate<Row> predicate(Filter filter, Relation relation) {
        if (filter instanceof Filter.And and) {
            List<Predicate<Row>> all = and.filters().stream()
                    .map(each -> predicate(each, relation))
                    .toList();
            return row -> all.stream().allMatch(each -> each.test(row));
        }
        if (filter instanceof Filter.Or or) {
            List<Predicate<Row>> any =
                    or.filters().stream().map(each -> predicate(each, relation)).toList();
            return row -> any.stream().anyMatch(each -> each.test(row));
        }
        if (filter instanceof Filter.Not not) {
            return predicate(not.filter(), relation).negate();
        }
        if (filter instanceof Filter.IsNull isNull) {
            int column = relation.indexOf(isNull.column());
            return row -> row.isNull(column);
        }
        if (filter instanceof Filter.In in) {
            int column = relation.indexOf(in.column());
            ValueType type = relation.columns().get(column).valueType();
            Set<Key> keys = in.values().stream()
                    .map(value -> key(type, value))
                    .filter(Objects::nonNull)
                    .collect(Collectors.toSet());
            return row -> {
                Key key = key(type, row.text(column));
                return key != null && keys.contains(key);
            };
        }
        Filter.Compare compare = (Filter.Compare) filter;
        int column = relation.indexOf(compare.column());
        ValueType type = relation.columns().get(column).valueType();
        Key constant = key(type, compare.value());
        return row -> {
            Key key = key(type, row.text(column));
            return key != null && constant != null && holds(compare.comparison(), key.compareTo(constant));
        };
    }

    private static boolean holds(Filter.Comparison comparison, int order) {
        return switch (comparison) {
            case EQUAL -> order == 0;
            case GREATER -> order > 0;
            case GREATER_OR_EQUAL -> order >= 0;
            case LESS -> order < 0;
            case LESS_OR_EQUAL -> order <= 0;
        };
    }

    /**
     * A value that can be compared with others of its type.
     *
     * @param rank of what stands before or behind all numbers; numbers have 0
     */
    private record Key(int rank, BigDecimal number, byte[] bytes) implements Comparable<Key> {
        private static final byte[] NONE = {};

        static Key of(BigDecimal number) {
            // Equal numbers have equal keys, whatever their scale.
            return new Key(0, number.signum() == 0 ? BigDecimal.ZERO : number.stripTrailingZeros(), NONE);
        }

        static Key of(byte[] bytes) {
            return new Key(0, BigDecimal.ZERO, bytes);
        }

        static Key beyond(int rank) {
            return new Key(rank, BigDecimal.ZERO, NONE);
        }

        @Override
        public int compareTo(Key other) {
            int byRank = Integer.compare(rank, other.rank);
            int byNumber = byRank != 0 ? byRank : number.compareTo(other.number);
            return byNumber != 0 ? byNumber : Arrays.compareUnsigned(bytes, other.bytes);
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key key && compareTo(key) == 0;
        }

        @Override
        public int hashCode() {
            return 31 * number.hashCode() + Arrays.hashCode(bytes) + rank;
        }
    }

    /** Null for what is no value of the type, and so is equal to nothing, nor less, nor greater. */
    private static @Nullable Key key(ValueType type, @Nullable String text) {
        if (text == null) {
            return null;
        }
        try {
            return switch (type) {
                case DECIMAL -> number(text);
                case BOOLEAN -> text.equals("true") ? Key.beyond(1) : text.equals("false") ? Key.beyond(0) : null;
                case TIMESTAMP_TZ -> instant(text);
                case BINARY -> Key.of(Base64.getDecoder().decode(text));
                case UUID -> Key.of(java.util.UUID.fromString(text).toString().getBytes(StandardCharsets.US_ASCII));
                case JSON, ARRAY -> null;
                default -> Key.of(text.getBytes(StandardCharsets.UTF_8));
            };
        } catch (IllegalArgumentException | DateTimeParseException e) {
            return null;
        }
    }

    private static Key number(String text) {
        return switch (text) {
            case "-Infinity" -> Key.beyond(-1);
            case "Infinity" -> Key.beyond(1);
            case "NaN" -> Key.beyond(2);
            default -> Key.of(new BigDecimal(text));
        };
    }

    private static Key instant(String text) {
        if (text.equals("infinity") || text.equals("-infinity")) {
            return Key.beyond(text.startsWith("-") ? -1 : 1);
        }
        Instant instant = OffsetDateTime.parse(text).toInstant();
        return Key.of(new BigDecimal(instant.getEpochSecond()).add(new BigDecimal(instant.getNano()).movePointLeft(9)));
    }
}
