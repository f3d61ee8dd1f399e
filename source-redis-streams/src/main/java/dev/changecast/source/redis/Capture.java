package dev.changecast.source.redis;

import dev.changecast.api.source.ChangeSink;
import dev.changecast.api.source.StartPoint;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One run, on one connection. */
interface Capture {
    /** Captures until the source is closed; throws when the connection or the history is lost. */
    void run(@Nullable StartPoint start, ChangeSink sink) throws InterruptedException;

    /** What was read last of each stream, where the run itself knows it. Any thread. */
    default Map<String, EntryId> read() {
        return Map.of();
    }
}
