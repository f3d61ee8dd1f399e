package dev.changecast.source.postgres;

import dev.changecast.api.source.Checkpoint;
import dev.changecast.api.source.StartPoint;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Whether the database still has the history that the log was read from. One whose files were set back to an earlier state
 * and which went on from there has the same identity, in the same timeline, and soon a longer WAL. But its slot was set
 * back, too: so what the slot has not confirmed is read again, and has to end with the commit that the log ends with.
 *
 * <p>After a crash of the database a slot is behind as well, since it is written to disk now and then; then the history is
 * the same, and nothing is lost but the time of reading.
 */
final class Continuity {
    /** What has been seen so far. */
    enum Verdict {
        OPEN,
        SAME,
        OTHER
    }

    private final long slot;
    private final long delivered;
    private final @Nullable LastCommit last;
    private boolean found;
    private boolean inTransaction;
    private Verdict verdict;

    /**
     * @param slot the slot's confirmed position; what was committed after it is sent
     * @param start where the log ends; null when there is none
     */
    Continuity(long slot, @Nullable StartPoint start) {
        Checkpoint end = start == null ? null : start.checkpoint();
        this.slot = slot;
        this.delivered = end == null ? 0 : end.position().major();
        this.last = end == null ? null : LastCommit.of(end.token());
        this.verdict = last == null || slot >= delivered ? Verdict.SAME : Verdict.OPEN;
    }

    Verdict verdict() {
        return verdict;
    }

    /** Looks at the next message, without moving in it; the verdict holds before the message is used. */
    Verdict message(ByteBuffer message) {
        int at = message.position();
        byte kind = message.get(at);
        if (kind == 'B') {
            inTransaction = true;
            if (message.getLong(at + 1) >= delivered) {
                settle();
            }
        } else if (kind == 'C') {
            inTransaction = false;
            // Behind the kind: a byte of flags, the LSN of the commit, that of its end, the time.
            committed(new LastCommit(message.getLong(at + 10), message.getLong(at + 18)));
        } else if (kind == 'M' && (message.get(at + 1) & 1) == 0 && message.getLong(at + 2) > delivered) {
            // Of no transaction, and not among what was delivered: it has to be given.
            settle();
        }
        return verdict;
    }

    private void committed(LastCommit commit) {
        LastCommit sought = last;
        if (sought == null || verdict != Verdict.OPEN || commit.end() < sought.end()) {
            return;
        }
        if (commit.equals(sought)) {
            found = true;
        } else {
            verdict = Verdict.OTHER;
        }
    }

    /** Everything up to this LSN has been sent, as far as no transaction is on its way. */
    Verdict reached(long lsn) {
        if (!inTransaction && lsn >= delivered) {
            settle();
        }
        return verdict;
    }

    private void settle() {
        if (verdict == Verdict.OPEN) {
            boolean beforeSlot = last != null && last.end() <= slot;
            verdict = found || beforeSlot ? Verdict.SAME : Verdict.OTHER;
        }
    }
}
