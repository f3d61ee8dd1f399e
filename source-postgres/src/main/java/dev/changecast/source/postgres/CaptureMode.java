package dev.changecast.source.postgres;

/** How a database's changes are had. */
public enum CaptureMode {
    /** By logical decoding: needs {@code wal_level = logical} and costs writers next to nothing. */
    LOGICAL,
    /** By triggers that write each changed row a second time: for databases where {@code wal_level} cannot be changed. */
    TRIGGER
}
