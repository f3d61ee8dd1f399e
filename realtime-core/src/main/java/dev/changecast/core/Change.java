package dev.changecast.core;

import dev.changecast.api.source.Operation;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.Relation;
import dev.changecast.api.source.Row;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A committed change, as an embedder's listener gets it. The rows may be kept.
 *
 * @param source the source's name
 * @param relation the shape of the rows
 * @param tx the transaction's name at the source; null where it has none
 * @param after the row as it is now; null for a delete and a truncate
 * @param before what is known of the row as it was; null when nothing is
 * @param last whether its transaction has no further change
 */
public record Change(
        String source,
        Relation relation,
        Operation operation,
        Position position,
        @Nullable String tx,
        Instant committedAt,
        @Nullable Row after,
        @Nullable Row before,
        boolean last) {}
