package dev.changecast.source.postgres;

/** Widens the 32-bit transaction ids of the stream to those of {@code pg_current_xact_id()}. Thread-safe. */
final class TransactionIds {
    private volatile long next;

    /** @param next {@code pg_snapshot_xmax(pg_current_snapshot())}: no more than half the 32-bit circle from any id met */
    void nextIs(long next) {
        this.next = next;
    }

    /** The distance on the circle, with its sign: taking over the upper half of {@code next} is wrong at the wrap. */
    long widen(int xid) {
        long now = next;
        return now + (xid - (int) now);
    }
}
