package dev.changecast.source.mongo;

import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.ResetReason;
import dev.changecast.api.source.StartPoint;
import org.jspecify.annotations.Nullable;

/**
 * Where a run begins.
 *
 * @param reset why it does not go on from where the log ends; null when it does, or when there is no log
 * @param from what the engine is told
 * @param point what the server is told
 * @param skipped events up to this cluster time are not given
 */
record Opening(@Nullable ResetReason reset, String epoch, Checkpoint from, ResumePoint point, long skipped) {
    private static final String GENERATION = "_g";

    /**
     * Decides by what is known before the server has seen the resume token.
     *
     * @param history the epoch of the deployment
     * @param present the server's time
     * @param lost why the run before could not go on; null when nothing is known
     */
    static Opening decide(@Nullable StartPoint start, String history, long present, @Nullable ResetReason lost) {
        if (start == null) {
            return anew(null, history, present);
        }
        if (!isOf(start.epoch(), history)) {
            return anew(ResetReason.EPOCH_CHANGED, history, present);
        }
        if (lost != null) {
            return reset(lost, start, history, present);
        }
        Position end = start.checkpoint().position();
        ResumePoint point = ResumePoint.parse(start.checkpoint().token()).orElse(null);
        if (point == null || end.major() > present + 1) {
            // Set back: what the log holds has not happened any more.
            return reset(ResetReason.EPOCH_CHANGED, start, history, present);
        }
        long skipped = point.since() == null ? 0 : ClusterTime.of(point.since());
        return new Opening(null, start.epoch(), start.checkpoint(), point, skipped);
    }

    /** The server cannot go on from the start point. */
    static Opening reset(ResetReason reason, StartPoint start, String history, long present) {
        String same = isOf(start.epoch(), history) ? start.epoch() : history;
        // Positions of the old history may come again in the new one.
        String epoch = reason == ResetReason.EPOCH_CHANGED
                ? history + GENERATION + Long.toString(present >>> 32, Character.MAX_RADIX)
                : same;
        return anew(reason, epoch, present);
    }

    private static Opening anew(@Nullable ResetReason reason, String epoch, long present) {
        ResumePoint point = ResumePoint.since(ClusterTime.timestamp(present));
        Checkpoint from = new Checkpoint(new Position(present + 1, 0), point.text());
        return new Opening(reason, epoch, from, point, present);
    }

    private static boolean isOf(String epoch, String history) {
        return epoch.equals(history) || epoch.startsWith(history + GENERATION);
    }
}
