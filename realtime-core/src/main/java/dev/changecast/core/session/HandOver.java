package dev.changecast.core.session;

import dev.changecast.api.ChangecastException;
import dev.changecast.api.ErrorCode;
import dev.changecast.api.source.Position;
import org.jspecify.annotations.Nullable;

/**
 * Brings one subscription from a snapshot's rows to the live changes, so that it gets exactly what the rows lack. After
 * the last row it reads the log from where the log first holds something that the rows lack, leaving out what they have,
 * until a fence raised after the rows has come by: everything that the snapshot could not see is in the log before it.
 *
 * <p>The method is that of snapshot export and catch-up in PostgreSQL's own logical replication, with a fence in place
 * of the slot's consistent point.
 */
final class HandOver {
    private enum State {
        ROWS,
        RAISING,
        FENCED,
        PASSED
    }

    private final Subscription subscription;
    private final SharedSnapshot snapshot;
    private final Fences fences;
    private State state = State.ROWS;
    private @Nullable String fence;

    HandOver(Subscription subscription, SharedSnapshot snapshot, Fences fences) {
        this.subscription = subscription;
        this.snapshot = snapshot;
        this.fences = fences;
    }

    /**
     * Sends what rows there are and room for; true when the last was sent.
     *
     * @throws ChangecastException when there will be no more rows
     */
    boolean sendRows() {
        while (state == State.ROWS) {
            if (!subscription.session().hasRoom()) {
                return false;
            }
            SharedSnapshot.Page page = snapshot.next(subscription);
            if (page.payload() == null) {
                return false;
            }
            subscription.session().push(page.payload());
            if (page.last()) {
                snapshot.leave(subscription);
                raise();
            }
        }
        return true;
    }

    private void raise() {
        state = State.RAISING;
        fences.raise((id, failure) -> subscription.session().dispatcher().execute(() -> {
            if (id != null) {
                fence = id;
                state = State.FENCED;
                subscription.cursor().feed().expect(id, this);
            } else if (state != State.PASSED) {
                subscription.fail(new ChangecastException(
                        ErrorCode.SOURCE_UNAVAILABLE,
                        "the database did not take the fence after the snapshot: "
                                + (failure == null ? "unknown" : failure.getMessage())));
            }
        }));
    }

    /** The fence came by. */
    void passed() {
        state = State.PASSED;
        subscription.advance();
    }

    /** Whether there are no rows because the relation has another shape by now. */
    boolean isOutdated() {
        return snapshot.isOutdated();
    }

    boolean isPassed() {
        return state == State.PASSED;
    }

    /** Where to read the log from. */
    Position start() {
        return snapshot.start();
    }

    LogPart.Skip skip() {
        return snapshot::contains;
    }

    void close() {
        snapshot.leave(subscription);
        if (fence != null) {
            subscription.cursor().feed().forget(fence, this);
        }
    }
}
