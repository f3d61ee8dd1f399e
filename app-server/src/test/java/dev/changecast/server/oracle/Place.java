package dev.changecast.server.oracle;

/** An offset taken apart: clients compare offsets for equality only, a test has to know their order. */
record Place(String epoch, long major, long minor) implements Comparable<Place> {
    static Place parse(String offset) {
        int dot = offset.lastIndexOf('.');
        int dash = offset.lastIndexOf('-');
        return new Place(
                offset.substring(0, dot),
                Long.parseLong(offset.substring(dot + 1, dash)),
                Long.parseLong(offset.substring(dash + 1)));
    }

    @Override
    public int compareTo(Place other) {
        if (!epoch.equals(other.epoch)) {
            throw new AssertionError("places of two epochs have no order: " + this + " and " + other);
        }
        return major != other.major ? Long.compare(major, other.major) : Long.compare(minor, other.minor);
    }

    @Override
    public String toString() {
        return epoch + "." + major + "-" + minor;
    }
}
