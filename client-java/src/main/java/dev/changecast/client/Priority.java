package dev.changecast.client;

import java.util.Locale;

/** How much a message matters to whom it is for. */
public enum Priority {
    LOW,
    NORMAL,
    HIGH;

    /** As it stands on the wire. */
    String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
