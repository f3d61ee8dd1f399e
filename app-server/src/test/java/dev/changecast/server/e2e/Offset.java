package dev.changecast.server.e2e;

/**
 * An offset taken apart. Clients only compare offsets for equality; a test has to know their order, to see whether the
 * server keeps it.
 */
public record Offset(String epoch, long major, long minor) implements Comparable<Offset> {
    public static Offset parse(String text) {
        int dot = text.lastIndexOf('.');
        int dash = text.lastIndexOf('-');
        return new Offset(
                text.substring(0, dot),
                Long.parseLong(text.substring(dot + 1, dash)),
                Long.parseLong(text.substring(dash + 1)));
    }

    @Override
    public int compareTo(Offset other) {
        if (!epoch.equals(other.epoch)) {
            throw new AssertionError("offsets of two epochs have no order: " + this + " and " + other);
        }
        return major != other.major ? Long.compare(major, other.major) : Long.compare(minor, other.minor);
    }

    public boolean isAfter(Offset other) {
        return compareTo(other) > 0;
    }

    /**
     * The first of the two of one row; a row has two, as a change of its key is told as two changes on each channel, and
     * both come on one channel before they come on the next.
     */
    public Offset ofRow() {
        return new Offset(epoch, major, minor / 2 * 2);
    }

    @Override
    public String toString() {
        return epoch + "." + major + "-" + minor;
    }
}
