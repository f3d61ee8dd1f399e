package dev.changecast.core.log;

import dev.changecast.api.source.Checkpoint;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log's own thread: gathers what waits, writes it, has it forced to disk, tells what is durable, lets go of what is
 * too old. An error stops nothing but this: it tries again, and what is not written waits in memory.
 */
final class LogWriter implements Runnable {
    private static final Logger LOGGER = LoggerFactory.getLogger(LogWriter.class);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration TICK = Duration.ofSeconds(30);

    private final String feed;
    private final String place;
    private final Tail tail;
    private final Store store;
    private final LogEvents events;
    private boolean blocked;

    LogWriter(String feed, String place, Tail tail, Store store, LogEvents events) {
        this.feed = feed;
        this.place = place;
        this.tail = tail;
        this.store = store;
        this.events = events;
    }

    @Override
    public void run() {
        Tail.Work work = tail.awaitWork(TICK);
        while (work != null) {
            try {
                carryOut(work);
                unblock();
            } catch (IOException | RuntimeException | Error e) {
                block(e);
                if (!tail.pause(PAUSE)) {
                    LOGGER.warn("log of {}: closed with {} bytes that could not be written", feed, tail.waitingBytes());
                    return;
                }
            }
            work = tail.awaitWork(TICK);
        }
    }

    private void carryOut(Tail.Work work) throws IOException {
        Tail.Restart restart = work.restart();
        if (restart != null) {
            store.restart(restart.epoch(), restart.from(), restart.gapEnd(), restart.firstSequence());
            tail.restarted(work);
            if (tail.written(work, 0, store.readable())) {
                tell(restart.from());
            }
        }
        List<Chunk> frames = work.frames();
        while (!frames.isEmpty()) {
            int count = store.append(frames);
            if (tail.written(new Tail.Work(work.generation(), null, frames), count, store.readable())) {
                tell(lastCheckpoint(frames.subList(0, count)));
            }
            frames = frames.subList(count, frames.size());
        }
        Store.Eviction expired = store.expired();
        if (expired != null) {
            tail.raiseFloor(work.generation(), expired);
            store.delete(expired);
        }
    }

    private static @Nullable Checkpoint lastCheckpoint(List<Chunk> frames) {
        for (int i = frames.size() - 1; i >= 0; i--) {
            Checkpoint checkpoint = frames.get(i).checkpoint();
            if (checkpoint != null) {
                return checkpoint;
            }
        }
        return null;
    }

    private void tell(@Nullable Checkpoint checkpoint) {
        try {
            if (tail.isSeenWhenDurable()) {
                tell(events::appended);
            }
            if (checkpoint != null) {
                tell(() -> events.durable(checkpoint));
            }
        } finally {
            tail.told();
        }
    }

    private void tell(Runnable event) {
        try {
            event.run();
        } catch (RuntimeException e) {
            LOGGER.error("log of {}: its owner failed at being told of its state", feed, e);
        }
    }

    private void block(Throwable e) {
        String reason = e.getMessage() == null ? e.toString() : e.getMessage();
        String why =
                "the log of " + feed + " in " + place + " cannot be written: " + reason + "; " + tail.waitingBytes()
                        + " bytes wait; free space or make the directory writable, it tries again each second";
        if (!blocked) {
            LOGGER.error("{}", why, e);
            blocked = true;
        }
        tell(() -> events.blocked(why));
    }

    private void unblock() {
        if (blocked) {
            blocked = false;
            LOGGER.info("log of {}: can be written again", feed);
            tell(events::unblocked);
        }
    }
}
