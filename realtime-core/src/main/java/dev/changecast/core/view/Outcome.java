package dev.changecast.core.view;

/** What a change of a relation is in one view. */
public enum Outcome {
    /** It does not concern the view. */
    NONE,
    /** A row is new in the view: inserted, or moved into it by an update. */
    INSERT,
    UPDATE,
    /** A row is no longer in the view: deleted, or moved out of it by an update. */
    DELETE,
    /** A row of the view got another key: it leaves under the old one and enters under the new one. */
    KEY_CHANGE,
    TRUNCATE;

    /** How many messages tell of it. */
    public int messages() {
        return switch (this) {
            case NONE -> 0;
            case KEY_CHANGE -> 2;
            case INSERT, UPDATE, DELETE, TRUNCATE -> 1;
        };
    }
}
