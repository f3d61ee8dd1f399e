package dev.changecast.core.filter;

import dev.changecast.api.source.Column;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.ValueType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where an index keeps a condition: a row that matches it has one of these values.
 *
 * @param places the values
 * @param exact whether every row with one of the values matches, so that nothing is left to ask
 */
record AccessPath(List<Place> places, boolean exact) {
    /**
     * One value of one column.
     *
     * @param key null for the value null
     */
    record Place(int column, byte @Nullable [] key) {}

    /** The way that the fewest rows take; null when a row that matches need not have any certain value. */
    static @Nullable AccessPath of(Condition condition, Relation relation) {
        if (condition instanceof Condition.In in) {
            List<Place> places = new ArrayList<>(in.constants().length);
            for (byte[] constant : in.constants()) {
                places.add(new Place(in.column(), constant));
            }
            return new AccessPath(places, true);
        }
        if (condition instanceof Condition.IsNull isNull) {
            return new AccessPath(List.of(new Place(isNull.column(), null)), true);
        }
        if (condition instanceof Condition.Group group) {
            return group.all() ? best(group, relation) : union(group, relation);
        }
        return null;
    }

    private static @Nullable AccessPath best(Condition.Group group, Relation relation) {
        AccessPath best = null;
        for (Condition member : group.members()) {
            AccessPath path = of(member, relation);
            if (path != null && (best == null || path.cost(relation) < best.cost(relation))) {
                best = path;
            }
        }
        return best == null ? null : new AccessPath(best.places(), best.exact() && group.members().length == 1);
    }

    private static @Nullable AccessPath union(Condition.Group group, Relation relation) {
        List<Place> places = new ArrayList<>();
        boolean exact = true;
        for (Condition member : group.members()) {
            AccessPath path = of(member, relation);
            if (path == null) {
                return null;
            }
            places.addAll(path.places());
            exact &= path.exact();
        }
        return new AccessPath(places, exact);
    }

    /** A guess at the share of rows that have one of the values. */
    private long cost(Relation relation) {
        long cost = 0;
        for (Place place : places) {
            Column column = relation.columns().get(place.column());
            if (place.key() == null || column.valueType() == ValueType.BOOLEAN) {
                cost += 10_000;
            } else if (column.valueType() == ValueType.ENUM) {
                cost += 1_000;
            } else if (relation.isKey(place.column())) {
                cost += relation.key().size() == 1 ? 1 : 5;
            } else {
                cost += 10;
            }
        }
        return cost;
    }
}
