package dev.changecast.api.source;

/**
 * A place in the history of one feed, totally ordered within an epoch. The pair is also a legal Redis stream ID.
 *
 * @param major the source's own coordinate of a transaction (a commit LSN, a cluster time, milliseconds); never negative
 * @param minor the place within that transaction; never negative
 */
public record Position(long major, long minor) implements Comparable<Position> {
    /** Before everything. */
    public static final Position ZERO = new Position(0, 0);

    public Position {
        if (major < 0 || minor < 0) {
            throw new IllegalArgumentException("a position is never negative: " + major + "-" + minor);
        }
    }

    /** Reads what {@link #toString()} writes; throws {@link IllegalArgumentException} for anything else. */
    public static Position parse(String text) {
        int dash = text.indexOf('-');
        if (dash < 1) {
            throw new IllegalArgumentException("not a position: " + text);
        }
        return new Position(Long.parseLong(text.substring(0, dash)), Long.parseLong(text.substring(dash + 1)));
    }

    @Override
    public int compareTo(Position other) {
        int byMajor = Long.compare(major, other.major);
        return byMajor != 0 ? byMajor : Long.compare(minor, other.minor);
    }

    public boolean isAfter(Position other) {
        return compareTo(other) > 0;
    }

    public boolean isBefore(Position other) {
        return compareTo(other) < 0;
    }

    /** {@code major-minor} in decimal. */
    @Override
    public String toString() {
        return major + "-" + minor;
    }
}
