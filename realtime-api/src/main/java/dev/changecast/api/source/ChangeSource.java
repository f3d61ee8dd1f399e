package dev.changecast.api.source;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A stream of committed changes, in one order of positions. Constructors do no input or output; the engine calls {@link
 * #run} on a thread that it owns and that does nothing else.
 */
public interface ChangeSource extends AutoCloseable {
    /** How it gives again what was not made durable. Constant. */
    Replay replay();

    /**
     * Captures until {@link #close} is called, then returns. Throws when it cannot go on: the engine logs it, shows it
     * as the source's state, waits (backing off with jitter) and calls {@code run} again, unless the source was closed.
     * So a source needs no retry of its own.
     *
     * @param start where the log ends; null when there is no log yet. A source that cannot continue from there calls
     *     {@link ChangeSink#reset} and never goes on in silence
     */
    void run(@Nullable StartPoint start, ChangeSink sink) throws Exception;

    /**
     * Everything up to this checkpoint is durable; the source may tell its database. Called from another thread than
     * {@link #run}'s, never blocks, cumulative: one call may stand for many checkpoints. It may come when nothing runs, and
     * for a checkpoint of an earlier run.
     */
    void acknowledge(Checkpoint durable);

    /**
     * Looks whether capture could work: address, credentials, privileges, settings. Never throws, reports everything
     * that is wrong at once. May block for seconds; called before {@link #run}, or beside it.
     */
    CheckResult check();

    /**
     * The relations that changes may come from, as they are now. May block on the database and throw; called by an
     * engine thread other than {@link #run}'s, after {@link ChangeSink#opened}, every few seconds while it streams, and
     * when a client asks for a relation that is not known. Whoever follows one that is no longer named, or holds rows of
     * it in another shape, is reset; so what cannot be told for sure is better thrown.
     */
    List<Relation> relations() throws Exception;

    /**
     * Whether there may be {@link SourceMessage}s among the changes. Whoever can write them can tell something to anybody,
     * so a source that can carry them does so only where its configuration says it. Constant.
     */
    default boolean carriesMessages() {
        return false;
    }

    /**
     * Its figures, and what is going wrong at its origin. Called every few seconds from the start to the end, whatever the
     * run does, by an engine thread that does nothing else for this source: it may block for some seconds on the origin and
     * throw, and delays no capture. This is also where a source looks after what it holds there: what is told as a problem it
     * may do something about, as its configuration says.
     */
    default SourceReport report() throws Exception {
        return SourceReport.NONE;
    }

    /** Reads present rows; empty for a source that has only changes. */
    default Optional<SnapshotReader> snapshots() {
        return Optional.empty();
    }

    /** What its database has to be given first; empty for a source that needs nothing, or makes it by itself. */
    default Optional<Preparation> preparation() {
        return Optional.empty();
    }

    /**
     * Stops {@link #run} soon, from any thread and wherever it waits, and frees what the source made (not what it was
     * given). A run that is begun afterwards returns or fails at once. Idempotent.
     */
    @Override
    void close();
}
