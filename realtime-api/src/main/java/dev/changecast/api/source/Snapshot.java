package dev.changecast.api.source;

import org.jspecify.annotations.Nullable;

/**
 * Rows of one database state, streamed. Used by one thread, except {@link #contains}, which may be called from any
 * thread, also after {@link #close}.
 */
public interface Snapshot extends AutoCloseable {
    /** The shape of the rows. */
    Relation relation();

    /** The next row, valid until the next call; null at the end. */
    @Nullable
    Row next() throws Exception;

    /**
     * Whether the rows already include what this transaction did.
     *
     * @param tx as the source gave it to {@link ChangeSink#begin}
     * @param position as the source gave it to {@link ChangeSink#begin}
     */
    boolean contains(@Nullable String tx, Position position);

    /**
     * Whether the rows may lack a transaction that the source had given to the engine before the snapshot was opened: a
     * database can write a commit into its log before it shows it. Where this is false the engine need not look back.
     */
    default boolean mayLackEarlier() {
        return true;
    }

    /** Frees the read. Idempotent. */
    @Override
    void close();
}
