package dev.changecast.core.filter;

import dev.changecast.api.filter.Filter;
import dev.changecast.api.source.OldRow;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import java.util.LinkedHashSet;
import java.util.Set;

/** One filter, ready to be asked about the rows of one relation, by any thread. */
public final class RowPredicate {
    private static final ThreadLocal<RowKeys> KEYS = ThreadLocal.withInitial(RowKeys::new);

    private final Condition condition;
    private final KeyEncoder[] encoders;

    private RowPredicate(Condition condition, KeyEncoder[] encoders) {
        this.condition = condition;
        this.encoders = encoders;
    }

    /**
     * Makes a filter ready.
     *
     * @throws dev.changecast.api.ChangecastException when it does not fit the relation, which may have changed since the
     *     filter was read
     */
    public static RowPredicate compile(Filter filter, Relation relation) {
        return new RowPredicate(new ConditionCompiler(relation).compile(filter), RowKeys.encoders(relation));
    }

    /** Whether a row of the relation matches; undecided when that hangs on a value the row does not hold. */
    public Decision decide(Row row) {
        RowKeys keys = KEYS.get();
        keys.take(row, encoders);
        try {
            return condition.decide(keys);
        } finally {
            keys.release();
        }
    }

    /** Whether a row of the relation certainly matches. */
    public boolean test(Row row) {
        return decide(row) == Decision.MATCH;
    }

    /** The columns that a filter looks at. */
    public static Set<String> columns(Filter filter) {
        Set<String> columns = new LinkedHashSet<>();
        collect(filter, columns);
        return columns;
    }

    /**
     * Whether the filter cannot be decided for the row before an update or a delete, going by what the relation's
     * changes tell of it.
     */
    public static boolean needsOldRow(Filter filter, Relation relation) {
        return relation.oldRow() != OldRow.FULL
                && columns(filter).stream()
                        .anyMatch(column ->
                                relation.oldRow() == OldRow.NONE || !relation.isKey(relation.indexOf(column)));
    }

    private static void collect(Filter filter, Set<String> columns) {
        if (filter instanceof Filter.And and) {
            and.filters().forEach(each -> collect(each, columns));
        } else if (filter instanceof Filter.Or or) {
            or.filters().forEach(each -> collect(each, columns));
        } else if (filter instanceof Filter.Not not) {
            collect(not.filter(), columns);
        } else if (filter instanceof Filter.Compare compare) {
            columns.add(compare.column());
        } else if (filter instanceof Filter.In in) {
            columns.add(in.column());
        } else if (filter instanceof Filter.IsNull isNull) {
            columns.add(isNull.column());
        }
    }
}
