package dev.changecast.server.command;

/**
 * What the process ends with. A process that a signal ended has 128 plus the signal's number, as any other: 130 for
 * Ctrl-C, 143 for SIGTERM; everything was closed properly all the same.
 */
final class ExitCode {
    static final int OK = 0;
    /** Something broke that should not have. */
    static final int FAILED = 1;
    /** The command line is wrong. */
    static final int USAGE = 2;
    /** The configuration is wrong. */
    static final int CONFIGURATION = 3;
    /** {@code check} found something wrong outside the configuration. */
    static final int NOT_READY = 4;
    /** What the process needs for itself cannot be had: its port, its history directory. */
    static final int CANNOT_START = 5;
    /** {@code tail}, {@code publish}: the server refused, and trying again would not help; for {@code tail}, no server. */
    static final int REFUSED = 6;
    /** {@code publish}: no answer, or the server has no room; trying again later may help. */
    static final int LATER = 7;

    private ExitCode() {}
}
