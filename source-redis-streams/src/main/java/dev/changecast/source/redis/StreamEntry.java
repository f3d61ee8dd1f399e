package dev.changecast.source.redis;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An entry as Redis gave it.
 *
 * @param fields names and values by turns; null for one that is no longer in its stream, though a group still has its id
 */
record StreamEntry(EntryId id, @Nullable List<byte[]> fields) {
    /** Reads {@code [id, [name, value, ...]]}. */
    static StreamEntry of(Object reply) {
        List<?> parts = (List<?>) reply;
        List<?> fields = (List<?>) parts.get(1);
        return new StreamEntry(
                EntryId.parse((byte[]) parts.get(0)),
                fields == null ? null : fields.stream().map(byte[].class::cast).toList());
    }

    static List<StreamEntry> listOf(@Nullable Object reply) {
        List<StreamEntry> entries = new ArrayList<>();
        if (reply instanceof List<?> list) {
            for (Object entry : list) {
                // XAUTOCLAIM of Redis 6.2 has nothing in the place of an entry that was deleted.
                if (entry != null) {
                    entries.add(of(entry));
                }
            }
        }
        return entries;
    }

    /** The value of a field, the last one where several have the name; null when there is none. */
    byte @Nullable [] value(String name) {
        byte[] found = null;
        List<byte[]> all = fields == null ? List.of() : fields;
        byte[] wanted = name.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i + 1 < all.size(); i += 2) {
            if (Arrays.equals(all.get(i), wanted)) {
                found = all.get(i + 1);
            }
        }
        return found;
    }

    long bytes() {
        return fields == null
                ? 0
                : fields.stream().mapToLong(field -> field.length).sum();
    }
}
