package dev.changecast.api.source;

import java.util.Locale;

/** What happened to a row, or to a whole relation. */
public enum Operation {
    INSERT,
    UPDATE,
    DELETE,
    /** All rows of the relation are gone; there is no row with it. */
    TRUNCATE;

    /** The {@code action} on the wire. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
