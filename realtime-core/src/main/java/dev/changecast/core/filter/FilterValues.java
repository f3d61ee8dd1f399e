package dev.changecast.core.filter;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.filter.Filter;
import dev.changecast.api.filter.Filter.Comparison;
import dev.changecast.api.source.Column;
import dev.changecast.api.source.Relation;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Puts other values into a filter, for rules that take theirs from elsewhere. A comparison whose value is missing holds for
 * no row, and neither does its opposite: who lacks a claim must not see more than who has one.
 */
public final class FilterValues {
    /** Gives the value that takes the place of one in a filter; null when there is none. */
    @FunctionalInterface
    public interface Replacement {
        @Nullable
        String of(String column, String value);

        /** The values that take the place of one in a list; none when it is missing. */
        default List<String> all(String column, String value) {
            String one = of(column, value);
            return one == null ? List.of() : List.of(one);
        }
    }

    private final Replacement replacement;

    private FilterValues(Replacement replacement) {
        this.replacement = replacement;
    }

    /** The filter with other values. */
    public static Filter replace(Filter filter, Replacement replacement) {
        return new FilterValues(replacement).of(filter, true);
    }

    /**
     * The filter in canonical form for a relation. A value that the column's type does not take is missing.
     *
     * @throws ChangecastException when the relation lacks a column, or its values do not compare so
     */
    public static Filter fit(Filter filter, Relation relation) {
        check(filter, relation);
        return CanonicalFilter.of(
                replace(filter, (column, value) -> ConstantText.canonical(columnOf(relation, column), value)));
    }

    /** @param holds false below an odd number of opposites */
    private Filter of(Filter filter, boolean holds) {
        if (filter instanceof Filter.Not not) {
            return new Filter.Not(of(not.filter(), !holds));
        }
        if (filter instanceof Filter.And and) {
            return new Filter.And(all(and.filters(), holds));
        }
        if (filter instanceof Filter.Or or) {
            return new Filter.Or(all(or.filters(), holds));
        }
        if (filter instanceof Filter.Compare compare) {
            String value = replacement.of(compare.column(), compare.value());
            return value == null ? nothing(holds) : new Filter.Compare(compare.column(), compare.comparison(), value);
        }
        if (filter instanceof Filter.In in) {
            List<String> values = new ArrayList<>(in.values().size());
            for (String value : in.values()) {
                List<String> replaced = replacement.all(in.column(), value);
                if (replaced.isEmpty() && !holds) {
                    return nothing(false);
                }
                values.addAll(replaced);
            }
            return new Filter.In(in.column(), values);
        }
        return filter;
    }

    private List<Filter> all(List<Filter> filters, boolean holds) {
        return filters.stream().map(each -> of(each, holds)).toList();
    }

    /** What makes the whole hold for no row: below an opposite that is what holds for every row. */
    private static Filter nothing(boolean holds) {
        return holds ? CanonicalFilter.NONE : Filter.ALL;
    }

    private static void check(Filter filter, Relation relation) {
        if (filter instanceof Filter.And and) {
            and.filters().forEach(each -> check(each, relation));
        } else if (filter instanceof Filter.Or or) {
            or.filters().forEach(each -> check(each, relation));
        } else if (filter instanceof Filter.Not not) {
            check(not.filter(), relation);
        } else if (filter instanceof Filter.Compare compare) {
            Column column = columnOf(relation, compare.column());
            boolean order = compare.comparison() != Comparison.EQUAL;
            if (order ? !ConstantText.isOrdered(column) : !ConstantText.isComparable(column)) {
                throw wrong(
                        ErrorCode.BAD_FILTER,
                        column.name() + " is " + column.type() + ", whose values "
                                + (order ? "have no order here" : "cannot be compared"));
            }
        } else if (filter instanceof Filter.In in) {
            Column column = columnOf(relation, in.column());
            if (!ConstantText.isComparable(column)) {
                throw wrong(
                        ErrorCode.BAD_FILTER,
                        column.name() + " is " + column.type() + ", whose values cannot be compared");
            }
        } else if (filter instanceof Filter.IsNull isNull) {
            columnOf(relation, isNull.column());
        }
    }

    private static Column columnOf(Relation relation, String name) {
        int index = relation.indexOf(name);
        if (index < 0) {
            throw wrong(ErrorCode.UNKNOWN_COLUMN, relation.qualifiedName() + " has no column '" + name + "'");
        }
        return relation.columns().get(index);
    }

    private static ChangecastException wrong(ErrorCode code, String why) {
        return new ChangecastException(code, why);
    }
}
