package dev.changecast.core.statistics;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** A number that one thread changes and any may read: the change costs as much as that of a field. */
public final class ThreadCount {
    private static final VarHandle VALUE;

    static {
        try {
            VALUE = MethodHandles.lookup().findVarHandle(ThreadCount.class, "value", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private long value;

    /** By the one thread alone. */
    public void add(long more) {
        VALUE.setOpaque(this, value + more);
    }

    /** By the one thread alone. */
    public void set(long now) {
        VALUE.setOpaque(this, now);
    }

    /** Any thread. */
    public long get() {
        return (long) VALUE.getOpaque(this);
    }
}
