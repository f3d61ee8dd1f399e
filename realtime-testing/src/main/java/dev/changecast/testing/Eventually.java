package dev.changecast.testing;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Waits for what will become true, by looking again and again; for what tells nobody when it changes. */
public final class Eventually {
    /** How long is waited where nothing else is said. */
    public static final Duration WITHIN = Duration.ofSeconds(10);

    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private Eventually() {}

    /** Waits until the condition holds; fails after {@link #WITHIN}. */
    public static void await(String what, BooleanSupplier condition) {
        await(what, WITHIN, condition);
    }

    /** Waits until the condition holds; fails with {@code what} after that time. */
    public static void await(String what, Duration within, BooleanSupplier condition) {
        awaitValue(what, within, () -> condition.getAsBoolean() ? Boolean.TRUE : null);
    }

    /** Waits until there is a value, and returns it; fails after {@link #WITHIN}. */
    public static <T> T awaitValue(String what, Supplier<@Nullable T> value) {
        return awaitValue(what, WITHIN, value);
    }

    /** Waits until there is a value, and returns it; fails with {@code what} after that time. */
    public static <T> T awaitValue(String what, Duration within, Supplier<@Nullable T> value) {
        long deadline = System.nanoTime() + within.toNanos();
        T present = value.get();
        while (present == null) {
            if (System.nanoTime() - deadline >= 0) {
                throw new AssertionError("waited " + within.toMillis() + " ms in vain for: " + what);
            }
            LockSupport.parkNanos(LOOK_NANOS);
            present = value.get();
        }
        return present;
    }

    /**
     * Waits until an assertion no longer fails; after {@link #WITHIN} its last failure is the test's.
     */
    public static void assertEventually(Runnable assertion) {
        AssertionError[] last = new AssertionError[1];
        try {
            await("an assertion to hold", () -> {
                try {
                    assertion.run();
                    return true;
                } catch (AssertionError e) {
                    last[0] = e;
                    return false;
                }
            });
        } catch (AssertionError e) {
            throw last[0] == null ? e : last[0];
        }
    }
}
