package dev.changecast.core.filter;

import dev.changecast.core.filter.AccessPath.Place;
import dev.changecast.core.filter.Postings.IndexedFilter;
import dev.changecast.core.filter.Postings.Posting;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The filters of an index that ask for certain values of one column. */
final class ColumnIndex<V> {
    private static final Comparator<byte[]> BY_BYTES = Arrays::compareUnsigned;

    private final KeyMap<Postings<V>> equal = new KeyMap<>();
    /** Lower bounds, the lowest first: those that a value is above come before all others. */
    private final TreeMap<byte[], Postings<V>> above = new TreeMap<>(BY_BYTES);
    /** Upper bounds, the highest first. */
    private final TreeMap<byte[], Postings<V>> below = new TreeMap<>(BY_BYTES.reversed());

    private final Postings<V> nulls = new Postings<>();

    Posting<V> add(Place place, IndexedFilter<V> filter) {
        Postings<V> postings = at(place);
        if (postings == null) {
            postings = new Postings<>();
            switch (place.side()) {
                case EQUAL -> equal.put(place.key(), postings);
                case ABOVE -> above.put(place.key(), postings);
                case BELOW -> below.put(place.key(), postings);
                case NULL -> throw new IllegalStateException("there is always a place for null");
            }
        }
        return postings.add(filter);
    }

    void remove(Place place, Posting<V> posting) {
        Postings<V> postings = at(place);
        if (postings == null) {
            throw new IllegalStateException("what is removed was not added");
        }
        postings.remove(posting);
        if (postings.isEmpty()) {
            switch (place.side()) {
                case EQUAL -> equal.remove(place.key());
                case ABOVE -> above.remove(place.key());
                case BELOW -> below.remove(place.key());
                case NULL -> {}
            }
        }
    }

    boolean isEmpty() {
        return equal.size() == 0 && above.isEmpty() && below.isEmpty() && nulls.isEmpty();
    }

    void matching(int column, RowKeys row, long round, Consumer<? super V> found) {
        RowKeys.State state = row.state(column);
        if (state == RowKeys.State.NULL) {
            nulls.matching(row, round, found);
        }
        if (state != RowKeys.State.KEY) {
            return;
        }
        Postings<V> same = row.find(column, equal);
        if (same != null) {
            same.matching(row, round, found);
        }
        if (!above.isEmpty()) {
            for (Map.Entry<byte[], Postings<V>> bound : above.entrySet()) {
                if (row.compare(column, bound.getKey()) < 0) {
                    break;
                }
                bound.getValue().matching(row, round, found);
            }
        }
        if (!below.isEmpty()) {
            for (Map.Entry<byte[], Postings<V>> bound : below.entrySet()) {
                if (row.compare(column, bound.getKey()) > 0) {
                    break;
                }
                bound.getValue().matching(row, round, found);
            }
        }
    }

    private @Nullable Postings<V> at(Place place) {
        return switch (place.side()) {
            case EQUAL -> equal.get(place.key());
            case ABOVE -> above.get(place.key());
            case BELOW -> below.get(place.key());
            case NULL -> nulls;
        };
    }
}
