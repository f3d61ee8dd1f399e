package dev.changecast.testing;

import dev.changecast.api.filter.Filter;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.api.source.Snapshot;
import dev.changecast.api.source.SnapshotQuery;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The rows that the transactions which were visible when it was opened have left. */
final class InMemorySnapshot implements Snapshot {
    private final Relation relation;
    private final Set<String> contained = new HashSet<>();
    private final Iterator<List<@Nullable Object>> rows;

    InMemorySnapshot(SnapshotQuery query, List<InMemoryItem.Committed> seen) {
        this.relation = query.relation();
        InMemoryTables tables = new InMemoryTables();
        for (InMemoryItem.Committed committed : seen) {
            contained.add(committed.tx());
            committed.changes().forEach(tables::apply);
        }
        long most = query.limit() == 0 ? Long.MAX_VALUE : query.limit();
        this.rows = tables.rows(relation).stream()
                .filter(row -> matches(query.filter(), row))
                .sorted((a, b) -> order(query.orderBy(), a, b))
                .limit(most)
                .iterator();
    }

    private int order(List<SnapshotQuery.Order> orders, List<@Nullable Object> a, List<@Nullable Object> b) {
        for (SnapshotQuery.Order order : orders) {
            int index = relation.indexOf(order.column());
            int by = compare(a.get(index), b.get(index));
            if (by != 0) {
                return order.descending() ? -by : by;
            }
        }
        return 0;
    }

    private static int compare(@Nullable Object a, @Nullable Object b) {
        if (a == null || b == null) {
            return a == b ? 0 : a == null ? 1 : -1;
        }
        return a instanceof Number x && b instanceof Number y
                ? Long.compare(x.longValue(), y.longValue())
                : a.toString().compareTo(b.toString());
    }

    private boolean matches(Filter filter, List<@Nullable Object> row) {
        if (filter instanceof Filter.And and) {
            return and.filters().stream().allMatch(each -> matches(each, row));
        } else if (filter instanceof Filter.Or or) {
            return or.filters().stream().anyMatch(each -> matches(each, row));
        } else if (filter instanceof Filter.Not not) {
            return !matches(not.filter(), row);
        } else if (filter instanceof Filter.IsNull isNull) {
            return row.get(relation.indexOf(isNull.column())) == null;
        } else if (filter instanceof Filter.In in) {
            Object value = row.get(relation.indexOf(in.column()));
            return value != null && in.values().contains(value.toString());
        } else {
            Filter.Compare compare = (Filter.Compare) filter;
            Object value = row.get(relation.indexOf(compare.column()));
            if (value == null) {
                return false;
            }
            int order = value instanceof Number number
                    ? Long.compare(number.longValue(), Long.parseLong(compare.value()))
                    : value.toString().compareTo(compare.value());
            return switch (compare.comparison()) {
                case EQUAL -> order == 0;
                case GREATER -> order > 0;
                case GREATER_OR_EQUAL -> order >= 0;
                case LESS -> order < 0;
                case LESS_OR_EQUAL -> order <= 0;
            };
        }
    }

    @Override
    public Relation relation() {
        return relation;
    }

    @Override
    public @Nullable Row next() {
        return rows.hasNext() ? Row.of(rows.next().toArray()) : null;
    }

    @Override
    public boolean contains(@Nullable String tx, Position position) {
        return tx != null && contained.contains(tx);
    }

    @Override
    public void close() {}
}
