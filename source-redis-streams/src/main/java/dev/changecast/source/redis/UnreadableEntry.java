package dev.changecast.source.redis;

/** An entry that is not as the configuration says; its message tells how, without any of its content. */
final class UnreadableEntry extends Exception {
    private static final long serialVersionUID = 1L;

    UnreadableEntry(String reason) {
        super(reason);
    }
}
