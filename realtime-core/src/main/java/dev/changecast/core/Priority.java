package dev.changecast.core;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** How much a published message matters to whom it is for. Clients are told; of what waits for somebody the lowest goes first. */
public enum Priority {
    LOW,
    NORMAL,
    HIGH;

    /** As it stands on the wire. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Reads what stands on the wire; empty when it is none. */
    public static Optional<Priority> of(String wireName) {
        return Stream.of(values())
                .filter(priority -> priority.wireName().equals(wireName))
                .findFirst();
    }
}
