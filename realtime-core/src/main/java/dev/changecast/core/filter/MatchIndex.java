package dev.changecast.core.filter;

import dev.changecast.api.filter.Filter;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import dev.changecast.core.filter.AccessPath.Place;
import dev.changecast.core.filter.Postings.IndexedFilter;
import dev.changecast.core.filter.Postings.Posting;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Finds, of many filters on one relation, those that a row matches. Filters that ask for certain values of a column (by
 * equality, a list or null, alone, as part of an {@code and}, or in every branch of an {@code or}) are found by hash, those
 * with a bound in the order of the bounds, so that a row costs what it matches, however many there are. Of an {@code and}
 * one part leads to the filter, and the others are asked then; all other filters are asked one by one. Used by one thread.
 *
 * @param <V> what the filters belong to; told apart by {@code equals}
 */
public final class MatchIndex<V> {
    private final Relation relation;
    private final ConditionCompiler compiler;
    private final KeyEncoder[] encoders;
    private final RowKeys keys = new RowKeys();
    private final Map<V, List<Kept<V>>> places = new HashMap<>();
    private final List<@Nullable ColumnIndex<V>> columns = new ArrayList<>();
    private final Postings<V> unindexed = new Postings<>();
    private long round;
    private boolean matching;

    public MatchIndex(Relation relation) {
        this.relation = relation;
        this.compiler = new ConditionCompiler(relation);
        this.encoders = RowKeys.encoders(relation);
        relation.columns().forEach(column -> columns.add(null));
    }

    /** How many filters there are. */
    public int size() {
        return places.size();
    }

    /**
     * Adds a filter; it takes the place of the one this value had.
     *
     * @throws dev.changecast.api.ChangecastException when the filter does not fit the relation; then nothing has changed
     */
    public void add(V value, Filter filter) {
        Condition condition = compiler.compile(CanonicalFilter.of(filter));
        remove(value);
        AccessPath path = AccessPath.of(condition, relation);
        IndexedFilter<V> indexed = new IndexedFilter<>(value, path != null && path.exact() ? null : condition);
        List<Kept<V>> kept = new ArrayList<>(1);
        if (path == null) {
            kept.add(new Kept<>(null, unindexed.add(indexed)));
        } else {
            for (Place place : path.places()) {
                ColumnIndex<V> column = columns.get(place.column());
                if (column == null) {
                    column = new ColumnIndex<>();
                    columns.set(place.column(), column);
                }
                kept.add(new Kept<>(place, column.add(place, indexed)));
            }
        }
        places.put(value, kept);
    }

    /** Forgets a value and its filter; nothing happens when there is none. */
    public void remove(V value) {
        if (matching) {
            throw new IllegalStateException("an index cannot be changed while it tells what matches");
        }
        List<Kept<V>> kept = places.remove(value);
        if (kept == null) {
            return;
        }
        for (Kept<V> each : kept) {
            Place place = each.place();
            ColumnIndex<V> column = place == null ? null : columns.get(place.column());
            if (place == null || column == null) {
                unindexed.remove(each.posting());
                continue;
            }
            column.remove(place, each.posting());
            if (column.isEmpty()) {
                columns.set(place.column(), null);
            }
        }
    }

    /**
     * Tells what belongs to the filters that certainly match, each once, in no particular order. What hangs on a value
     * that the row does not hold is not told; {@link RowPredicate#decide} tells that apart.
     *
     * @param found must not change this index
     */
    public void matching(Row row, Consumer<? super V> found) {
        keys.take(row, encoders);
        round++;
        matching = true;
        try {
            for (int i = 0; i < encoders.length; i++) {
                ColumnIndex<V> column = columns.get(i);
                if (column != null) {
                    column.matching(i, keys, round, found);
                }
            }
            unindexed.matching(keys, round, found);
        } finally {
            matching = false;
            keys.release();
        }
    }

    /** Where a filter is kept; {@code place} is null among those that are asked one by one. */
    private record Kept<V>(@Nullable Place place, Posting<V> posting) {}
}
