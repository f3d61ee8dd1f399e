package dev.changecast.core.session;

import dev.changecast.core.protocol.Command;
import java.util.concurrent.TimeUnit;

/**
 * Counts the messages of one session that wait for others, and knows when they go out at the latest: each says how many it
 * waits for, and how long. Used by the session's dispatcher.
 */
final class Held {
    private final Dispatcher dispatcher;
    private final Runnable flush;
    private int messages;

    /** When what waits goes out at the latest. */
    private long until;

    /** When that will be looked at, if it will. */
    private long look;

    private boolean looks;

    /** @param flush what to do when they go out */
    Held(Dispatcher dispatcher, Runnable flush) {
        this.dispatcher = dispatcher;
        this.flush = flush;
    }

    boolean isEmpty() {
        return messages == 0;
    }

    /** Another one waits. */
    void add(Command.Batch batch) {
        if (++messages >= batch.max()) {
            flush.run();
            return;
        }
        long latest = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(batch.delayMillis());
        if (messages == 1 || latest - until < 0) {
            until = latest;
        }
        if (!looks || until - look < 0) {
            lookLater();
        }
    }

    private void lookLater() {
        long at = until;
        looks = true;
        look = at;
        dispatcher.at(at, () -> {
            if (looks && look == at) {
                looks = false;
                look();
            }
        });
    }

    private void look() {
        if (messages == 0) {
            return;
        }
        if (System.nanoTime() - until >= 0) {
            flush.run();
        } else {
            // Those that it was meant for went out before, with one that did not wait.
            lookLater();
        }
    }

    /** All are on their way. */
    void flushed() {
        messages = 0;
    }
}
