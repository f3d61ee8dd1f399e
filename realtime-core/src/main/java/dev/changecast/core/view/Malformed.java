package dev.changecast.core.view;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells operators of messages in a database's log that cannot be delivered: now and then, as whoever writes them could fill
 * the disk with lines. Thread-safe.
 */
final class Malformed {
    private static final Logger log = LoggerFactory.getLogger(Malformed.class);
    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private long next = System.nanoTime();
    private long untold;

    void message(String source, String why) {
        long others;
        synchronized (this) {
            long now = System.nanoTime();
            if (now - next < 0) {
                untold++;
                return;
            }
            next = now + PAUSE_NANOS;
            others = untold;
            untold = 0;
        }
        log.warn(
                "A message in the log of {} is delivered to nobody: {}{}",
                source,
                why,
                others == 0 ? "" : " (and " + others + " others since this was last said)");
    }
}
