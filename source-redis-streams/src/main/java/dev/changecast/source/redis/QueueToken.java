package dev.changecast.source.redis;

import dev.changecast.api.source.Position;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a log says of the entries in it, so that one that Redis hands out again is not given again. Of what came to this
 * consumer first, in the order of the stream, the last id is enough; of what it claimed from others, each id.
 */
final class QueueToken {
    private final Map<String, EntryId> lasts = new TreeMap<>();
    private final Map<String, Set<EntryId>> claimed = new TreeMap<>();

    QueueToken() {}

    static QueueToken parse(@Nullable String text) {
        QueueToken token = new QueueToken();
        for (String line : text == null || text.isEmpty() ? new String[0] : text.split("\n")) {
            String[] parts = line.split(" ");
            EntryId id = EntryId.of(Position.parse(parts[2]));
            if (parts[0].equals("c")) {
                token.addClaimed(parts[1], id);
            } else {
                token.lasts.put(parts[1], id);
            }
        }
        return token;
    }

    /** The last entry of a stream that came to this consumer first and is in the log; null when none is. */
    @Nullable
    EntryId last(String stream) {
        return lasts.get(stream);
    }

    void setLast(String stream, EntryId id) {
        lasts.put(stream, id);
    }

    void forget(String stream) {
        lasts.remove(stream);
        claimed.remove(stream);
    }

    /** Whether an entry that was claimed is in the log. */
    boolean hasClaimed(String stream, EntryId id) {
        return claimed.getOrDefault(stream, Set.of()).contains(id);
    }

    boolean hasClaimed() {
        return !claimed.isEmpty();
    }

    void addClaimed(String stream, EntryId id) {
        claimed.computeIfAbsent(stream, name -> new LinkedHashSet<>()).add(id);
    }

    /** It was confirmed to Redis, which will not hand it out again. */
    void confirmed(String stream, EntryId id) {
        Set<EntryId> ids = claimed.get(stream);
        if (ids != null && ids.remove(id) && ids.isEmpty()) {
            claimed.remove(stream);
        }
    }

    Map<String, EntryId> lasts() {
        return new HashMap<>(lasts);
    }

    /** As the log keeps it. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        lasts.forEach((stream, id) -> line(text, "l", stream, id));
        claimed.forEach((stream, ids) -> ids.forEach(id -> line(text, "c", stream, id)));
        return text.toString();
    }

    private static void line(StringBuilder text, String kind, String stream, EntryId id) {
        text.append(text.isEmpty() ? "" : "\n")
                .append(kind)
                .append(' ')
                .append(stream)
                .append(' ')
                .append(id.position());
    }
}
