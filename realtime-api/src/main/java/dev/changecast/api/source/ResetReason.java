package dev.changecast.api.source;

import java.util.Locale;

/** Why what a client has can no longer be continued. */
public enum ResetReason {
    /** What is needed has left the log. */
    WINDOW_PASSED,
    /** The database is another one, or its history may have changed. */
    EPOCH_CHANGED,
    /** The database no longer has what was not yet read. */
    SLOT_LOST,
    /** The relation was dropped, or its shape changed so that the old rows no longer fit. */
    SCHEMA_CHANGED,
    /** The client may see other rows or columns than before. */
    ACCESS_CHANGED,
    /** The log was not kept over a restart. */
    RESTARTED;

    /** The {@code reason} on the wire. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
