package dev.changecast.api.source;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Where a source puts what it captures. All methods are called by the thread that is inside {@link ChangeSource#run}.
 * Only {@link #awaitRoom} blocks; the others take what they are given, so a source asks for room before each
 * transaction and, in a long one, every few hundred rows.
 *
 * <p>The order is: {@link #opened} or {@link #reset} once, then any number of {@link #progress}, {@link #fence} and
 * transactions ({@link #begin}, changes, {@link #commit}). When {@code run} is called again, it begins again with
 * {@code opened}, and a transaction that had begun without its commit is given again from its beginning. What the log
 * already holds is recognised by its position and dropped.
 */
public interface ChangeSink {
    /**
     * The stream runs. For a source that was given a start point and continues from it: with that epoch, and a position
     * at or below its checkpoint.
     *
     * @param epoch names the history that the positions belong to: letters, digits and {@code _}, at most 40, since it
     *     is part of every offset. The same for every engine that reads the same history
     * @param from everything after this position will be given
     */
    void opened(String epoch, Checkpoint from);

    /**
     * The stream runs, but not from the start point: what lies between is lost or belongs to another history. The
     * engine forgets its log and tells every client.
     */
    void reset(ResetReason reason, String epoch, Checkpoint from);

    /**
     * Waits until the log has room.
     *
     * @param wait how long at most; choose it so short that the source can keep its connection alive between calls
     * @return whether there is room now. When not, ask again: nothing may be given until then
     */
    boolean awaitRoom(Duration wait) throws InterruptedException;

    /**
     * A committed transaction begins.
     *
     * @param tx its name at the source ({@code pg_current_xact_id()}), or null where it has none
     * @param position its {@code major} is that of all changes of this transaction; above everything committed before
     */
    void begin(@Nullable String tx, Position position, Instant committedAt);

    /**
     * One changed row, or a truncated relation.
     *
     * @param minor the change's place in its transaction: at least 2, and at least 2 more than the one before (a change
     *     of key takes two places). It must not depend on what the source leaves out by configuration
     * @param after the row as it is now; null for a delete and a truncate
     * @param before what is known of the row as it was; null when nothing is known
     */
    void change(long minor, Relation relation, Operation operation, @Nullable Row after, @Nullable Row before);

    /** The transaction is complete. */
    void commit(Checkpoint end);

    /** Nothing is missing up to here, though there was nothing to give: an idle source says this at every heartbeat. */
    void progress(Checkpoint at);

    /**
     * The fence of a snapshot came by in the stream ({@link SnapshotReader#raiseFence}): inside a transaction or between two.
     */
    void fence(String id);

    /** What the source is waiting for, in words for the operator: {@code "slot creation waits for transaction 4711"}. */
    void waiting(String what);
}
