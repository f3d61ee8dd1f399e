package dev.changecast.core.filter;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.filter.Filter;
import dev.changecast.api.filter.Filter.Comparison;
import dev.changecast.api.source.Column;
import dev.changecast.api.source.Relation;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Makes a filter ready for the rows of one relation. */
final class ConditionCompiler {
    private final Relation relation;

    ConditionCompiler(Relation relation) {
        this.relation = relation;
    }

    Condition compile(Filter filter) {
        if (filter instanceof Filter.And and) {
            return group(true, and.filters());
        }
        if (filter instanceof Filter.Or or) {
            return group(false, or.filters());
        }
        if (filter instanceof Filter.Not not) {
            return new Condition.Not(compile(not.filter()));
        }
        if (filter instanceof Filter.In in) {
            int column = column(in.column());
            return Condition.In.of(
                    column,
                    in.values().stream().map(value -> key(column, value)).toArray(byte[][]::new));
        }
        if (filter instanceof Filter.IsNull isNull) {
            return new Condition.IsNull(column(isNull.column()));
        }
        Filter.Compare compare = (Filter.Compare) filter;
        int column = column(compare.column());
        if (compare.comparison() == Comparison.EQUAL) {
            return Condition.In.of(column, key(column, compare.value()));
        }
        if (!ConstantText.isOrdered(relation.columns().get(column))) {
            throw new ChangecastException(
                    ErrorCode.BAD_FILTER,
                    compare.column() + " is " + relation.columns().get(column).type() + ", whose values have no order");
        }
        return new Condition.Range(column, compare.comparison(), key(column, compare.value()));
    }

    private Condition.Group group(boolean all, List<Filter> filters) {
        return new Condition.Group(all, filters.stream().map(this::compile).toArray(Condition[]::new));
    }

    private int column(String name) {
        int column = relation.indexOf(name);
        if (column < 0) {
            throw new ChangecastException(
                    ErrorCode.UNKNOWN_COLUMN, "the filter asks for the column " + name + ", which is not there");
        }
        return column;
    }

    private byte[] key(int index, String value) {
        Column column = relation.columns().get(index);
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        KeyBuffer key = new KeyBuffer(bytes.length + 8);
        if (!ConstantText.isComparable(column) || !KeyEncoder.of(column).encode(bytes, 0, bytes.length, key)) {
            throw new ChangecastException(
                    ErrorCode.BAD_FILTER,
                    column.name() + " is " + column.type() + ", its value must be " + ConstantText.expected(column));
        }
        return key.copy();
    }
}
