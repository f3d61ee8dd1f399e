package dev.changecast.core.filter;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.filter.Filter;
import dev.changecast.api.filter.Filter.Comparison;
import dev.changecast.api.source.Column;
import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.ValueType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Reads a filter that a client wrote; the language is described in the package's documentation. */
public final class FilterParser {
    private static final JsonFactory JSON = new JsonFactory();
    private static final List<String> GROUPS = List.of("$and", "$or", "$not");
    private static final List<String> OPERATORS =
            List.of("$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$null", "$not");
    private static final int NAMES_SHOWN = 20;
    private static final Relation NO_COLUMNS = new Relation("", "none", List.of(), List.of(), OldRow.NONE, null);

    private final JsonParser json;

    /** Null for a rule, which is read before it is known what columns there are. */
    private final @Nullable Relation relation;

    private final Predicate<String> visible;
    private final FilterLimits limits;

    /** Which texts stand for the values of a list. */
    private final Predicate<String> lists;

    private int comparisons;

    private FilterParser(
            JsonParser json,
            @Nullable Relation relation,
            Predicate<String> visible,
            FilterLimits limits,
            Predicate<String> lists) {
        this.json = json;
        this.relation = relation;
        this.visible = visible;
        this.limits = limits;
        this.lists = lists;
    }

    /**
     * Reads a filter.
     *
     * @param visible which of the relation's columns the client may know of, by name
     * @return in canonical form
     * @throws ChangecastException with {@link ErrorCode#BAD_FILTER}, or {@link ErrorCode#UNKNOWN_COLUMN} for a column that
     *     does not exist or is not visible
     */
    public static Filter parse(String json, Relation relation, Predicate<String> visible, FilterLimits limits) {
        int bytes = json.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > limits.bytes()) {
            throw new ChangecastException(
                    ErrorCode.BAD_FILTER, "the filter has " + bytes + " bytes, the limit is " + limits.bytes());
        }
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
            return CanonicalFilter.of(new FilterParser(parser, relation, visible, limits, text -> false).filter());
        } catch (JacksonException e) {
            throw new ChangecastException(
                    ErrorCode.BAD_FILTER,
                    "the filter is not well-formed JSON near character "
                            + e.getLocation().getCharOffset() + "; right would be {\"column\":value}",
                    e);
        }
    }

    /**
     * Reads a filter that an operator wrote, before it is known what relation it is for: every name is a column's, and
     * every scalar a value. It still has to be brought into the form of a relation: {@link FilterValues#fit}.
     *
     * @param lists which texts may stand in the place of a list, as one that holds the text alone
     * @return as it is written
     * @throws ChangecastException with {@link ErrorCode#BAD_FILTER}
     */
    public static Filter parseRule(String json, Predicate<String> lists) {
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
            return new FilterParser(parser, null, column -> true, FilterLimits.DEFAULT, lists).filter();
        } catch (JacksonException e) {
            throw new ChangecastException(
                    ErrorCode.BAD_FILTER, "the filter is not well-formed JSON; right would be {\"column\":value}", e);
        }
    }

    /**
     * A filter for one value of one column, given as text whatever the column's type: for rules that take a value from
     * elsewhere.
     *
     * @throws ChangecastException with {@link ErrorCode#BAD_FILTER} when the text is no value of the column, and {@link
     *     ErrorCode#UNKNOWN_COLUMN}
     */
    public static Filter equal(Relation relation, String column, String text) {
        int index = relation.indexOf(column);
        if (index < 0) {
            throw new ChangecastException(ErrorCode.UNKNOWN_COLUMN, "there is no column " + column);
        }
        Column found = relation.columns().get(index);
        String value = ConstantText.canonical(found, text);
        if (value == null) {
            throw new ChangecastException(
                    ErrorCode.BAD_FILTER,
                    column + " is " + found.type() + ", its value must be " + ConstantText.expected(found));
        }
        return new Filter.Compare(column, Comparison.EQUAL, value);
    }

    private Filter filter() {
        json.nextToken();
        requireObject("filter", "{\"column\":value}");
        Filter filter = conditions("filter", 1);
        if (json.nextToken() != null) {
            throw bad("filter", "something follows the object", "one object is right");
        }
        return filter;
    }

    /** The object that the parser stands at the beginning of: columns and groups. */
    private Filter conditions(String path, int depth) {
        if (depth > limits.depth()) {
            throw bad(path, "conditions stand " + depth + " deep", "the limit is " + limits.depth());
        }
        List<Filter> all = new ArrayList<>();
        Set<String> names = new HashSet<>();
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String name = name(path, names);
            String at = path + "." + shown(name);
            switch (name) {
                case "$and" -> all.add(new Filter.And(list(at, depth)));
                case "$or" -> all.add(new Filter.Or(list(at, depth)));
                case "$not" -> {
                    requireObject(at, "{\"column\":value}");
                    all.add(new Filter.Not(conditions(at, depth + 1)));
                }
                default -> all.add(column(at, columnNamed(name, path), depth));
            }
        }
        return new Filter.And(all);
    }

    private List<Filter> list(String path, int depth) {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            throw bad(path, "found " + found(), "a list of conditions is right, like [{\"column\":value},...]");
        }
        List<Filter> filters = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            String at = path + "[" + filters.size() + "]";
            requireObject(at, "{\"column\":value}");
            filters.add(conditions(at, depth + 1));
        }
        return filters;
    }

    private Filter column(String path, Column column, int depth) {
        return switch (json.currentToken()) {
            case START_OBJECT -> operators(path, column, depth);
            case START_ARRAY -> throw bad(path, "found a list", "for one of several values use {\"$in\":[...]}");
            default -> equal(path, column);
        };
    }

    /** The object that the parser stands at the beginning of: operators on one column. */
    private Filter operators(String path, Column column, int depth) {
        if (depth > limits.depth()) {
            throw bad(path, "conditions stand " + depth + " deep", "the limit is " + limits.depth());
        }
        List<Filter> all = new ArrayList<>();
        Set<String> names = new HashSet<>();
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String name = name(path, names);
            String at = path + "." + shown(name);
            all.add(
                    switch (name) {
                        case "$eq" -> equal(at, column);
                        case "$ne" -> new Filter.Not(equal(at, column));
                        case "$gt" -> order(at, column, Comparison.GREATER);
                        case "$gte" -> order(at, column, Comparison.GREATER_OR_EQUAL);
                        case "$lt" -> order(at, column, Comparison.LESS);
                        case "$lte" -> order(at, column, Comparison.LESS_OR_EQUAL);
                        case "$in" -> in(at, column);
                        case "$nin" -> new Filter.Not(in(at, column));
                        case "$null" -> isNull(at, column);
                        case "$not" -> {
                            requireObject(at, "{\"$gt\":value}");
                            yield new Filter.Not(operators(at, column, depth + 1));
                        }
                        default -> throw bad(path, "there is no operator " + quoted(name), operators(name, OPERATORS));
                    });
        }
        if (all.isEmpty()) {
            throw bad(path, "there is no operator in {}", operators("", OPERATORS));
        }
        return new Filter.And(all);
    }

    private Filter equal(String path, Column column) {
        count(path);
        return json.currentToken() == JsonToken.VALUE_NULL
                ? new Filter.IsNull(column.name())
                : new Filter.Compare(column.name(), Comparison.EQUAL, constant(path, column));
    }

    private Filter order(String path, Column column, Comparison comparison) {
        count(path);
        if (ConstantText.isComparable(column) && !ConstantText.isOrdered(column)) {
            throw bad(
                    path,
                    column.name() + " is " + column.type() + ", whose values have no order here",
                    "$eq, $ne, $in, $nin and $null are right");
        }
        return new Filter.Compare(column.name(), comparison, constant(path, column));
    }

    private Filter in(String path, Column column) {
        count(path);
        if (json.currentToken() == JsonToken.VALUE_STRING && lists.test(json.getString())) {
            return new Filter.In(column.name(), List.of(constant(path, column)));
        }
        if (json.currentToken() != JsonToken.START_ARRAY) {
            String right = "a list of values is right, like [1,2]";
            String claim = ", or in a route's rows a claim alone, like \"{claims.tenants}\"";
            throw bad(path, "found " + found(), relation == null ? right + claim : right);
        }
        List<String> values = new ArrayList<>();
        boolean orNull = false;
        for (int i = 0; json.nextToken() != JsonToken.END_ARRAY; i++) {
            if (i >= limits.values()) {
                throw bad(path, "the list has more than " + i + " values", "that is the limit");
            }
            if (json.currentToken() == JsonToken.VALUE_NULL) {
                orNull = true;
            } else {
                values.add(constant(path + "[" + i + "]", column));
            }
        }
        Filter in = new Filter.In(column.name(), values);
        return orNull ? new Filter.Or(List.of(in, new Filter.IsNull(column.name()))) : in;
    }

    private Filter isNull(String path, Column column) {
        count(path);
        Filter isNull = new Filter.IsNull(column.name());
        return switch (json.currentToken()) {
            case VALUE_TRUE -> isNull;
            case VALUE_FALSE -> new Filter.Not(isNull);
            default -> throw bad(path, "found " + found(), "true or false is right");
        };
    }

    private String constant(String path, Column column) {
        if (!ConstantText.isComparable(column)) {
            throw bad(
                    path,
                    column.name() + " is " + column.type() + ", whose values cannot be compared",
                    "only {\"$null\":true} and {\"$null\":false} are right");
        }
        if (json.currentToken() == JsonToken.VALUE_NULL) {
            throw bad(path, "nothing compares with null", "{\"$null\":true} is right to ask for it");
        }
        boolean fits = relation == null
                ? json.currentToken().isScalarValue()
                : switch (json.currentToken()) {
                    case VALUE_STRING -> column.valueType() != ValueType.BOOLEAN;
                    case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> isNumeric(column.valueType());
                    case VALUE_TRUE, VALUE_FALSE -> column.valueType() == ValueType.BOOLEAN;
                    default -> false;
                };
        String value = fits ? ConstantText.canonical(column, json.getString()) : null;
        if (value == null) {
            throw bad(
                    path,
                    column.name() + " is " + column.type() + " and does not take " + found(),
                    "a value must be " + ConstantText.expected(column));
        }
        return value;
    }

    private static boolean isNumeric(ValueType type) {
        return type == ValueType.INTEGER || type == ValueType.FLOAT || type == ValueType.DECIMAL;
    }

    private void count(String path) {
        if (++comparisons > limits.comparisons()) {
            throw bad(
                    path,
                    "the filter has more than " + limits.comparisons() + " comparisons",
                    "that is the limit; for many values of one column use $in");
        }
    }

    /** The name that the parser stands at; it goes on to the value. */
    private String name(String path, Set<String> before) {
        String name = json.currentName();
        if (!before.add(name)) {
            throw bad(path, quoted(name) + " stands twice", "once is right; $and takes several conditions");
        }
        json.nextToken();
        return name;
    }

    private Column columnNamed(String name, String path) {
        if (relation == null && !name.startsWith("$")) {
            return new Column(name, "text", ValueType.TEXT);
        }
        Relation relation = this.relation == null ? NO_COLUMNS : this.relation;
        int index = relation.indexOf(name);
        if (index >= 0 && visible.test(name)) {
            return relation.columns().get(index);
        }
        if (name.startsWith("$")) {
            String right = OPERATORS.contains(name)
                    ? "it stands inside a column, like {\"column\":{" + quoted(name) + ":value}}"
                    : operators(name, GROUPS);
            throw bad(path, quoted(name) + " cannot stand beside columns", right);
        }
        List<String> names =
                relation.columns().stream().map(Column::name).filter(visible).toList();
        String right = NearestName.of(name, names)
                .map(nearest -> "did you mean " + quoted(nearest) + "?")
                .orElseGet(
                        () -> "columns are " + names.stream().limit(NAMES_SHOWN).collect(Collectors.joining(", "))
                                + (names.size() > NAMES_SHOWN ? ", ..." : ""));
        throw new ChangecastException(
                ErrorCode.UNKNOWN_COLUMN, path + ": there is no column " + quoted(name) + "; " + right);
    }

    private void requireObject(String path, String like) {
        if (json.currentToken() != JsonToken.START_OBJECT) {
            throw bad(path, "found " + found(), "an object is right, like " + like);
        }
    }

    private static String operators(String typed, List<String> names) {
        return NearestName.of(typed, names)
                        .map(nearest -> "did you mean " + nearest + "? ")
                        .orElse("") + "operators are " + String.join(" ", names);
    }

    /** What the parser stands at, in words. */
    private String found() {
        JsonToken token = json.currentToken();
        if (token == null) {
            return "nothing";
        }
        return switch (token) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "a list";
            case VALUE_STRING -> quoted(json.getString());
            case VALUE_NULL -> "null";
            default -> shown(json.getString());
        };
    }

    private static String quoted(String text) {
        return "\"" + shown(text) + "\"";
    }

    /** Not more of what a client sent than helps, and nothing that upsets a terminal. */
    private static String shown(String text) {
        String printable = text.codePoints()
                .limit(41)
                .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE ? '?' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        return printable.codePointCount(0, printable.length()) > 40
                ? printable.substring(0, printable.offsetByCodePoints(0, 40)) + "..."
                : printable;
    }

    private static ChangecastException bad(String path, String wrong, String right) {
        return new ChangecastException(ErrorCode.BAD_FILTER, path + ": " + wrong + "; " + right);
    }
}
