package dev.changecast.core.filter;

import dev.changecast.api.source.Column;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.ValueType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where an index keeps a condition: every row that matches it is at one of these places.
 *
 * @param places where
 * @param exact whether every row at one of the places matches, so that nothing is left to ask
 */
record AccessPath(List<Place> places, boolean exact) {
    private static final byte[] NO_KEY = {};

    /**
     * Certain values of one column.
     *
     * @param key what they are, or lie on one side of, itself included; empty for null
     */
    record Place(int column, Side side, byte[] key) {}

    /** How values lie to a key. */
    enum Side {
        EQUAL,
        ABOVE,
        BELOW,
        NULL
    }

    /** The way that the fewest rows take; null when a row that matches need not be at any certain place. */
    static @Nullable AccessPath of(Condition condition, Relation relation) {
        if (condition instanceof Condition.In in) {
            List<Place> places = new ArrayList<>(in.constants().length);
            for (byte[] constant : in.constants()) {
                places.add(new Place(in.column(), Side.EQUAL, constant));
            }
            return new AccessPath(places, true);
        }
        if (condition instanceof Condition.IsNull isNull) {
            return new AccessPath(List.of(new Place(isNull.column(), Side.NULL, NO_KEY)), true);
        }
        if (condition instanceof Condition.Range range) {
            Side side = switch (range.comparison()) {
                case EQUAL -> Side.EQUAL;
                case GREATER, GREATER_OR_EQUAL -> Side.ABOVE;
                case LESS, LESS_OR_EQUAL -> Side.BELOW;
            };
            return new AccessPath(List.of(new Place(range.column(), side, range.constant())), false);
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

    /** A guess at the share of rows that are at one of the places. */
    private long cost(Relation relation) {
        return places.stream().mapToLong(place -> cost(place, relation)).sum();
    }

    private static long cost(Place place, Relation relation) {
        if (place.side() == Side.ABOVE || place.side() == Side.BELOW) {
            return 50_000;
        }
        Column column = relation.columns().get(place.column());
        if (place.side() == Side.NULL || column.valueType() == ValueType.BOOLEAN) {
            return 10_000;
        }
        if (column.valueType() == ValueType.ENUM) {
            return 1_000;
        }
        return !relation.isKey(place.column()) ? 10 : relation.key().size() == 1 ? 1 : 5;
    }
}
