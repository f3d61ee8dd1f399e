package dev.changecast.source.postgres;

import dev.changecast.api.source.Position;
import dev.changecast.api.source.Snapshot;
import org.jspecify.annotations.Nullable;

/** What of the stream the rows of a snapshot hold. Used by any thread. */
interface SnapshotContents {
    /** As {@link Snapshot#contains}. */
    boolean contains(@Nullable String tx, Position position);

    /** As {@link Snapshot#mayLackEarlier}. */
    boolean mayLackEarlier();
}
