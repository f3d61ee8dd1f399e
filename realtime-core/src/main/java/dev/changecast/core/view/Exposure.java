package dev.changecast.core.view;

import dev.changecast.api.source.Operation;
import java.util.Map;

/**
 * How a relation is shown to those who may see it.
 *
 * @param collection its name for clients
 * @param events the {@code type} of the messages, for every operation
 * @param columns which columns there are
 * @param old whether updates carry the row as it was
 */
public record Exposure(String collection, Map<Operation, String> events, ColumnRule columns, boolean old) {
    /** The same with other columns. */
    Exposure with(ColumnRule columns) {
        return new Exposure(collection, events, columns, old);
    }
}
