package dev.changecast.source.redis;

import java.util.List;

/** How many entries to ask for, so that an answer stays near 8 MiB however large they are. */
final class BatchSize {
    private static final long ANSWER_BYTES = 8L << 20;

    private final int most;
    private long entryBytes = 1;

    BatchSize(int most) {
        this.most = most;
    }

    int count() {
        return (int) Math.max(1, Math.min(most, ANSWER_BYTES / entryBytes));
    }

    void saw(List<StreamEntry> entries) {
        if (!entries.isEmpty()) {
            long bytes = entries.stream().mapToLong(StreamEntry::bytes).sum();
            entryBytes = Math.max(1, bytes / entries.size());
        }
    }
}
