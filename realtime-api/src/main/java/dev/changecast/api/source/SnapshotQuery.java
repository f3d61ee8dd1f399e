package dev.changecast.api.source;

import dev.changecast.api.filter.Filter;
import java.util.List;

/**
 * Which rows a snapshot reads.
 *
 * @param relation the relation, in the shape the engine knows; the snapshot may find a newer one
 * @param filter which rows; in the meaning of {@link Filter}
 * @param orderBy in which order; empty for any
 * @param limit how many rows at most, 0 for all
 */
public record SnapshotQuery(Relation relation, Filter filter, List<Order> orderBy, int limit) {
    public SnapshotQuery {
        orderBy = List.copyOf(orderBy);
    }

    /** One column to order by. */
    public record Order(String column, boolean descending) {}
}
