package dev.changecast.core.filter;

/** What a filter says of a row. */
public enum Decision {
    /** The row matches. */
    MATCH,
    /** The row does not match. */
    NO_MATCH,
    /** The row given does not hold a value that decides. */
    UNDECIDED;

    Decision opposite() {
        return switch (this) {
            case MATCH -> NO_MATCH;
            case NO_MATCH -> MATCH;
            case UNDECIDED -> UNDECIDED;
        };
    }
}
