package dev.changecast.source.redis;

import org.jspecify.annotations.Nullable;

/**
 * Whether a stream can be gone on with behind an entry, or something is missing. Redis removes the oldest entries
 * (trimming), single ones ({@code XDEL}), or, with a replica that lacked some when it took over, the newest.
 *
 * <p>As long as the entry that was read last is there, what follows it was not trimmed. When it is gone, Redis 7 tells by
 * its counts whether more than that is; Redis 6.2 does not, and then something may be missing.
 */
enum Continuity {
    WHOLE,
    /** Entries behind the one that was read last were removed before they were read, or may have been. */
    REMOVED,
    /** The stream is another one, or lacks entries that it had. */
    REPLACED;

    /**
     * What was read of a stream.
     *
     * @param last the entry that was read last, or where reading began
     * @param ordinal how many entries had ever been added up to that one; -1 when that is not known
     * @param live whether the connection has been the same since then, so that no other Redis has taken over
     * @param atEnd whether nothing followed it when it was read; of use when {@code live}
     */
    record Read(EntryId last, long ordinal, boolean live, boolean atEnd) {}

    /** @param there whether the entry that was read last is still there */
    static Continuity of(Read read, StreamState state, boolean there) {
        EntryId last = read.last;
        if (state.last().isBefore(last)) {
            return REPLACED;
        }
        if (state.last().equals(last)) {
            return WHOLE;
        }
        EntryId deleted = state.deleted();
        boolean deletedBehind = deleted != null && deleted.isAfter(last);
        if (there) {
            return deletedBehind ? REMOVED : WHOLE;
        }
        EntryId first = state.first();
        if (first != null && first.equals(last.next())) {
            return WHOLE;
        }
        boolean trimmed = first == null || first.isAfter(last);
        if (!trimmed) {
            return lacking(read, last, deleted, deletedBehind);
        }
        if (read.ordinal >= 0 && state.removed() >= 0) {
            if (state.added() < read.ordinal) {
                return REPLACED;
            }
            return state.removed() > read.ordinal ? REMOVED : WHOLE;
        }
        // Of a stream that was not there nobody has read anything: that nothing of it was removed can only be assumed.
        return read.live && read.atEnd || last.equals(EntryId.ZERO) ? WHOLE : REMOVED;
    }

    /** The entry is gone, and older ones are there: it was deleted, or this Redis never had it. */
    private static Continuity lacking(Read read, EntryId last, @Nullable EntryId deleted, boolean deletedBehind) {
        if (read.live) {
            return deletedBehind ? REMOVED : WHOLE;
        }
        if (deletedBehind) {
            return REMOVED;
        }
        return last.equals(deleted) ? WHOLE : REPLACED;
    }
}
