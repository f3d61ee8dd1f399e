package dev.changecast.source.redis;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What {@code XREADGROUP} answers: streams with their entries. */
final class StreamReply {
    private StreamReply() {}

    static List<StreamEntry> entries(@Nullable Object reply, String stream) {
        if (reply instanceof List<?> streams) {
            for (Object element : streams) {
                List<?> parts = (List<?>) element;
                if (RedisConnection.text(parts.get(0)).equals(stream)) {
                    return StreamEntry.listOf(parts.get(1));
                }
            }
        }
        return List.of();
    }
}
