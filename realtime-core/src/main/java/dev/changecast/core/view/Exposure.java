package dev.changecast.core.view;

import dev.changecast.api.source.Operation;
import dev.changecast.core.Route;
import java.util.Map;
import java.util.Set;

/**
 * What all matching routes together say of one relation.
 *
 * @param collection its name for clients
 * @param events the {@code type} of the messages, for every operation
 * @param readers who may see it
 * @param hide columns that nobody sees
 * @param old whether updates carry the row as it was
 * @param conflateNanos in what time a session gets each row at most once; 0 when it gets every change
 */
public record Exposure(
        String collection,
        Map<Operation, String> events,
        Route.Readers readers,
        Set<String> hide,
        boolean old,
        long conflateNanos) {}
