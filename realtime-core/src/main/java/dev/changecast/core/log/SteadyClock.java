package dev.changecast.core.log;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.util.function.LongSupplier;

/**
 * The time that it was, and then what has passed since. Somebody who sets the machine's clock makes nothing of the log
 * older; the next start of the process sees the new time.
 */
final class SteadyClock extends Clock {
    private final Instant began;
    private final long beganNanos;
    private final LongSupplier nanos;
    private final ZoneId zone;

    private SteadyClock(Instant began, long beganNanos, LongSupplier nanos, ZoneId zone) {
        this.began = began;
        this.beganNanos = beganNanos;
        this.nanos = nanos;
        this.zone = zone;
    }

    /**
     * Begins now.
     *
     * @param wall looked at once
     * @param nanos such as {@link System#nanoTime}
     */
    static SteadyClock from(Clock wall, LongSupplier nanos) {
        return new SteadyClock(wall.instant(), nanos.getAsLong(), nanos, wall.getZone());
    }

    @Override
    public Instant instant() {
        return began.plusNanos(nanos.getAsLong() - beganNanos);
    }

    @Override
    public ZoneId getZone() {
        return zone;
    }

    @Override
    public Clock withZone(ZoneId other) {
        return new SteadyClock(began, beganNanos, nanos, other);
    }
}
