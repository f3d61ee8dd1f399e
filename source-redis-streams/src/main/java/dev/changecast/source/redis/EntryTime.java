package dev.changecast.source.redis;

import java.time.Instant;

/** When an entry was added, as far as its id tells. */
final class EntryTime {
    private static final Instant LAST = Instant.parse("9999-12-31T23:59:59.999Z");

    private EntryTime() {}

    static Instant of(EntryId id) {
        Instant time = Instant.ofEpochMilli(id.milliseconds());
        return time.isAfter(LAST) ? LAST : time;
    }
}
