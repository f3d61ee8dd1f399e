package dev.changecast.source.postgres;

import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.Position;
import dev.changecast.api.source.ResetReason;
import dev.changecast.api.source.StartPoint;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How a stream begins: where the log ends, or with a reset that says why not.
 *
 * <p>An epoch is named {@code <hash>_<timeline>}: the hash is of system, database and publication, the timeline the one
 * in which the epoch began. A later timeline keeps the epoch when it branched off at or after all that was delivered; a
 * source that begins without a log takes the present timeline, as it cannot know what others delivered. When the same
 * timeline was set back, the LSN at which the new epoch begins is added.
 *
 * @param reset null to go on in {@code epoch}
 */
record Opening(@Nullable ResetReason reset, String epoch, Checkpoint from) {
    /**
     * @param start where the log ends
     * @param slot the slot's confirmed position: everything committed after it will be sent
     * @param slotIsNew whether the slot was made just now, so that nothing before it can be had
     * @param diverged whether what the server sent turned out to be another history
     */
    static Opening decide(
            @Nullable StartPoint start, ServerIdentity server, long slot, boolean slotIsNew, boolean diverged) {
        String base = hash(server) + "_";
        String fresh = base + server.timeline();
        Checkpoint atSlot = checkpoint(slot, server.timeline(), null);
        if (start == null) {
            return new Opening(null, fresh, atSlot);
        }
        if (!start.epoch().startsWith(base)) {
            return new Opening(ResetReason.EPOCH_CHANGED, fresh, atSlot);
        }
        long delivered = start.checkpoint().position().major();
        if (diverged || !isAncestor(deliveredTimeline(start), delivered, server)) {
            boolean taken = start.epoch().equals(fresh);
            return new Opening(
                    ResetReason.EPOCH_CHANGED,
                    taken ? fresh + "_" + Long.toHexString(server.flushed()) : fresh,
                    atSlot);
        }
        if (slotIsNew || slot > delivered) {
            return new Opening(ResetReason.SLOT_LOST, start.epoch(), atSlot);
        }
        LastCommit last = LastCommit.of(start.checkpoint().token());
        return new Opening(null, start.epoch(), checkpoint(delivered, server.timeline(), last));
    }

    /** The place after everything up to this LSN; its token tells the timeline it was read in, and the last commit. */
    static Checkpoint checkpoint(long lsn, int timeline, @Nullable LastCommit last) {
        return new Checkpoint(new Position(lsn, 0), LastCommit.token(timeline, last));
    }

    /** Whether the server's history holds this place. */
    private static boolean isAncestor(int timeline, long delivered, ServerIdentity server) {
        if (timeline == server.timeline()) {
            // Otherwise it was restored to an earlier state without a new timeline.
            return delivered <= server.flushed();
        }
        Long end = server.switches().get(timeline);
        return end != null && delivered <= end;
    }

    private static int deliveredTimeline(StartPoint start) {
        String token = start.checkpoint().token();
        return token != null
                ? LastCommit.timeline(token)
                : Integer.parseInt(start.epoch().split("_")[1]);
    }

    private static String hash(ServerIdentity server) {
        String text = server.system() + "/" + server.database() + "/" + server.publication();
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return new BigInteger(1, Arrays.copyOf(digest, 8)).toString(36);
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("every JDK has SHA-256", impossible);
        }
    }
}
