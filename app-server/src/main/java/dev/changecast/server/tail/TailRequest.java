package dev.changecast.server.tail;

import java.net.URI;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What to print.
 *
 * @param filter for all collections; null for all rows
 * @param since where to begin, by source; empty for now
 */
public record TailRequest(
        URI url, List<String> collections, @Nullable ObjectNode filter, Map<String, String> since) {
    public TailRequest {
        collections = List.copyOf(collections);
        since = Map.copyOf(since);
    }
}
