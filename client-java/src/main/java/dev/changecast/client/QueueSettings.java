package dev.changecast.client;

import java.time.Duration;

/** What clients have in common, whichever way they send. */
final class QueueSettings {
    /** The server knows ids for ten minutes; later a repetition would be another message. */
    private static final Duration MOST = Duration.ofMinutes(9);

    private Duration giveUpAfter = Duration.ofSeconds(60);
    private int messages = 10_000;
    private long bytes = 16L * 1024 * 1024;

    void giveUpAfter(Duration time) {
        if (positive(time, "giveUpAfter").compareTo(MOST) > 0) {
            throw new IllegalArgumentException("giveUpAfter is " + MOST.toMinutes()
                    + " minutes at most, since the server knows ids for ten; it is " + time);
        }
        giveUpAfter = time;
    }

    void bounds(int messages, long bytes) {
        if (messages < 1 || bytes < 1) {
            throw new IllegalArgumentException("a queue has room for a message and a byte at least");
        }
        this.messages = messages;
        this.bytes = bytes;
    }

    static Duration positive(Duration time, String name) {
        if (time.isNegative() || time.isZero()) {
            throw new IllegalArgumentException(name + " is more than nothing, not " + time);
        }
        return time;
    }

    ChangecastClient client(Sender sender) {
        Backoff backoff = new Backoff(Duration.ofMillis(200), Duration.ofSeconds(10));
        return new QueuedClient(sender, giveUpAfter, messages, bytes, backoff).started();
    }
}
