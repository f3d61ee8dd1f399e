package dev.changecast.core.view;

import dev.changecast.api.source.Operation;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a relation is shown to those who may see it.
 *
 * @param collection its name for clients
 * @param events the {@code type} of the messages, for every operation
 * @param columns which columns there are
 * @param old whether updates carry the row as it was
 * @param conflateNanos in what time a session gets each row at most once; 0 when it gets every change
 * @param route what the most specific of its routes is from; null when it has none
 */
public record Exposure(
        String collection,
        Map<Operation, String> events,
        ColumnRule columns,
        boolean old,
        long conflateNanos,
        @Nullable String route) {
    /** The same with other columns. */
    Exposure with(ColumnRule columns) {
        return new Exposure(collection, events, columns, old, conflateNanos, route);
    }
}
