package dev.changecast.source.redis;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;

/** A warning about something that may happen very often: one line in ten seconds, which counts the others. Thread-safe. */
final class RareWarning {
    private static final long EVERY_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final Logger log;
    private final LongSupplier nanoTime;
    private boolean said;
    private long last;
    private long unsaid;

    RareWarning(Logger log, LongSupplier nanoTime) {
        this.log = log;
        this.nanoTime = nanoTime;
    }

    synchronized void say(String message) {
        long now = nanoTime.getAsLong();
        if (said && now - last < EVERY_NANOS) {
            unsaid++;
            return;
        }
        log.warn("{}{}", message, unsaid == 0 ? "" : " (and " + unsaid + " more since the last such line)");
        said = true;
        last = now;
        unsaid = 0;
    }
}
