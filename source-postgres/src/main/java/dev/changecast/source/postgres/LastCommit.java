package dev.changecast.source.postgres;

import org.jspecify.annotations.Nullable;

/**
 * The last transaction of the stream, also one in which nothing concerned us: where its commit ended, and when it was. As
 * no other history has a commit of that time in that place, it tells whether a database is still the one that was read.
 *
 * @param end LSN
 * @param micros the time of the commit as the stream tells it, microseconds since 2000
 */
record LastCommit(long end, long micros) {
    private static final int RADIX = Character.MAX_RADIX;

    /** What a checkpoint's token keeps of it, behind the timeline. */
    static String token(int timeline, @Nullable LastCommit last) {
        return last == null
                ? Integer.toString(timeline)
                : timeline + "/" + Long.toString(last.end, RADIX) + "/" + Long.toString(last.micros, RADIX);
    }

    static int timeline(String token) {
        return Integer.parseInt(token.split("/")[0]);
    }

    /** Null when the log had none yet. */
    static @Nullable LastCommit of(@Nullable String token) {
        String[] parts = token == null ? new String[0] : token.split("/");
        return parts.length < 3
                ? null
                : new LastCommit(Long.parseLong(parts[1], RADIX), Long.parseLong(parts[2], RADIX));
    }
}
