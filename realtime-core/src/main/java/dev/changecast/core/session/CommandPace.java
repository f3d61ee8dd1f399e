package dev.changecast.core.session;

import dev.changecast.core.Limits;

/** How often and how much one client sends. Thread-safe. */
final class CommandPace {
    /** What becomes of a message. */
    enum Verdict {
        TAKE,
        /** It is one too many; the client is told. */
        TOO_OFTEN,
        /** It brings the client over its bytes; it is not even read. */
        TOO_MUCH,
        /** The client has been told often enough. */
        END
    }

    private final Limits limits;
    private final TokenBucket commands;
    private final TokenBucket bytes;
    private int refused;

    CommandPace(Limits limits, long now) {
        this.limits = limits;
        commands =
                new TokenBucket(limits.commands().perSecond(), limits.commands().burst(), now);
        bytes = new TokenBucket(limits.inputBytesPerSecond(), bytesAtOnce(), now);
    }

    private double bytesAtOnce() {
        return Math.max(4.0 * limits.messageBytes(), limits.inputBytesPerSecond());
    }

    /**
     * Judges a message. A client that goes on when it was refused as often as it may give commands at once, and does not
     * rest, does not listen.
     *
     * @param length in characters, which are as good as bytes here and cost nothing to count
     */
    synchronized Verdict judge(int length, long now) {
        boolean rested = commands.isFull(now);
        boolean oftenEnough = commands.take(1, now);
        boolean littleEnough = bytes.take(length, now);
        if (oftenEnough && littleEnough) {
            refused = rested ? 0 : refused;
            return Verdict.TAKE;
        }
        if (++refused > limits.commands().burst()) {
            return Verdict.END;
        }
        return littleEnough ? Verdict.TOO_OFTEN : Verdict.TOO_MUCH;
    }

    String why(Verdict verdict) {
        return switch (verdict) {
            case TOO_MUCH ->
                "a session may send " + limits.inputBytesPerSecond() + " bytes per second; this message was not read";
            default ->
                "a session may give " + limits.commands().perSecond() + " commands per second, and "
                        + limits.commands().burst() + " at once; this one was not carried out";
        };
    }

    String whyEnded() {
        return "more than " + limits.commands().perSecond() + " commands or " + limits.inputBytesPerSecond()
                + " bytes per second, after " + limits.commands().burst() + " refusals";
    }
}
