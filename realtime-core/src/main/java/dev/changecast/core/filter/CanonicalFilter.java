package dev.changecast.core.filter;

import dev.changecast.api.filter.Filter;
import dev.changecast.api.filter.Filter.Comparison;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The form that filters of the same meaning share, as far as it is found without proof: opposites stand at comparisons
 * only, groups hold no group of their own kind, lists of one column are one list, everything is sorted and stands once,
 * and what is always or never true has gone. This is possible because a filter is never unknown. Its size is at most
 * that of the filter.
 *
 * <p>Values must be in their own canonical text, as {@link FilterParser} makes them.
 */
public final class CanonicalFilter {
    /** True for no row. */
    public static final Filter NONE = new Filter.Or(List.of());

    private CanonicalFilter() {}

    /** The canonical form of a filter. */
    public static Filter of(Filter filter) {
        return of(filter, true);
    }

    /**
     * @param holds false for the canonical form of the opposite
     */
    private static Filter of(Filter filter, boolean holds) {
        if (filter instanceof Filter.Not not) {
            return of(not.filter(), !holds);
        }
        if (filter instanceof Filter.And and) {
            return group(and.filters(), holds, holds);
        }
        if (filter instanceof Filter.Or or) {
            return group(or.filters(), !holds, holds);
        }
        if (filter instanceof Filter.In in) {
            return list(in.column(), in.values(), holds);
        }
        return holds ? filter : new Filter.Not(filter);
    }

    /**
     * @param all whether all must hold, or one
     * @param holds false when it is the opposites that must
     */
    private static Filter group(List<Filter> filters, boolean all, boolean holds) {
        Filter without = all ? Filter.ALL : NONE;
        Filter decides = all ? NONE : Filter.ALL;
        Group group = new Group(all);
        for (Filter filter : filters) {
            group.add(of(filter, holds));
        }
        List<Filter> members = group.members();
        if (members.contains(decides)) {
            return decides;
        }
        return members.isEmpty()
                ? without
                : members.size() == 1 ? members.get(0) : all ? new Filter.And(members) : new Filter.Or(members);
    }

    private static Filter list(String column, Collection<String> values, boolean holds) {
        List<String> sorted = List.copyOf(new TreeSet<>(values));
        if (sorted.isEmpty()) {
            return holds ? NONE : Filter.ALL;
        }
        Filter list = sorted.size() == 1
                ? new Filter.Compare(column, Comparison.EQUAL, sorted.get(0))
                : new Filter.In(column, sorted);
        return holds ? list : new Filter.Not(list);
    }

    /** Collects the members of one group, in canonical form each. */
    private static final class Group {
        private final boolean all;
        private final TreeMap<String, Filter> others = new TreeMap<>();
        private final Map<String, SortedSet<String>> lists = new TreeMap<>();
        private final Map<String, SortedSet<String>> notLists = new TreeMap<>();

        Group(boolean all) {
            this.all = all;
        }

        void add(Filter filter) {
            List<Filter> nested = all && filter instanceof Filter.And and
                    ? and.filters()
                    : !all && filter instanceof Filter.Or or ? or.filters() : null;
            if (nested != null) {
                nested.forEach(this::add);
                return;
            }
            boolean holds = !(filter instanceof Filter.Not);
            Filter comparison = filter instanceof Filter.Not not ? not.filter() : filter;
            String column = columnOfList(comparison);
            if (column == null) {
                others.put(FilterText.write(filter), filter);
                return;
            }
            // A value must be in all lists for all to hold, in one of them for one; for what must not hold the other
            // way.
            SortedSet<String> values = new TreeSet<>(valuesOfList(comparison));
            (holds ? lists : notLists).merge(column, values, (one, other) -> {
                if (holds == all) {
                    one.retainAll(other);
                } else {
                    one.addAll(other);
                }
                return one;
            });
        }

        List<Filter> members() {
            lists.forEach((column, values) -> addMember(list(column, values, true)));
            notLists.forEach((column, values) -> addMember(list(column, values, false)));
            return new ArrayList<>(others.values());
        }

        private void addMember(Filter filter) {
            others.put(FilterText.write(filter), filter);
        }

        private static @Nullable String columnOfList(Filter filter) {
            if (filter instanceof Filter.In in) {
                return in.column();
            }
            return filter instanceof Filter.Compare compare && compare.comparison() == Comparison.EQUAL
                    ? compare.column()
                    : null;
        }

        private static List<String> valuesOfList(Filter filter) {
            return filter instanceof Filter.In in
                    ? in.values()
                    : filter instanceof Filter.Compare compare ? List.of(compare.value()) : List.of();
        }
    }
}
