package dev.changecast.core.session;

/**
 * Lets through so many of something per second, and so many at once after a rest. Thread-safe; the time is the caller's
 * {@link System#nanoTime}.
 */
public final class TokenBucket {
    private static final double NANOS = 1e9;

    private final double perSecond;
    private final double most;
    private double tokens;
    private long filled;

    /** A bucket that is full. */
    public TokenBucket(double perSecond, double most, long now) {
        this.perSecond = perSecond;
        this.most = most;
        this.tokens = most;
        this.filled = now;
    }

    /** Takes so many, or none when there are fewer; from a full bucket always, however many are wanted. */
    public synchronized boolean take(double wanted, long now) {
        fill(now);
        if (tokens < wanted && tokens < most) {
            return false;
        }
        tokens -= wanted;
        return true;
    }

    /** Whether nothing was taken that has not come back since. */
    public synchronized boolean isFull(long now) {
        fill(now);
        return tokens >= most;
    }

    private void fill(long now) {
        if (now - filled > 0) {
            tokens = Math.min(most, tokens + (now - filled) / NANOS * perSecond);
            filled = now;
        }
    }
}
