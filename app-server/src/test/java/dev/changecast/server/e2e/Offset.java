package dev.changecast.server.e2e;

/**
 * An offset taken apart. Clients only compare offsets for equality; a test has to know their order, to see whether the
 * server keeps it.
 */
record Offset(String epoch, long major, long minor) implements Comparable<Offset> {
    static Offset parse(String text) {
        int dot = text.lastIndexOf('.');
        int dash = text.lastIndexOf('-');
        return new Offset(
                text.substring(0, dot),
                Long.parseLong(text.substring(dot + 1, dash)),
                Long.parseLong(text.substring(dash + 1)));
    }

    @Override
    public int compareTo(Offset other) {
        return major != other.major ? Long.compare(major, other.major) : Long.compare(minor, other.minor);
    }

    boolean isAfter(Offset other) {
        return compareTo(other) > 0;
    }

    /** Whether both are of one row; a row has two, as a change of its key is told as two changes on each channel. */
    boolean isRowOf(Offset other) {
        return major == other.major && minor / 2 == other.minor / 2;
    }

    @Override
    public String toString() {
        return epoch + "." + major + "-" + minor;
    }
}
