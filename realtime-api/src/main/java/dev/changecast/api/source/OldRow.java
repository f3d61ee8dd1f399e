package dev.changecast.api.source;

/** How much of the row before an update or delete a relation's changes carry. */
public enum OldRow {
    /** Nothing: who was updated or deleted cannot be told. */
    NONE,
    /** The key; with an update only when the key changed. */
    KEY,
    /** All columns, also those that did not change. */
    FULL
}
