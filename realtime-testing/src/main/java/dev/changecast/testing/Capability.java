package dev.changecast.testing;

/**
 * What a source and its origin can do besides what every one must. What is not among an {@link Origin}'s capabilities is
 * tested, too: that it is refused, or does not happen.
 */
public enum Capability {
    /** Several writes can be committed as one transaction; otherwise each one is a transaction of its own. */
    TRANSACTIONS,
    /** A transaction can be rolled back: {@link Origin#rollBack}. */
    ROLLBACKS,
    UPDATES,
    DELETES,
    /** A row's key can be changed, by {@link Write#move}. */
    KEY_CHANGES,
    TRUNCATES,
    /** {@link dev.changecast.api.source.SourceMessage}s can be written among the changes, and the source gives them. */
    MESSAGES,
    /**
     * An update that is given again, or late, has the row as it was then. Without it it may have the row as it is by now.
     */
    ROWS_AS_THEY_WERE,
    /** Present rows can be read: {@link dev.changecast.api.source.ChangeSource#snapshots}. */
    SNAPSHOTS,
    /**
     * What was written before anybody captured is given to the first who comes, as a queue does. Without it a first run
     * begins at the present.
     */
    KEEPS_UNREAD,
    /**
     * For {@link dev.changecast.api.source.Replay#REDELIVERY}: what lies at or below the start point is not given twice,
     * even where it was not acknowledged. Without it, it comes again.
     */
    RECOGNISES_GIVEN,
    /**
     * A start point that lies ahead of everything in the origin, as after a backup was restored, is told as a reset. An
     * origin that cannot know its own end lacks it.
     */
    KNOWS_ITS_END,
    /** The connection of a run can be broken: {@link Origin#breakConnection}. */
    BREAKS,
    /** Waits on a peer that never answers: {@link Origin#silent}. */
    WAITS_FOR_A_PEER,
    /** What was committed and not yet read can be lost: {@link Origin#loseHistory}. */
    LOSES_HISTORY,
    /** Another history can take the origin's place: {@link Origin#replaceHistory}. */
    REPLACES_HISTORY
}
