package dev.changecast.source.mongo;

import dev.changecast.api.filter.Filter;
import dev.changecast.api.filter.Filter.Comparison;
import dev.changecast.api.source.Relation;
import java.math.BigDecimal;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.bson.BsonArray;
import org.bson.BsonBoolean;
import org.bson.BsonDateTime;
import org.bson.BsonDecimal128;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonNull;
import org.bson.BsonObjectId;
import org.bson.BsonString;
import org.bson.BsonType;
import org.bson.BsonValue;
import org.bson.types.Decimal128;
import org.bson.types.ObjectId;
import org.jspecify.annotations.Nullable;

/**
 * The query that the server is asked, which finds at least what a filter means: it uses indexes, and {@link RowFilter}
 * decides. A part that cannot be put so is left out.
 */
final class FilterQuery {
    private FilterQuery() {}

    static BsonDocument of(Filter filter, Relation relation) {
        BsonDocument query = query(filter, relation);
        return query == null ? new BsonDocument() : query;
    }

    /** Null for what every document may match. */
    private static @Nullable BsonDocument query(Filter filter, Relation relation) {
        if (filter instanceof Filter.And and) {
            List<BsonDocument> all = new ArrayList<>();
            for (Filter each : and.filters()) {
                BsonDocument query = query(each, relation);
                if (query != null) {
                    all.add(query);
                }
            }
            return all.isEmpty() ? null : all.size() == 1 ? all.get(0) : new BsonDocument("$and", new BsonArray(all));
        }
        if (filter instanceof Filter.Or or) {
            List<BsonDocument> any = new ArrayList<>();
            for (Filter each : or.filters()) {
                BsonDocument query = query(each, relation);
                if (query == null) {
                    return null;
                }
                any.add(query);
            }
            return any.isEmpty() ? null : new BsonDocument("$or", new BsonArray(any));
        }
        if (filter instanceof Filter.IsNull isNull && !isNull.column().contains(".")) {
            return new BsonDocument(isNull.column(), BsonNull.VALUE);
        }
        if (filter instanceof Filter.In in) {
            return in.values().isEmpty() ? null : equal(kind(in.column(), relation), in.column(), in.values());
        }
        if (filter instanceof Filter.Compare compare) {
            FieldKind kind = kind(compare.column(), relation);
            return compare.comparison() == Comparison.EQUAL
                    ? equal(kind, compare.column(), List.of(compare.value()))
                    : bounded(kind, compare);
        }
        return null;
    }

    private static @Nullable FieldKind kind(String column, Relation relation) {
        return FieldKind.named(relation.columns().get(relation.indexOf(column)).type());
    }

    private static @Nullable BsonDocument equal(@Nullable FieldKind kind, String column, List<String> texts) {
        Set<BsonValue> values = new LinkedHashSet<>();
        for (String text : texts) {
            List<BsonValue> found = constants(kind, text);
            if (found.isEmpty()) {
                return null;
            }
            values.addAll(found);
        }
        return orAlien(kind, column, new BsonDocument("$in", new BsonArray(List.copyOf(values))));
    }

    /** The values of the kind that a text may stand for; none where that is not certain. */
    private static List<BsonValue> constants(@Nullable FieldKind kind, String text) {
        try {
            return kind == null
                    ? List.of()
                    : switch (kind) {
                        case STRING -> List.of(new BsonString(text));
                        case BOOL -> List.of(BsonBoolean.valueOf(Boolean.parseBoolean(text)));
                        case OBJECT_ID ->
                            ObjectId.isValid(text) ? List.of(new BsonObjectId(new ObjectId(text))) : List.of();
                        case DATE ->
                            List.of(new BsonDateTime(
                                    OffsetDateTime.parse(text).toInstant().toEpochMilli()));
                        case NUMBER -> numbers(text);
                        default -> List.of();
                    };
        } catch (NumberFormatException | DateTimeParseException e) {
            return List.of();
        }
    }

    /** A double is found by its text, which is that of another decimal; so it is looked for beside it. */
    private static List<BsonValue> numbers(String text) {
        List<BsonValue> numbers = new ArrayList<>();
        numbers.add(new BsonDouble(Double.parseDouble(text)));
        numbers.add(new BsonDecimal128(new Decimal128(new BigDecimal(text))));
        try {
            numbers.add(new BsonInt64(new BigDecimal(text).longValueExact()));
        } catch (ArithmeticException e) {
            // No whole number of 64 bits.
        }
        return numbers;
    }

    private static @Nullable BsonDocument bounded(@Nullable FieldKind kind, Filter.Compare compare) {
        boolean above =
                compare.comparison() == Comparison.GREATER || compare.comparison() == Comparison.GREATER_OR_EQUAL;
        BsonValue bound;
        try {
            if (kind == FieldKind.NUMBER) {
                double number = Double.parseDouble(compare.value());
                if (!Double.isFinite(number)) {
                    return null;
                }
                if (above) {
                    return orNaN(
                            orAlien(
                                    kind,
                                    compare.column(),
                                    new BsonDocument("$gte", new BsonDouble(Math.nextDown(number)))),
                            compare.column());
                }
                bound = new BsonDouble(Math.nextUp(number));
            } else if (kind == FieldKind.STRING) {
                bound = new BsonString(compare.value());
            } else if (kind == FieldKind.DATE) {
                bound = new BsonDateTime(
                        OffsetDateTime.parse(compare.value()).toInstant().toEpochMilli() + (above ? 0 : 1));
            } else {
                return null;
            }
        } catch (NumberFormatException | DateTimeParseException e) {
            return null;
        }
        return orAlien(kind, compare.column(), new BsonDocument(above ? "$gte" : "$lte", bound));
    }

    /** NaN is above all numbers here, and in MongoDB above none. */
    private static BsonDocument orNaN(BsonDocument query, String column) {
        BsonArray any = query.getArray("$or").clone();
        BsonArray notNumbers = new BsonArray(List.of(new BsonDouble(Double.NaN), new BsonDecimal128(Decimal128.NaN)));
        any.add(new BsonDocument(column, new BsonDocument("$in", notNumbers)));
        return new BsonDocument("$or", any);
    }

    /** Values of other types have texts, too, and a text decides. */
    private static BsonDocument orAlien(@Nullable FieldKind kind, String column, BsonDocument condition) {
        Set<BsonType> alien =
                EnumSet.complementOf(EnumSet.of(BsonType.END_OF_DOCUMENT, BsonType.UNDEFINED, BsonType.NULL));
        if (kind != null) {
            alien.removeAll(kind.types());
        }
        BsonArray types = new BsonArray(alien.stream()
                .map(type -> new BsonInt32(type == BsonType.MIN_KEY ? -1 : type.getValue()))
                .toList());
        return new BsonDocument(
                "$or",
                new BsonArray(List.of(
                        new BsonDocument(column, condition),
                        new BsonDocument(column, new BsonDocument("$type", types)))));
    }
}
