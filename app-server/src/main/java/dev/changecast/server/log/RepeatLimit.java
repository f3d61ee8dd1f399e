package dev.changecast.server.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Lets only so many lines of one kind through in a minute, and tells afterwards how many were left out: a fault that comes
 * back with each request must not fill the disk, nor hide what else happens. Lines are of one kind that come from the same
 * place in the code. What was asked for by a level of debug or trace is not limited.
 */
final class RepeatLimit extends UnsynchronizedAppenderBase<ILoggingEvent> {
    static final long WINDOW_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** Places in the code that log are a few hundred; those that make up their text anew each time must not add up. */
    private static final int MOST_KINDS = 1000;

    private final int most;
    private final Appender<ILoggingEvent> target;
    private final LoggerContext loggers;
    private final LongSupplier clock;

    // Guarded by itself. The oldest first.
    private final Map<Kind, Count> counts = new LinkedHashMap<>();

    private record Kind(String logger, Level level, String message) {}

    private static final class Count {
        private final long since;
        private int seen;

        private Count(long since) {
            this.since = since;
        }
    }

    /**
     * @param most lines of one kind in a minute
     * @param target gets what passes
     */
    RepeatLimit(int most, Appender<ILoggingEvent> target, LoggerContext loggers) {
        this(most, target, loggers, System::nanoTime);
    }

    /** @param clock nanoseconds */
    RepeatLimit(int most, Appender<ILoggingEvent> target, LoggerContext loggers, LongSupplier clock) {
        this.most = most;
        this.target = target;
        this.loggers = loggers;
        this.clock = clock;
        setContext(loggers);
        setName("limited");
    }

    Appender<ILoggingEvent> target() {
        return target;
    }

    @Override
    protected void append(ILoggingEvent event) {
        if (!event.getLevel().isGreaterOrEqual(Level.INFO)) {
            target.doAppend(event);
            return;
        }
        List<String> over = new ArrayList<>();
        boolean passes;
        synchronized (counts) {
            long now = clock.getAsLong();
            forgetWhatIsOver(now, over);
            passes = counted(event, now) <= most;
        }
        over.forEach(line -> target.doAppend(new LoggingEvent(
                RepeatLimit.class.getName(), loggers.getLogger(RepeatLimit.class), Level.WARN, line, null, null)));
        if (passes) {
            target.doAppend(event);
        }
    }

    private void forgetWhatIsOver(long now, List<String> over) {
        Iterator<Map.Entry<Kind, Count>> oldest = counts.entrySet().iterator();
        while (oldest.hasNext()) {
            Map.Entry<Kind, Count> each = oldest.next();
            if (now - each.getValue().since < WINDOW_NANOS) {
                return;
            }
            int left = each.getValue().seen - most;
            if (left > 0) {
                over.add(left + " more lines like this one were left out: " + each.getKey().message);
            }
            oldest.remove();
        }
    }

    private int counted(ILoggingEvent event, long now) {
        Kind kind = new Kind(event.getLoggerName(), event.getLevel(), String.valueOf(event.getMessage()));
        Count count = counts.get(kind);
        if (count == null) {
            if (counts.size() >= MOST_KINDS) {
                return 0;
            }
            count = new Count(now);
            counts.put(kind, count);
        }
        count.seen++;
        return count.seen;
    }

    @Override
    public void stop() {
        super.stop();
        target.stop();
    }
}
