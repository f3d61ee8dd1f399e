package dev.changecast.core.statistics;

import dev.changecast.api.source.ResetReason;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;

/** Counts resets by their reason. Any thread. */
public final class Resets {
    private final AtomicLongArray counts = new AtomicLongArray(ResetReason.values().length);

    public void add(ResetReason reason) {
        counts.getAndIncrement(reason.ordinal());
    }

    /** For every reason, those too of which there were none. */
    public Map<ResetReason, Long> present() {
        Map<ResetReason, Long> present = new EnumMap<>(ResetReason.class);
        for (ResetReason reason : ResetReason.values()) {
            present.put(reason, counts.get(reason.ordinal()));
        }
        return present;
    }
}
